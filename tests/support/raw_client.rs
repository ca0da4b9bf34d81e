//! A signaling client that sends any text a test wants, well formed or not.

use futures_util::{SinkExt, StreamExt};
use holdfast_protocol::{
    ClientMessage, JoinKey, MeetingLink, ParticipantId, Profile, Sealer, ServerMessage, VERSION,
};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// A connection to a signaling server.
pub(crate) struct RawClient {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl RawClient {
    /// Connects, and sends nothing yet.
    pub(crate) async fn connect(link: &MeetingLink) -> Self {
        let (socket, _) = tokio_tungstenite::connect_async(link.server.websocket_url()).await.unwrap();
        Self { socket }
    }

    /// Sends a text frame.
    pub(crate) async fn send(&mut self, text: impl Into<String>) {
        // The tests cover a server that has closed the connection, too.
        let _ = self.socket.send(Message::text(text.into())).await;
    }

    /// The next message of the server, or `None` once it has closed the connection.
    pub(crate) async fn next(&mut self) -> Option<ServerMessage> {
        loop {
            match self.socket.next().await? {
                Ok(Message::Text(text)) => return Some(ServerMessage::parse(&text).unwrap()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The code of the next error, or `hung_up` if the server sends nothing more.
    pub(crate) async fn next_error(&mut self) -> String {
        loop {
            match self.next().await {
                Some(ServerMessage::Error { code, .. }) => {
                    return serde_json::to_value(code).unwrap().as_str().unwrap().to_owned();
                }
                Some(_) => {}
                None => return "hung_up".to_owned(),
            }
        }
    }

    /// Says hello and returns the challenge.
    pub(crate) async fn hello(&mut self) -> String {
        let hello = ClientMessage::Hello { version: VERSION, client: "test".into() };
        self.send(hello.to_json()).await;
        match self.next().await {
            Some(ServerMessage::Hello { challenge, .. }) => challenge,
            other => panic!("no hello: {other:?}"),
        }
    }

    /// Joins the room properly, as number `n` of the test.
    pub(crate) async fn join(&mut self, link: &MeetingLink, n: u64) {
        let challenge = self.hello().await;
        let participant: ParticipantId = format!("{n:016x}").parse().unwrap();
        let key = JoinKey::derive(&link.secret);
        let mut sealer = Sealer::new(&link.secret, link.room.clone(), participant.clone(), 1);
        let join = ClientMessage::Join {
            room: link.room.clone(),
            public_key: key.public_key(),
            proof: key.prove(&challenge, &link.room, &participant),
            profile: sealer
                .seal_profile(&Profile::new(&format!("Raw {n}")).unwrap(), rand::random())
                .unwrap(),
            participant,
            resume: None,
        };
        self.send(join.to_json()).await;
        match self.next().await {
            Some(ServerMessage::Welcome { .. }) => {}
            other => panic!("not welcome: {other:?}"),
        }
    }
}
