//! The flag that says whom to believe over HTTPS.

use super::{Env, Failure, Source};
use crate::net::trust::Authorities;
use clap::{Args, ValueHint};

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
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    ca_file: Option<Source>,
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
        let Some(file) = &self.ca_file else { return Ok(env.clone()) };
        let text = file.read(env, LONGEST)?;
        let bad = |why| Failure::input(format_args!("{file}: {why}"));
        Ok(env.clone().believing(Authorities::from_pem(&text).map_err(bad)?))
    }
}
