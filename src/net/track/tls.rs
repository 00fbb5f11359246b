//! The certificate of HTTPS and its key, read at the start and again when they have changed.

use super::watch::Files;
use crate::store::bounded::read as read_file;
use crate::store::words;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig, crypto};

/// Bytes of either file; a bundle of all authorities of the world has a tenth.
const LONGEST: u64 = 4 << 20;

/// Where the certificate and its key are, both PEM.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlsFiles {
    /// The certificate, and those that lead from it to a root.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why a pair cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file could not be read.
    #[error("{path}: {}", words(.1), path = .0.display())]
    Read(PathBuf, std::io::Error),
    /// It does not hold what it should.
    #[error("{path}: {1}", path = .0.display())]
    Pem(PathBuf, &'static str),
    /// The key is of a kind that is not known.
    #[error("{path}: {1}", path = .0.display())]
    Pair(PathBuf, rustls::Error),
}

/// What new connections are served with.
#[derive(Debug)]
pub(super) struct Tls {
    files: TlsFiles,
    watched: Arc<Files>,
    config: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    pub(super) fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let watched = Files::new(vec![files.cert.clone(), files.key.clone()]);
        let config = RwLock::new(read(&files)?);
        Ok(Self { files, watched, config })
    }

    /// Where they are.
    pub(super) fn files(&self) -> &TlsFiles {
        &self.files
    }

    /// The same, to be looked at for changes.
    pub(super) fn watched(&self) -> Arc<Files> {
        Arc::clone(&self.watched)
    }

    /// Reads the files again, for connections from now on. Where they make no good pair, the old
    /// one stays.
    pub(super) fn reload(&self) -> Result<(), TlsError> {
        let new = read(&self.files)?;
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner))
    }
}

fn read(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let TlsFiles { cert, key } = files;
    let bytes = |path: &Path| {
        read_file(path, LONGEST).map_err(|error| TlsError::Read(path.to_owned(), error))
    };
    let none = |path: &Path, what| {
        let path = path.to_owned();
        move |_: pem::Error| TlsError::Pem(path, what)
    };
    let chain = CertificateDer::pem_slice_iter(&bytes(cert)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(none(cert, "no good certificate in it"))?;
    if chain.is_empty() {
        return Err(TlsError::Pem(cert.clone(), "no certificate in it"));
    }
    let private =
        PrivateKeyDer::from_pem_slice(&bytes(key)?).map_err(none(key, "no private key in it"))?;
    let mut config =
        ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private))
            .map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => {
                    TlsError::Pem(key.clone(), "the key is not that of the certificate")
                }
                error => TlsError::Pair(key.clone(), error),
            })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec(), b"http/1.0".to_vec()];
    Ok(Arc::new(config))
}
