//! The frame socket: a WebSocket on the loopback address that only our own page can use.
//!
//! Any program on this machine and any web page in a browser can reach a loopback port. So a connection must come with
//! the page's Origin and with a one-time token that only one of our commands gives out. The messages are in
//! [`super::header`] (to the page) and [`super::FrameRequest`] (from it).

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Serialize;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OnceCell, Semaphore, mpsc};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{StatusCode, header};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use ts_rs::TS;

use super::counts::Bound;
use super::credit::FrameFormat;
use super::hub::FrameHub;
use super::request::{FrameHello, FrameRequest};
use super::session::{INBOX, OUTBOX, Session};
use super::token::Tokens;

/// Where the WebSocket is.
const PATH: &str = "/frames";

/// Longest time from the connection to the accepted hello. A page says hello at once.
const HELLO_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest message of a page. The longest real one is the hello with its token, about 120 bytes.
const MESSAGE_BYTES: usize = 1024;

/// Connections at once, with those still before their hello. A page has one; a reload briefly has two.
const CONNECTIONS: usize = 8;

/// How long a page gets to take the close frame.
const CLOSE_WAIT: Duration = Duration::from_secs(1);

/// Pause after a failed accept (out of file descriptors), so that we do not loop without a pause.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Where the page finds its pictures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub(crate) struct FrameSocketAddress {
    /// `ws://127.0.0.1:PORT/frames`.
    pub(crate) url: String,
    /// Must be sent in the hello. It opens one connection, once.
    pub(crate) token: String,
}

struct Shared {
    hub: FrameHub,
    tokens: Tokens,
    /// Origins of our own page, as browsers write them.
    origins: Vec<String>,
    connections: Arc<Semaphore>,
    hello_timeout: Duration,
}

/// A listening frame socket. It listens as long as the app runs.
pub(crate) struct FrameSocket {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl FrameSocket {
    /// Listens on a free loopback port for pages of these origins.
    pub(crate) async fn bind(hub: FrameHub, origins: Vec<String>) -> io::Result<Self> {
        Self::bind_with(hub, origins, HELLO_TIMEOUT).await
    }

    /// Like [`FrameSocket::bind`] with another timeout, for tests that cannot wait.
    pub(crate) async fn bind_with(
        hub: FrameHub,
        origins: Vec<String>,
        hello_timeout: Duration,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            hub,
            tokens: Tokens::default(),
            origins,
            connections: Arc::new(Semaphore::new(CONNECTIONS)),
            hello_timeout,
        });
        tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { address, shared })
    }

    /// Lets one connection in.
    pub(crate) fn grant(&self) -> FrameSocketAddress {
        FrameSocketAddress { url: format!("ws://{}{PATH}", self.address), token: self.shared.tokens.grant() }
    }
}

/// The app's frame socket, which listens from the first time a page asks for it.
pub(crate) struct PageSocket {
    hub: FrameHub,
    origins: Vec<String>,
    socket: OnceCell<FrameSocket>,
}

impl PageSocket {
    pub(crate) fn new(hub: FrameHub, origins: Vec<String>) -> Self {
        Self { hub, origins, socket: OnceCell::new() }
    }

    /// Lets one connection in. Fails if no loopback port is available; the next call tries again.
    pub(crate) async fn grant(&self) -> io::Result<FrameSocketAddress> {
        let bind = || FrameSocket::bind(self.hub.clone(), self.origins.clone());
        Ok(self.socket.get_or_try_init(bind).await?.grant())
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let Ok(permit) = Arc::clone(&shared.connections).try_acquire_owned() else {
            // Dropping the stream closes it.
            shared.hub.counts().add(Bound::Connections, 1);
            continue;
        };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            serve(stream, &shared).await;
            drop(permit);
        });
    }
}

async fn serve(stream: TcpStream, shared: &Shared) {
    // Sends a frame at once, not when the segment is full.
    let _ = stream.set_nodelay(true);
    let opened = tokio::time::timeout(shared.hello_timeout, open(stream, shared)).await;
    let Ok(Some((socket, opened))) = opened else { return };
    let (sink, stream) = socket.split();
    let (sink, end) = match opened {
        Ok(format) => relay(sink, stream, &shared.hub, format).await,
        Err(refusal) => (Some(sink), Some(refusal)),
    };
    if let (Some(mut sink), Some(end)) = (sink, end) {
        tracing::debug!(code = end.reason, "frame socket closed");
        let close = CloseFrame { code: end.close, reason: end.reason.into() };
        let _ = tokio::time::timeout(CLOSE_WAIT, sink.send(Message::Close(Some(close)))).await;
    }
}

/// Why we close a connection; the reason is a stable code.
struct End {
    close: CloseCode,
    reason: &'static str,
}

const BAD_TOKEN: End = End { close: CloseCode::Policy, reason: "bad_token" };
const MALFORMED: End = End { close: CloseCode::Policy, reason: "malformed" };
const NOT_TEXT: End = End { close: CloseCode::Unsupported, reason: "not_text" };
const TOO_LARGE: End = End { close: CloseCode::Size, reason: "too_large" };

type Socket = WebSocketStream<TcpStream>;

/// The WebSocket handshake and the hello. `None` if the other side is gone and cannot be told why.
async fn open(stream: TcpStream, shared: &Shared) -> Option<(Socket, Result<FrameFormat, End>)> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_BYTES))
        .max_frame_size(Some(MESSAGE_BYTES))
        .write_buffer_size(0);
    #[expect(clippy::result_large_err, reason = "the signature is the library's")]
    let check = |request: &Request, response: Response| check(request, response, &shared.origins);
    let mut socket =
        tokio_tungstenite::accept_hdr_async_with_config(stream, check, Some(config)).await.ok()?;
    let hello = loop {
        match text(socket.next().await?) {
            Incoming::Text(text) => break serde_json::from_str::<FrameHello>(&text).map_err(|_| MALFORMED),
            Incoming::Nothing => {}
            Incoming::Gone => return None,
            Incoming::Bad(end) => break Err(end),
        }
    };
    let format = hello.and_then(
        |FrameHello::Hello { token, format }| {
            if shared.tokens.redeem(&token) { Ok(format) } else { Err(BAD_TOKEN) }
        },
    );
    Some((socket, format))
}

/// Accepts only requests of our page. Programs other than browsers can forge the Origin, but they lack the token.
#[expect(clippy::result_large_err, reason = "the signature is the library's")]
fn check(request: &Request, response: Response, origins: &[String]) -> Result<Response, ErrorResponse> {
    let refuse = |status| {
        let mut response = ErrorResponse::new(None);
        *response.status_mut() = status;
        Err(response)
    };
    if request.uri().path() != PATH {
        return refuse(StatusCode::NOT_FOUND);
    }
    let origin = request.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    if !origin.is_some_and(|origin| origins.iter().any(|ours| ours == origin)) {
        tracing::warn!("frame socket refused a foreign origin");
        return refuse(StatusCode::FORBIDDEN);
    }
    Ok(response)
}

/// Runs the session: one task writes what the session puts in the outbox, this one reads the page. Returns the sink, if
/// it can still be written to, and what to tell the page.
async fn relay(
    mut sink: SplitSink<Socket, Message>,
    mut stream: SplitStream<Socket>,
    hub: &FrameHub,
    format: FrameFormat,
) -> (Option<SplitSink<Socket, Message>>, Option<End>) {
    let (outbox, mut frames) = mpsc::channel::<Vec<u8>>(OUTBOX);
    let (heard, inbox) = mpsc::channel(INBOX);
    let mut writer = tokio::spawn(async move {
        while let Some(frame) = frames.recv().await {
            sink.send(Message::Binary(frame.into())).await.ok()?;
        }
        Some(sink)
    });
    let session = tokio::spawn(Session::new(hub.clone(), format, outbox).run(inbox));
    let end = loop {
        let Some(message) = stream.next().await else { break None };
        match text(message) {
            Incoming::Text(text) => match serde_json::from_str::<FrameRequest>(&text) {
                Ok(message) if heard.send(message).await.is_ok() => {}
                Ok(_) => break None,
                Err(_) => break Some(MALFORMED),
            },
            Incoming::Nothing => {}
            Incoming::Gone => break None,
            Incoming::Bad(end) => break Some(end),
        }
    };
    // Ends the session. That closes the outbox, and that ends the writer, unless the page takes nothing.
    drop(heard);
    let _ = session.await;
    match tokio::time::timeout(CLOSE_WAIT, &mut writer).await {
        Ok(sink) => (sink.ok().flatten(), end),
        Err(_) => {
            writer.abort();
            (None, end)
        }
    }
}

enum Incoming {
    Text(String),
    /// Ping, pong.
    Nothing,
    /// Closed or broken.
    Gone,
    Bad(End),
}

fn text(message: Result<Message, WsError>) -> Incoming {
    match message {
        Ok(Message::Text(text)) => Incoming::Text(text.as_str().to_owned()),
        Ok(Message::Binary(_)) => Incoming::Bad(NOT_TEXT),
        Ok(Message::Close(_)) => Incoming::Gone,
        Ok(_) => Incoming::Nothing,
        Err(WsError::Capacity(CapacityError::MessageTooLong { .. })) => Incoming::Bad(TOO_LARGE),
        Err(WsError::Utf8(_)) => Incoming::Bad(MALFORMED),
        Err(_) => Incoming::Gone,
    }
}
