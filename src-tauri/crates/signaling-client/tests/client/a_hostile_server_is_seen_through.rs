//! A server that tampers with what it carries: the client drops and counts every such message, and the honest ones
//! still arrive.

use crate::common::*;
use futures_util::{SinkExt, StreamExt};
use holdfast_protocol::{
    Bounds, ClientMessage, Generation, MessageNumber, Profile, RosterEntry, Sealer, Secret, ServerMessage,
    VERSION,
};
use holdfast_signaling_client::{DropReason, SignalingEvent};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};

struct Hostile {
    socket: WebSocketStream<TcpStream>,
    seq: MessageNumber,
}

impl Hostile {
    async fn say(&mut self, message: ServerMessage) {
        self.socket.send(Message::text(message.to_json())).await.unwrap();
    }

    /// Relays `payload` as if from `from`.
    async fn relay(&mut self, from: u64, generation: u32, payload: &str) {
        self.seq = self.seq.next();
        let relay = ServerMessage::Relay {
            seq: self.seq,
            from: id(from),
            generation: Generation(generation),
            payload: payload.into(),
        };
        self.say(relay).await;
    }

    /// Lets a client in, with `roster`.
    async fn welcome(listener: TcpListener, roster: Vec<RosterEntry>) -> Self {
        let socket = accept_async(listener.accept().await.unwrap().0).await.unwrap();
        let mut server = Self { socket, seq: MessageNumber(0) };
        loop {
            let Some(Ok(Message::Text(text))) = server.socket.next().await else { panic!("no join") };
            let answer = match ClientMessage::parse(&text).unwrap() {
                ClientMessage::Hello { .. } => {
                    ServerMessage::Hello { version: VERSION, challenge: "x".into(), bounds: Bounds::V1 }
                }
                ClientMessage::Join { participant, .. } => {
                    let token = "token".into();
                    let bounds = Bounds::V1;
                    let welcome = ServerMessage::Welcome {
                        participant,
                        token,
                        resumed: false,
                        received: MessageNumber::NONE,
                        roster,
                        bounds,
                    };
                    server.say(welcome).await;
                    return server;
                }
                other => panic!("{other:?}"),
            };
            server.say(answer).await;
        }
    }
}

fn sealer(secret: u8, n: u64) -> Sealer {
    Sealer::new(&Secret::from_bytes([secret; 32]), room(), id(n), 1_000)
}

fn entry(n: u64, profile: String) -> RosterEntry {
    RosterEntry { participant: id(n), profile, present: true }
}

#[tokio::test]
async fn tampered_repeated_and_swapped_payloads_are_dropped_and_counted() {
    let listener = TcpListener::bind(loopback()).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (mut bob, mut eve, mut outsider) = (sealer(1, 2), sealer(1, 3), sealer(2, 2));
    let name = Profile::new("Name").unwrap();
    let roster = vec![
        entry(2, bob.seal_profile(&name, [1; 24]).unwrap()),
        // One sealed with another key, and one sealed by another person.
        entry(4, outsider.seal_profile(&name, [2; 24]).unwrap()),
        entry(3, bob.seal_profile(&name, [3; 24]).unwrap()),
    ];
    let (mut server, ada) = tokio::join!(Hostile::welcome(listener, roster), Client::join(link(addr, 1), 1));
    let mut ada = ada;
    let shown: Vec<_> = ada.welcomed.roster.iter().map(|member| member.participant.clone()).collect();
    assert_eq!(shown, [id(2)], "only who has the secret is shown");
    let mut nonce = 10;
    let mut seal = |sealer: &mut Sealer, to: u64, generation: u32, revision: u64| {
        nonce += 1;
        sealer.seal(&id(to), Generation(generation), &message(revision), [nonce; 24]).unwrap()
    };
    let first = seal(&mut bob, 1, 1, 1);
    server.relay(2, 1, &first).await;
    let tampered = [
        // (from, generation, payload)
        (2, 1, seal(&mut outsider, 1, 1, 66)),
        (3, 1, seal(&mut bob, 1, 1, 66)),
        (2, 1, seal(&mut eve, 1, 1, 66)),
        (2, 1, seal(&mut bob, 3, 1, 66)),
        (2, 2, seal(&mut bob, 1, 1, 66)),
        (2, 1, "!".into()),
    ];
    for (from, generation, payload) in &tampered {
        server.relay(*from, *generation, payload).await;
    }
    for _ in 0..3 {
        server.relay(2, 1, &first).await;
    }
    let last = seal(&mut bob, 1, 1, 2);
    server.relay(2, 1, &last).await;

    let (mut broken, mut replayed) = (0, 0);
    while ada.seen.last() != Some(&(id(2), 2)) {
        match ada.event().await {
            SignalingEvent::Dropped { reason: DropReason::BrokenSeal, count } => broken += count,
            SignalingEvent::Dropped { reason: DropReason::Replayed, count } => replayed += count,
            SignalingEvent::Message { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(ada.seen, [(id(2), 1), (id(2), 2)]);
    assert_eq!((broken, replayed), (2 + tampered.len() as u64, 3));
}
