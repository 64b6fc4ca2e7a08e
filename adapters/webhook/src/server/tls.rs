//! `Tls`: a certificate and its key, read from files, also anew while they are in use.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A certificate and its key. Clones share them.
#[derive(Clone)]
pub struct Tls {
    cert: PathBuf,
    key: PathBuf,
    config: Arc<RwLock<Arc<ServerConfig>>>,
}

/// A certificate or key that can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong, and what to do.
    pub reason: String,
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.reason)
    }
}

impl std::error::Error for TlsError {}

impl Tls {
    /// Reads a chain of certificates, the server's own first, and its private key; both PEM.
    ///
    /// # Errors
    /// A file can't be read, holds something else, or the key is another certificate's.
    pub fn load(cert: &Path, key: &Path) -> Result<Self, TlsError> {
        let config = Arc::new(RwLock::new(read(cert, key)?));
        Ok(Self { cert: cert.to_owned(), key: key.to_owned(), config })
    }

    /// Reads both files again. Connections from now on use what is in them.
    ///
    /// # Errors
    /// As [`Tls::load`]; then the old ones stay in use.
    pub fn reload(&self) -> Result<(), TlsError> {
        let config = read(&self.cert, &self.key)?;
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let config = Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner));
        TlsAcceptor::from(config).accept(stream).await
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("cert", &self.cert)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

fn read(cert: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let failed = |file: &Path, reason: String| TlsError { file: file.to_owned(), reason };
    let unreadable = |file: &Path, what: &str, error: &pem::Error| {
        let reason = match error {
            pem::Error::Io(error) => format!("can't be read: {error}"),
            pem::Error::NoItemsFound => format!("holds no {what} in PEM form"),
            other => format!("is no PEM file: {other}"),
        };
        failed(file, reason)
    };
    let chain: Vec<_> = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect)
        .map_err(|error| unreadable(cert, "certificate", &error))?;
    if chain.is_empty() {
        return Err(unreadable(cert, "certificate", &pem::Error::NoItemsFound));
    }
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| unreadable(key, "private key", &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private))
        .map_err(|error| failed(key, format!("can't serve with it: {error}")))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
