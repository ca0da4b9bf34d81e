//! The sockets of the listener, until each has become a WebSocket or is closed.
//!
//! Knows TCP, TLS and HTTP/1.1, and how long and how many connections may stay before they become a WebSocket. The
//! bound is on the whole time, not only on that of the header: a body, an idle connection or a slow trickle of bytes
//! cannot keep a connection open.

use std::{
    convert::Infallible,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::{TcpListener, TcpStream},
    runtime::Handle,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

/// How many connections at once may not be a WebSocket yet. More of them wait in the system's backlog, at most until
/// the first of these runs out of time.
const HTTP_CONNECTIONS: usize = 256;

/// Pause after an accept that failed, usually because the process has no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long a closed connection still reads what the other side was sending.
const LINGER_TIME: Duration = Duration::from_secs(2);

/// How much of that it reads: 256 times the largest allowed message.
const LINGER_BYTES: usize = 16 << 20;

/// Accepts connections as long as it is polled. Dropping it closes those that are not a WebSocket yet.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    app: Router,
    http_timeout: Duration,
) -> Infallible {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < HTTP_CONNECTIONS => match accepted {
                Ok((socket, _)) => {
                    connections.spawn(timeout(http_timeout, serve_connection(socket, tls.clone(), app.clone())));
                }
                Err(error) => {
                    tracing::warn!(kind = ?error.kind(), "cannot take a connection");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Ends when the connection is closed or has become a WebSocket, which then has a task of its own.
async fn serve_connection(socket: TcpStream, tls: Option<TlsAcceptor>, app: Router) {
    // Every message is written whole, so waiting for more would only delay it.
    let _ = socket.set_nodelay(true);
    let socket = Lingering(Some(socket));
    match tls {
        Some(tls) => {
            if let Ok(stream) = tls.accept(socket).await {
                serve_http(stream, app).await;
            }
        }
        None => serve_http(socket, app).await,
    }
}

async fn serve_http(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, app: Router) {
    let service = TowerToHyperService::new(app);
    // An error concerns only this connection, which is over.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}

/// A TCP connection whose last bytes arrive. Closing a socket with unread data resets the connection, and the reset
/// makes the other side throw away what it has not read yet (RFC 1122 section 4.2.2.13, RFC 2525 section 2.17). So
/// dropping this closes only our own direction; then it reads what still arrives and throws it away, within bounds.
struct Lingering(Option<TcpStream>);

impl Drop for Lingering {
    fn drop(&mut self) {
        if let (Some(socket), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(timeout(LINGER_TIME, linger(socket)));
        }
    }
}

async fn linger(mut socket: TcpStream) {
    if socket.shutdown().await.is_err() {
        return;
    }
    let mut buffer = vec![0; 16 * 1024];
    let mut left = LINGER_BYTES;
    while left > 0 {
        match socket.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(bytes) => left = left.saturating_sub(bytes),
        }
    }
}

impl Lingering {
    fn socket(self: Pin<&mut Self>) -> io::Result<Pin<&mut TcpStream>> {
        self.get_mut().0.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl AsyncRead for Lingering {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.socket()?.poll_read(cx, buf)
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.socket()?.poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket()?.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket()?.poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.socket()?.poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}
