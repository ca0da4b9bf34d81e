//! A server on loopback and a client that can send anything.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use holdfast_protocol::{
    Bounds, ClientMessage, ErrorCode, JoinKey, MessageNumber, ParticipantId, Resume, RoomId, Secret,
    ServerMessage,
};
use holdfast_signaling_server::{RunningServer, Server, ServerConfig, Timing};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message},
};

/// Longer than anything takes; only a failing test waits this long.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub fn loopback() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

pub fn server() -> RunningServer {
    Server::spawn(ServerConfig { listen: loopback(), tls: None }).unwrap()
}

pub fn server_with(timing: Timing) -> RunningServer {
    Server::bind_with(ServerConfig { listen: loopback(), tls: None }, timing).unwrap().start()
}

pub fn id(n: u64) -> ParticipantId {
    ParticipantId::from_random(n)
}

pub fn room() -> RoomId {
    "room".parse().unwrap()
}

pub struct Raw {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Raw {
    pub async fn connect(addr: SocketAddr) -> Self {
        Self { socket: connect_async(format!("ws://{addr}/v1")).await.unwrap().0 }
    }

    pub fn over(socket: WebSocketStream<MaybeTlsStream<TcpStream>>) -> Self {
        Self { socket }
    }

    pub async fn joined(addr: SocketAddr, n: u64) -> Self {
        let mut raw = Self::connect(addr).await;
        raw.join(n, None).await;
        raw
    }

    pub async fn try_send(&mut self, message: Message) -> Result<(), tungstenite::Error> {
        timeout(PATIENCE, self.socket.send(message)).await.expect("the server does not read")
    }

    pub async fn send_raw(&mut self, message: Message) {
        self.try_send(message).await.unwrap();
    }

    pub async fn send_text(&mut self, text: &str) {
        self.send_raw(Message::text(text.to_owned())).await;
    }

    pub async fn send(&mut self, message: ClientMessage) {
        self.send_text(&message.to_json()).await;
    }

    /// The next message, without the server's pings.
    pub async fn receive(&mut self) -> ServerMessage {
        loop {
            match timeout(PATIENCE, self.socket.next()).await.expect("no message").unwrap().unwrap() {
                Message::Text(text) => match ServerMessage::parse(&text).unwrap() {
                    ServerMessage::Ping { .. } => {}
                    message => return message,
                },
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Reads to the end. Returns the fatal error, and the code and reason of the close frame.
    pub async fn fate(&mut self) -> (Option<ErrorCode>, Option<(u16, String)>) {
        let mut fatal = None;
        loop {
            match timeout(PATIENCE, self.socket.next()).await.expect("the connection stays open") {
                Some(Ok(Message::Text(text))) => {
                    if let Ok(ServerMessage::Error { code, fatal: true, .. }) = ServerMessage::parse(&text) {
                        fatal = Some(code);
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    return (fatal, frame.map(|frame| (frame.code.into(), frame.reason.to_string())));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return (fatal, None),
            }
        }
    }

    /// Says hello and returns the challenge.
    pub async fn hello(&mut self) -> String {
        self.send(ClientMessage::Hello { version: 1, client: "test".into() }).await;
        match self.receive().await {
            ServerMessage::Hello { version: 1, challenge, .. } => challenge,
            other => panic!("{other:?}"),
        }
    }

    pub fn join_message(&self, n: u64, challenge: &str, resume: Option<(String, u64)>) -> ClientMessage {
        let key = JoinKey::derive(&Secret::from_bytes([1; 32]));
        ClientMessage::Join {
            room: room(),
            participant: id(n),
            public_key: key.public_key(),
            proof: key.prove(challenge, &room(), &id(n)),
            profile: "profile".into(),
            resume: resume.map(|(token, last_seq)| Resume { token, last_seq: MessageNumber(last_seq) }),
        }
    }

    /// Joins. Returns token, resumed and bounds.
    pub async fn join(&mut self, n: u64, resume: Option<(String, u64)>) -> (String, bool, Bounds) {
        let challenge = self.hello().await;
        self.send(self.join_message(n, &challenge, resume)).await;
        match self.receive().await {
            ServerMessage::Welcome { token, resumed, bounds, .. } => (token, resumed, bounds),
            other => panic!("{other:?}"),
        }
    }

    /// A ping comes back, after any other messages.
    pub async fn still_works(&mut self) {
        self.send(ClientMessage::Ping { nonce: 4711 }).await;
        while self.receive().await != (ServerMessage::Pong { nonce: 4711 }) {}
    }
}
