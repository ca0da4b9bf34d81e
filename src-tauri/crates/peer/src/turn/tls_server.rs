//! The other end of TLS, for tests.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

/// A server with a self-signed certificate.
pub(super) struct TlsServer {
    pub(super) acceptor: TlsAcceptor,
    certificate: CertificateDer<'static>,
}

impl TlsServer {
    /// A new one, with a certificate for this name or address.
    pub(super) fn of(name: &str) -> Self {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key.into())
            .unwrap();
        Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificate }
    }

    /// The configuration of a client that trusts only this server.
    pub(super) fn trusting(&self) -> Arc<rustls::ClientConfig> {
        super::dial::trusting([self.certificate.clone()]).unwrap()
    }
}
