//! Signatures of torrents (BEP 35): RSA (PKCS #1 v1.5) with SHA-1 over the bytes of `info` and of
//! the signature's own `info`.
//!
//! What is checked is that whoever has the certificate's key has signed this torrent. Whether that
//! certificate is to be trusted is not known here: there is no store of trusted ones.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

#[cfg(test)]
mod tests;

use crate::bencode::{Draft, Path, PathError, Value, Writer, parse_lenient};
use rand::CryptoRng;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::traits::PublicKeyParts;
use rsa::{Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey};
use sha1::{Digest, Sha1};
use sha2::Sha256;
use x509_cert::Certificate;
use x509_cert::der::referenced::OwnedToRef;
use x509_cert::der::{Decode, DecodePem, Encode};

/// The most signatures of one torrent that are checked.
pub const MAX_SIGNATURES: usize = 100;

/// Shorter keys, in bits, protect nothing.
const MIN_BITS: usize = 1024;

/// Why nothing can be signed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SignError {
    /// The key can't be read without a password.
    #[error("the key is encrypted")]
    Encrypted,
    /// Not a key of RSA in PEM.
    #[error("not a private key of RSA in PEM")]
    Key,
    /// Fewer bits than anybody should use.
    #[error("a key of {0} bits, too short to protect anything")]
    Short(usize),
    /// Not a certificate in PEM or DER.
    #[error("not a certificate in PEM or DER")]
    Certificate,
    /// Its subject has no common name.
    #[error("the certificate has no common name, which says who signs")]
    NoName,
    /// Of another key.
    #[error("the certificate is of another key")]
    OtherKey,
    /// There is no `info` to sign.
    #[error("info: missing")]
    NoInfo,
    /// There is no place for it.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The library failed, most likely for want of randomness.
    #[error("signing failed")]
    Failed,
}

/// A private key and its certificate.
#[derive(Clone, Debug)]
pub struct Signer {
    key: RsaPrivateKey,
    certificate: Vec<u8>,
    name: String,
}

impl Signer {
    /// Reads a key in PEM (PKCS #8 or PKCS #1, not encrypted) and a certificate in PEM or DER.
    ///
    /// # Errors
    /// They can't be read, or do not belong together.
    pub fn new(key: &[u8], certificate: &[u8]) -> Result<Self, SignError> {
        let text = std::str::from_utf8(key).map_err(|_| SignError::Key)?;
        if text.contains("ENCRYPTED") {
            return Err(SignError::Encrypted);
        }
        let key = RsaPrivateKey::from_pkcs8_pem(text)
            .or_else(|_| RsaPrivateKey::from_pkcs1_pem(text))
            .map_err(|_| SignError::Key)?;
        let bits = key.size().saturating_mul(8);
        if bits < MIN_BITS {
            return Err(SignError::Short(bits));
        }
        let certificate = match certificate {
            [0x30, ..] => Certificate::from_der(certificate),
            pem => Certificate::from_pem(pem),
        };
        let certificate = certificate.map_err(|_| SignError::Certificate)?;
        if public_key(&certificate) != Some(key.to_public_key()) {
            return Err(SignError::OtherKey);
        }
        let name = common_name(&certificate).ok_or(SignError::NoName)?;
        let certificate = certificate.to_der().map_err(|_| SignError::Certificate)?;
        Ok(Self { key, certificate, name })
    }

    /// Who signs: the certificate's common name, as BEP 35 has it a domain's name backwards.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Puts a signature of `info` as it stands in the metainfo, in place of an older one of the
    /// same name. The random numbers hide the key from who watches the time that it takes; the
    /// signature is the same with any.
    ///
    /// # Errors
    /// There is no `info`, `signatures` is no dictionary, or the library fails.
    pub fn sign(&self, draft: &mut Draft, random: &mut impl CryptoRng) -> Result<(), SignError> {
        let info = draft.value().get(b"info").ok_or(SignError::NoInfo)?;
        let digest = Sha1::digest(info.raw());
        let signature = self
            .key
            .sign_with_rng(random, Pkcs1v15Sign::new::<Sha1>(), &digest)
            .map_err(|_| SignError::Failed)?;
        let mut writer = Writer::new();
        writer.dict(|entry| {
            entry.bytes("certificate", &self.certificate);
            entry.bytes("signature", signature);
        });
        Ok(draft.set(&Path::of(["signatures", &self.name]), &writer.into_bytes())?)
    }
}

/// A signature as found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// Who is said to have signed.
    pub identity: Vec<u8>,
    /// What the certificate says, where there is one.
    pub certificate: Option<Subject>,
    /// Whether the signature holds.
    pub verdict: Verdict,
}

/// Whose certificate it is. That is what the certificate says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subject {
    /// The common name.
    pub name: Option<String>,
    /// The SHA-256 of the certificate, by which people tell whether they know it.
    pub fingerprint: [u8; 32],
}

/// Whether a signature holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Verdict {
    /// The certificate's key has signed this torrent.
    #[error("ok")]
    Good,
    /// Of something else, or damaged.
    #[error("bad: not of this torrent, or not by this certificate's key")]
    Bad,
    /// Signed with a certificate of another name.
    #[error("bad: the certificate is of another name")]
    OtherName,
    /// The certificate has no key of RSA.
    #[error("bad: not a certificate with a key of RSA")]
    BadCertificate,
    /// The certificate is not in the torrent, so nothing can be said.
    #[error("unknown: without its certificate")]
    NoCertificate,
    /// Not what BEP 35 describes.
    #[error("bad: not a signature")]
    NotOne,
}

/// Checks what stands under `signatures` against the bytes of `info`, at most [`MAX_SIGNATURES`].
pub fn check(signatures: &[u8], info: &[u8]) -> Vec<Signature> {
    let Ok((signatures, _)) = parse_lenient(signatures) else { return Vec::new() };
    let entries = signatures.dict().into_iter().flatten();
    entries.take(MAX_SIGNATURES).map(|(identity, entry)| judge(identity, entry, info)).collect()
}

fn judge(identity: &[u8], entry: Value<'_>, info: &[u8]) -> Signature {
    let bytes = |key: &[u8]| entry.get(key).and_then(|value| value.bytes());
    let der = bytes(b"certificate");
    let certificate = der.and_then(|der| Certificate::from_der(der).ok());
    let name = certificate.as_ref().and_then(common_name);
    let verdict = match (bytes(b"signature"), der) {
        (None, _) => Verdict::NotOne,
        (Some(_), None) => Verdict::NoCertificate,
        (Some(signature), Some(_)) => match certificate.as_ref().and_then(public_key) {
            None => Verdict::BadCertificate,
            Some(_) if name.as_deref().map(str::as_bytes) != Some(identity) => Verdict::OtherName,
            Some(key) => {
                let extra = entry.get(b"info").map(Value::raw).unwrap_or_default();
                let digest = Sha1::new().chain_update(info).chain_update(extra).finalize();
                match key.verify(Pkcs1v15Sign::new::<Sha1>(), &digest, signature) {
                    Ok(()) => Verdict::Good,
                    Err(_) => Verdict::Bad,
                }
            }
        },
    };
    let subject = |der: &[u8]| Subject { name, fingerprint: Sha256::digest(der).into() };
    Signature { identity: identity.to_vec(), certificate: der.map(subject), verdict }
}

fn public_key(certificate: &Certificate) -> Option<RsaPublicKey> {
    let key = certificate.tbs_certificate().subject_public_key_info();
    RsaPublicKey::try_from(key.owned_to_ref()).ok()
}

fn common_name(certificate: &Certificate) -> Option<String> {
    let name = certificate.tbs_certificate().subject().common_name().ok()??;
    Some(name.value().into_owned()).filter(|name| !name.is_empty())
}
