//! One WebSocket to the server. Knows TCP, TLS and frames, and nothing of the protocol above.

use std::{sync::Arc, time::Duration};

use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use holdfast_protocol::{
    ServerAddress,
    limits::{FRAME_BYTES, UNACKED_MESSAGES},
};
use holdfast_signaling_session::SignalingError;
use rustls::RootCertStore;
use tokio::{net::TcpStream, sync::mpsc, task::JoinHandle, time::timeout};
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config,
    tungstenite::{self, Message, protocol::WebSocketConfig},
};

/// Frames waiting for the socket. A resume sends up to [`UNACKED_MESSAGES`] at once, and a few come on top.
const OUTGOING_FRAMES: usize = UNACKED_MESSAGES + 64;

/// A socket that takes no data for this long is given up.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What the socket received.
pub(crate) enum Received {
    Text(String),
    /// A frame that is not text; ignored.
    Other,
    Closed,
}

/// An open connection; closed when dropped.
pub(crate) struct Transport {
    stream: SplitStream<Socket>,
    outgoing: mpsc::Sender<String>,
    writer: JoinHandle<()>,
}

impl Transport {
    pub(crate) async fn connect(server: ServerAddress) -> Result<Self, SignalingError> {
        let connector = if server.tls { Connector::Rustls(tls_config()?) } else { Connector::Plain };
        let config =
            WebSocketConfig::default().max_message_size(Some(FRAME_BYTES)).max_frame_size(Some(FRAME_BYTES));
        let connecting =
            connect_async_tls_with_config(server.websocket_url(), Some(config), true, Some(connector));
        let (socket, _) = connecting.await.map_err(|error| connect_error(&error))?;
        let (sink, stream) = socket.split();
        let (outgoing, frames) = mpsc::channel(OUTGOING_FRAMES);
        Ok(Self { stream, outgoing, writer: tokio::spawn(write(sink, frames)) })
    }

    /// Queues a frame; `false` when the socket takes no more.
    pub(crate) fn send(&self, frame: String) -> bool {
        self.outgoing.try_send(frame).is_ok()
    }

    pub(crate) async fn receive(&mut self) -> Received {
        match self.stream.next().await {
            Some(Ok(Message::Text(text))) => Received::Text(text.as_str().to_owned()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Received::Closed,
            Some(Ok(_)) => Received::Other,
        }
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        self.writer.abort();
    }
}

async fn write(mut sink: SplitSink<Socket, Message>, mut frames: mpsc::Receiver<String>) {
    while let Some(frame) = frames.recv().await {
        if !matches!(timeout(SEND_TIMEOUT, sink.send(Message::text(frame))).await, Ok(Ok(()))) {
            return;
        }
    }
}

fn connect_error(error: &tungstenite::Error) -> SignalingError {
    match error {
        tungstenite::Error::Tls(_) => SignalingError::Tls,
        // rustls reports through `io::Error`, with its own error inside.
        tungstenite::Error::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => {
            SignalingError::Tls
        }
        tungstenite::Error::Http(_) | tungstenite::Error::Protocol(_) | tungstenite::Error::HttpFormat(_) => {
            SignalingError::NotASignalingServer
        }
        _ => SignalingError::Unreachable,
    }
}

/// The system's root certificates, and ring chosen by name: another crate of the same binary may bring a second
/// provider, and then there is no default.
fn tls_config() -> Result<Arc<rustls::ClientConfig>, SignalingError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| SignalingError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
