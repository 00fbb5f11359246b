//! `--sign` and `--certificate`, of the commands that write metainfo.

use crate::bencode::{Draft, Limits};
use crate::cli::{Cli, Failure, Source};
use crate::torrent::signature::{SignError, Signer};
use rand::SeedableRng;
use rand::rngs::{StdRng, SysRng};
use std::ffi::OsString;

/// The longest key or certificate that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// Who signs.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Signing")]
pub(crate) struct Signing {
    /// Sign with this private key, RSA in PEM (BEP 35)
    ///
    /// The signature covers `info`. It stands under the common name of the certificate, which is
    /// put beside it, so `bt inspect` can check it. The key must not be encrypted; - is standard
    /// input.
    #[arg(long, value_name = "KEY", requires = "certificate")]
    sign: Option<OsString>,
    /// The certificate of the key, in PEM or DER
    #[arg(long, value_name = "FILE", requires = "sign")]
    certificate: Option<OsString>,
}

impl Signing {
    /// Whether a signature is wanted.
    pub(crate) fn is_wanted(&self) -> bool {
        self.sign.is_some()
    }

    /// Reads the key and its certificate, where they are named.
    pub(crate) fn signer(&self, cli: &Cli<'_>) -> Result<Option<Signer>, Failure> {
        let (Some(key), Some(certificate)) = (self.sign.clone(), self.certificate.clone()) else {
            return Ok(None);
        };
        let (key, certificate) = (Source::from(key), Source::from(certificate));
        let signer =
            Signer::new(&key.read(cli.env, LONGEST)?, &certificate.read(cli.env, LONGEST)?);
        signer.map(Some).map_err(|why| {
            let input = match why {
                SignError::Certificate | SignError::NoName | SignError::OtherKey => &certificate,
                _ => &key,
            };
            let failure = Failure::input(format_args!("{input}: {why}"));
            match why {
                SignError::Encrypted => failure.hint("`openssl pkey -in KEY` writes it in clear"),
                _ => failure,
            }
        })
    }
}

/// Signs the metainfo that the draft holds.
pub(crate) fn sign(signer: &Signer, draft: &mut Draft) -> Result<(), Failure> {
    let mut random = StdRng::try_from_rng(&mut SysRng)
        .map_err(|error| Failure::input(format_args!("no randomness: {error}")))?;
    signer.sign(draft, &mut random).map_err(|why| Failure::input(format_args!("signature: {why}")))
}

/// The same metainfo, signed.
pub(crate) fn signed(signer: &Signer, metainfo: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let (mut draft, _) = Draft::parse(metainfo, Limits::default()).map_err(Failure::input)?;
    sign(signer, &mut draft)?;
    Ok(draft.into_bytes())
}
