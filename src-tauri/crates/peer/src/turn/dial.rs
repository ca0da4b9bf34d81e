//! Opens streams to a TURN server: several, one after another, while none is accepted. The first accepted one wins.
//!
//! TCP repeats its request for a connection after one second, then two, then four. So a connection would come late
//! after the path is back. A new attempt beside the old ones finds the path sooner.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::url::{TurnUrl, Via};

/// Time between two attempts, and so until a path that is back is found. An attempt is a packet of 60 bytes.
pub(super) const EVERY: Duration = Duration::from_millis(100);

/// Attempts at the same time. The first attempt always stays, for a server that is slower than all of them together.
const ATTEMPTS: usize = 8;

/// How long a server may take to accept a stream, TLS included.
pub(super) const CONNECT_WAIT: Duration = Duration::from_secs(10);

/// A stream to a server, TLS or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {
    /// What carries it.
    fn tcp(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Stream for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Why there is no stream to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoWay {
    /// No server there accepts one.
    Unreachable,
    /// A server accepts it, with a certificate that is not trusted, not valid now, or another server's.
    Certificate,
}

impl NoWay {
    /// Why an attempt failed.
    pub(super) fn of(error: &io::Error) -> Self {
        // rustls reports through `io::Error`, with its own error inside.
        match error.get_ref().and_then(|inner| inner.downcast_ref()) {
            Some(rustls::Error::InvalidCertificate(_)) => Self::Certificate,
            _ => Self::Unreachable,
        }
    }
}

/// Attempts to reach one server. Dropping this gives all of them up.
pub(super) struct Dials {
    server: TurnUrl,
    tls: Arc<OnceCell<Arc<rustls::ClientConfig>>>,
    attempts: JoinSet<io::Result<Box<dyn Stream>>>,
    handles: VecDeque<AbortHandle>,
    last: Option<Instant>,
}

impl Dials {
    /// No attempt yet.
    pub(super) fn new(server: TurnUrl) -> Self {
        let (tls, attempts, handles) = (Arc::default(), JoinSet::new(), VecDeque::new());
        Self { server, tls, attempts, handles, last: None }
    }

    /// The first accepted stream, or the first error if that comes sooner.
    pub(super) async fn first(&mut self) -> io::Result<Box<dyn Stream>> {
        let until = Instant::now() + CONNECT_WAIT;
        loop {
            let now = Instant::now();
            if now >= until {
                self.clear();
                return Err(io::ErrorKind::TimedOut.into());
            }
            let due = self.begin_if_due(now).min(until);
            tokio::select! {
                result = self.next() => {
                    self.clear();
                    return result;
                }
                () = tokio::time::sleep_until(due.into()) => {}
            }
        }
    }

    /// Begins another attempt, if it is time. Returns when the next is due.
    pub(super) fn begin_if_due(&mut self, now: Instant) -> Instant {
        let due = self.last.map_or(now, |last| last + EVERY);
        if now < due {
            return due;
        }
        self.handles.retain(|attempt| !attempt.is_finished());
        if self.handles.len() == ATTEMPTS {
            // The first stays: a server may be slower than all the others together.
            if let Some(oldest) = self.handles.remove(1) {
                oldest.abort();
            }
        }
        let (server, tls) = (self.server.clone(), Arc::clone(&self.tls));
        self.handles.push_back(
            self.attempts
                .spawn(async move { tokio::time::timeout(CONNECT_WAIT, connect(&server, &tls)).await? }),
        );
        self.last = Some(now);
        now + EVERY
    }

    /// The result of one of them. Waits without end if there are none.
    pub(super) async fn next(&mut self) -> io::Result<Box<dyn Stream>> {
        loop {
            match self.attempts.join_next().await {
                Some(Ok(result)) => return result,
                Some(Err(_given_up)) => {}
                None => std::future::pending().await,
            }
        }
    }

    /// Gives all of them up. It is called for every datagram, and costs nothing if there are none.
    pub(super) fn clear(&mut self) {
        if self.last.take().is_some() {
            self.attempts = JoinSet::new();
            self.handles.clear();
        }
    }
}

async fn connect(server: &TurnUrl, tls: &OnceCell<Arc<rustls::ClientConfig>>) -> io::Result<Box<dyn Stream>> {
    let stream = TcpStream::connect((server.host.as_str(), server.port)).await?;
    stream.set_nodelay(true)?;
    if server.via != Via::Tls {
        return Ok(Box::new(stream));
    }
    let load = async || tokio::task::spawn_blocking(as_the_system).await.map_err(io::Error::other)?;
    let config = Arc::clone(tls.get_or_try_init(load).await?);
    let name = ServerName::try_from(server.host.clone()).map_err(io::Error::other)?;
    Ok(Box::new(TlsConnector::from(config).connect(name, stream).await?))
}

/// Trusts what the system trusts.
fn as_the_system() -> io::Result<Arc<rustls::ClientConfig>> {
    trusting(rustls_native_certs::load_native_certs().certs)
}

/// Trusts these certificates, and those that they have signed.
pub(super) fn trusting(
    certificates: impl IntoIterator<Item = CertificateDer<'static>>,
) -> io::Result<Arc<rustls::ClientConfig>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tls_server::TlsServer;
    use super::*;
    use tokio::net::TcpListener;

    async fn listening() -> (TcpListener, Dials) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("turn:{}?transport=tcp", listener.local_addr().unwrap());
        let dials = Dials::new(TurnUrl::parse(&url).unwrap());
        (listener, dials)
    }

    #[tokio::test]
    async fn one_attempt_is_enough_where_it_is_accepted() {
        let (listener, mut dials) = listening().await;
        dials.first().await.unwrap();
        listener.accept().await.unwrap();
        assert!(dials.handles.is_empty());
    }

    #[tokio::test]
    async fn what_is_refused_is_said_at_once() {
        let (listener, mut dials) = listening().await;
        drop(listener);
        assert_eq!(
            dials.first().await.err().map(|error| error.kind()),
            Some(io::ErrorKind::ConnectionRefused)
        );
    }

    #[tokio::test]
    async fn attempts_are_bounded_and_the_first_one_stays() {
        let (_listener, mut dials) = listening().await;
        let mut now = Instant::now();
        let mut due = dials.begin_if_due(now);
        assert_eq!(due, now + EVERY);
        let first = dials.handles.front().unwrap().id();
        for _ in 0..3 * ATTEMPTS {
            assert_eq!(dials.begin_if_due(now), due, "not before it is time");
            now = due;
            due = dials.begin_if_due(now);
        }
        assert_eq!(dials.handles.len(), ATTEMPTS);
        assert_eq!(dials.handles.front().unwrap().id(), first);
        dials.clear();
        assert!(dials.attempts.is_empty());
    }

    /// A server with a certificate for 127.0.0.1, and attempts to reach it there or by another name.
    async fn listening_with_tls(host: &str) -> (TlsServer, TcpListener, Dials) {
        let server = TlsServer::of("127.0.0.1");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("turns:{host}:{}", listener.local_addr().unwrap().port());
        (server, listener, Dials::new(TurnUrl::parse(&url).unwrap()))
    }

    async fn failure(server: &TlsServer, listener: &TcpListener, dials: &mut Dials) -> NoWay {
        let refused = async {
            let (stream, _) = listener.accept().await.unwrap();
            assert!(server.acceptor.accept(stream).await.is_err(), "the client has said why not");
        };
        let (dialled, ()) = tokio::join!(dials.first(), refused);
        NoWay::of(&dialled.err().unwrap())
    }

    #[tokio::test]
    async fn an_untrusted_certificate_is_refused() {
        let (server, listener, mut dials) = listening_with_tls("127.0.0.1").await;
        dials.tls.set(TlsServer::of("127.0.0.1").trusting()).unwrap();
        assert_eq!(failure(&server, &listener, &mut dials).await, NoWay::Certificate);
    }

    #[tokio::test]
    async fn a_certificate_of_another_name_is_refused() {
        let (server, listener, mut dials) = listening_with_tls("localhost").await;
        dials.tls.set(server.trusting()).unwrap();
        assert_eq!(failure(&server, &listener, &mut dials).await, NoWay::Certificate);
    }

    #[tokio::test]
    async fn a_server_without_tls_is_not_a_certificate_error() {
        let (server, listener, mut dials) = listening_with_tls("127.0.0.1").await;
        dials.tls.set(server.trusting()).unwrap();
        let hangs_up = async { drop(listener.accept().await.unwrap()) };
        let (dialled, ()) = tokio::join!(dials.first(), hangs_up);
        assert_eq!(NoWay::of(&dialled.err().unwrap()), NoWay::Unreachable);
    }

    #[tokio::test]
    async fn a_stuck_handshake_does_not_delay_the_attempts_after_it() {
        let (server, listener, mut dials) = listening_with_tls("127.0.0.1").await;
        dials.tls.set(server.trusting()).unwrap();
        // The first is accepted and never answered.
        let answers_all_but_the_first = async {
            let _first = listener.accept().await.unwrap();
            let mut answered = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                answered.spawn(server.acceptor.accept(stream));
            }
        };
        tokio::select! {
            dialled = dials.first() => assert!(dialled.is_ok(), "{:?}", dialled.err()),
            () = answers_all_but_the_first => {}
        }
    }
}
