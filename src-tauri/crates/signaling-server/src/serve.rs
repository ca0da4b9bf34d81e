//! Listening, TLS, and stopping.

use std::{
    future::Future,
    io,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::{State, ws::WebSocketUpgrade},
    response::Response,
    routing::get,
};
use holdfast_protocol::{Bounds, PATH, limits};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use thiserror::Error;
use tokio::{sync::oneshot, task::JoinHandle};
use tokio_rustls::TlsAcceptor;

use crate::{
    connection::{self, READ_BYTES},
    hub::Hub,
    listen,
};

/// How long a stopping server waits for its connections to say goodbye.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(3);

/// How long TLS and the HTTP request may take together: as long as the two steps after them.
const HTTP_TIMEOUT: Duration = limits::JOIN_TIMEOUT;

/// Where to listen, and how.
#[derive(Clone)]
pub struct ServerConfig {
    /// Address and port; port 0 for any.
    pub listen: SocketAddr,
    /// Certificate and key when the server speaks TLS itself.
    pub tls: Option<TlsFiles>,
}

/// PEM files of a TLS server.
#[derive(Clone)]
pub struct TlsFiles {
    /// Certificate chain, the server's own first.
    pub certificate: PathBuf,
    /// Private key.
    pub key: PathBuf,
}

/// The times of the protocol. Only tests that cannot wait use other values than the default.
#[derive(Debug, Clone)]
pub struct Timing {
    /// How often the server pings.
    pub heartbeat: Duration,
    /// Silence after which a connection is dead.
    pub dead_after: Duration,
    /// How long someone who is away is kept.
    pub resume_window: Duration,
    /// How long a connection may take to become a WebSocket, or to be answered over HTTP.
    pub http_timeout: Duration,
    /// How long `hello` and `join` may take; at most [`limits::JOIN_TIMEOUT`].
    pub join_timeout: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            heartbeat: limits::HEARTBEAT,
            dead_after: limits::DEAD_AFTER,
            resume_window: limits::RESUME_WINDOW,
            http_timeout: HTTP_TIMEOUT,
            join_timeout: limits::JOIN_TIMEOUT,
        }
    }
}

impl Timing {
    pub(crate) fn bounds(&self) -> Bounds {
        let millis = |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        Bounds {
            heartbeat_ms: millis(self.heartbeat),
            dead_ms: millis(self.dead_after),
            resume_ms: millis(self.resume_window),
            ..Bounds::V1
        }
    }
}

/// Why a server cannot start or go on.
#[derive(Debug, Error)]
pub enum ServerError {
    /// The server cannot listen on the address: it is in use, not of this machine, or not allowed.
    #[error("cannot listen: {0}")]
    Listen(#[source] io::Error),
    /// The certificate file cannot be read or holds no certificate.
    #[error("cannot read the TLS certificate")]
    Certificate,
    /// The key file cannot be read or holds no private key.
    #[error("cannot read the TLS private key")]
    Key,
    /// Certificate and key do not fit together, or are of a kind that is not supported.
    #[error("the TLS certificate and key cannot be used: {0}")]
    Tls(#[source] rustls::Error),
    /// The listener failed while running.
    #[error("the server failed: {0}")]
    Run(#[source] io::Error),
}

impl ServerError {
    /// Stable code, for programs and to choose a sentence for people.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Listen(error) if error.kind() == io::ErrorKind::AddrInUse => "server_address_in_use",
            Self::Listen(_) => "server_listen",
            Self::Certificate => "server_certificate",
            Self::Key => "server_key",
            Self::Tls(_) => "server_tls",
            Self::Run(_) => "server_failed",
        }
    }
}

/// A server that listens but does not answer yet.
pub struct Server {
    listener: TcpListener,
    local_addr: SocketAddr,
    tls: Option<TlsAcceptor>,
    hub: Arc<Hub>,
}

impl Server {
    /// Listens. Connections wait until [`Server::run_until`]. Needs no runtime.
    pub fn bind(config: ServerConfig) -> Result<Self, ServerError> {
        Self::bind_with(config, Timing::default())
    }

    /// Like [`Server::bind`], with other times than those of the protocol.
    pub fn bind_with(config: ServerConfig, timing: Timing) -> Result<Self, ServerError> {
        let tls = config.tls.as_ref().map(load_tls).transpose()?;
        let listener = TcpListener::bind(config.listen).map_err(ServerError::Listen)?;
        listener.set_nonblocking(true).map_err(ServerError::Listen)?;
        let local_addr = listener.local_addr().map_err(ServerError::Listen)?;
        Ok(Self { listener, local_addr, tls, hub: Arc::new(Hub::new(timing)) })
    }

    /// The address that the server listens on, with the real port.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Serves until `shutdown` resolves, then tells every client and waits a little for them.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> Result<(), ServerError> {
        let app = Router::new()
            .route(PATH, get(upgrade))
            .route("/healthz", get(|| async { "ok\n" }))
            .with_state(Arc::clone(&self.hub));
        let listener = tokio::net::TcpListener::from_std(self.listener).map_err(ServerError::Run)?;
        tracing::info!(tls = self.tls.is_some(), "serving");
        let stop = async {
            shutdown.await;
            tracing::info!("stopping");
            self.hub.close(SHUTDOWN_PATIENCE).await;
        };
        tokio::select! {
            never = listen::serve(listener, self.tls, app, self.hub.timing.http_timeout) => match never {},
            () = self.hub.keep_time() => {}
            () = stop => {}
        }
        tracing::info!("stopped");
        Ok(())
    }

    /// Binds and serves in the background of the current tokio runtime.
    pub fn spawn(config: ServerConfig) -> Result<RunningServer, ServerError> {
        Ok(Self::bind(config)?.start())
    }

    /// Serves in the background of the current tokio runtime.
    pub fn start(self) -> RunningServer {
        let local_addr = self.local_addr;
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(self.run_until(async {
            // Dropping the handle stops the server like a call of `shutdown`.
            let _ = stopped.await;
        }));
        RunningServer { local_addr, stop: Some(stop), task }
    }
}

/// A server in the background. Dropping it stops the server without waiting.
pub struct RunningServer {
    local_addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), ServerError>>,
}

impl RunningServer {
    /// The address that the server listens on, with the real port.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Tells every client, waits a little for them, and stops.
    pub async fn shutdown(mut self) {
        drop(self.stop.take());
        let ended = (&mut self.task).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the server had failed before it was stopped");
        }
    }
}

async fn upgrade(upgrade: WebSocketUpgrade, State(hub): State<Arc<Hub>>) -> Response {
    upgrade
        .max_message_size(READ_BYTES)
        .max_frame_size(READ_BYTES)
        .on_upgrade(move |socket| connection::run(socket, hub))
}

fn load_tls(files: &TlsFiles) -> Result<TlsAcceptor, ServerError> {
    let certificates = certificates(&files.certificate).ok_or(ServerError::Certificate)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|_| ServerError::Key)?;
    // The provider is chosen by name: another crate of the same binary may bring a second provider, and then there is
    // no default.
    let mut config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(ServerError::Tls)?
            .with_no_client_auth()
            .with_single_cert(certificates, key)
            .map_err(ServerError::Tls)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn certificates(path: &Path) -> Option<Vec<CertificateDer<'static>>> {
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path).ok()?.collect::<Result<_, _>>().ok()?;
    (!certificates.is_empty()).then_some(certificates)
}
