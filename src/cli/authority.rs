//! The flag that says whom to believe over HTTPS.

use super::{Env, Failure};
use crate::net::trust::Authorities;
use clap::Args;
use std::io::Read;
use std::path::PathBuf;

/// Bytes of a file that are read: all authorities of a system are a quarter of a MiB.
const LONGEST: u64 = 16 << 20;

/// The flag of every command that speaks HTTPS.
#[derive(Args, Clone, Debug, Default)]
pub struct Authority {
    /// Trust the certificates in this file too, over HTTPS and wss (PEM)
    ///
    /// That of the authority which issued a server's certificate, or a self-signed certificate itself.
    /// The system's authorities are trusted besides; in their place, those of the variable
    /// SSL_CERT_FILE.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

impl Authority {
    /// What helps where nobody who is believed vouches for a server.
    pub const HINT: &str =
        "--ca-file FILE trusts the certificate, or that of its issuer, in FILE (PEM)";

    /// The same process, which believes whom the flag names as well.
    ///
    /// # Errors
    /// The file can't be read, or holds no certificates.
    pub fn in_env(&self, env: &Env) -> Result<Env, Failure> {
        let Some(path) = &self.ca_file else { return Ok(env.clone()) };
        let mut text = Vec::new();
        std::fs::File::open(env.resolve(path))
            .and_then(|file| file.take(LONGEST).read_to_end(&mut text))
            .map_err(|error| Failure::local(path, &error))?;
        let bad = |why| Failure::input(format_args!("{}: {why}", path.display()));
        Ok(env.clone().believing(Authorities::from_pem(&text).map_err(bad)?))
    }
}
