//! Whom HTTPS believes: the authorities of the system and those that the user names.
//!
//! The libraries judge chains. Added is what people with a tracker of their own need: a certificate that
//! is itself among the trusted ones serves even where it calls itself an authority, as what
//! `openssl req -x509` makes does, and what fails is said in words (`words`).

pub(super) mod words;

use self::words::{Distrust, is_authority};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, crypto};
use std::sync::Arc;
use tokio_rustls::rustls;
use x509_cert::Certificate;
use x509_cert::der::Decode;

/// Authorities that are believed besides the system's.
#[derive(Clone, Debug, Default)]
pub struct Authorities(Arc<[CertificateDer<'static>]>);

/// Why a file gives no authorities.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadAuthorities {
    /// There is no certificate in it.
    #[error("no certificate in it (PEM)")]
    None,
    /// One of its certificates makes no sense.
    #[error("a certificate in it makes no sense")]
    Garbled,
}

impl Authorities {
    /// Those of a file's text, PEM.
    ///
    /// # Errors
    /// There is no certificate, or one that makes no sense.
    pub fn from_pem(text: &[u8]) -> Result<Self, BadAuthorities> {
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
        let found = found.map_err(|_| BadAuthorities::Garbled)?;
        if found.is_empty() {
            return Err(BadAuthorities::None);
        }
        let mut roots = RootCertStore::empty();
        match found.iter().try_for_each(|one| roots.add(one.clone())) {
            Ok(()) => Ok(Self(found.into())),
            Err(_) => Err(BadAuthorities::Garbled),
        }
    }

    /// How a client speaks TLS to whom it believes by these and the system's authorities. Reads the
    /// files of the system, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    pub(super) fn config(&self) -> Result<ClientConfig, String> {
        let system = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        let mut trusted = Vec::new();
        for certificate in self.0.iter().cloned().chain(system.certs) {
            // The system may have some that are too odd to be of use.
            if roots.add(certificate.clone()).is_ok() {
                trusted.push(certificate);
            }
        }
        if trusted.is_empty() {
            let why = system.errors.first().map(|error| format!(": {error}")).unwrap_or_default();
            return Err(format!("no authority is known that could be trusted{why}"));
        }
        let provider = Arc::new(crypto::ring::default_provider());
        let chains =
            WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(&provider));
        let chains = chains.build().map_err(|error| error.to_string())?;
        let versions = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        Ok(versions
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Verifier { chains, trusted }))
            .with_no_client_auth())
    }
}

/// As the library judges, but for certificates that are trusted themselves, and for its words.
#[derive(Debug)]
struct Verifier {
    chains: Arc<WebPkiServerVerifier>,
    trusted: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        // A bad signature is that of another authority of the same name.
        use CertificateError::{BadSignature, Other, UnknownIssuer};
        let judged =
            self.chains.verify_server_cert(end_entity, intermediates, server_name, ocsp, now);
        match judged {
            Err(
                error @ rustls::Error::InvalidCertificate(UnknownIssuer | BadSignature | Other(_)),
            ) => {
                let Ok(certificate) = Certificate::from_der(end_entity) else { return Err(error) };
                if !self.trusted.iter().any(|one| one.as_ref() == end_entity.as_ref()) {
                    // What the library has no name for is most often an authority's own certificate.
                    let other = matches!(error, rustls::Error::InvalidCertificate(Other(_)));
                    return Err(match other && !is_authority(&certificate) {
                        true => error,
                        false => Distrust::of(&certificate).into(),
                    });
                }
                within_its_time(&certificate, now)?;
                let parsed = ParsedCertificate::try_from(end_entity)?;
                rustls::client::verify_server_name(&parsed, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            judged => judged,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chains.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chains.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.chains.supported_verify_schemes()
    }
}

/// Of a certificate that needs no issuer to vouch for it.
fn within_its_time(certificate: &Certificate, now: UnixTime) -> Result<(), CertificateError> {
    let validity = certificate.tbs_certificate().validity();
    let [not_before, not_after] = [&validity.not_before, &validity.not_after]
        .map(|time| UnixTime::since_unix_epoch(time.to_unix_duration()));
    if now < not_before {
        return Err(CertificateError::NotValidYetContext { time: now, not_before });
    }
    if now > not_after {
        return Err(CertificateError::ExpiredContext { time: now, not_after });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_good_certificates_is_told() {
        let of = |text: &str| Authorities::from_pem(text.as_bytes()).map(drop);
        assert_eq!(of(""), Err(BadAuthorities::None));
        assert_eq!(of("no PEM at all"), Err(BadAuthorities::None));
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        assert_eq!(of(key), Err(BadAuthorities::None));
        for inside in ["AAAA", "?"] {
            let text =
                format!("-----BEGIN CERTIFICATE-----\n{inside}\n-----END CERTIFICATE-----\n");
            assert_eq!(of(&text), Err(BadAuthorities::Garbled), "{inside}");
        }
    }
}
