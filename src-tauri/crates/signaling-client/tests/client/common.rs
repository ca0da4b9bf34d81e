//! A real server on loopback, clients, and a proxy whose connections can be cut.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use holdfast_protocol::{
    MediaState, MeetingLink, ParticipantId, PeerMessage, Profile, Revision, RoomId, Secret, ServerAddress,
};
use holdfast_signaling_client::{Signaling, SignalingConfig, SignalingError, SignalingEvent, Welcomed};
use holdfast_signaling_server::{RunningServer, Server, ServerConfig, Timing};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    time::timeout,
};

/// Longer than anything takes; only a failing test waits this long.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub fn loopback() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

pub fn server() -> RunningServer {
    Server::spawn(ServerConfig { listen: loopback(), tls: None }).unwrap()
}

/// A server at a given address, as after a restart.
pub async fn server_at(listen: SocketAddr, timing: Timing) -> RunningServer {
    // The old listener may take a moment to be gone.
    timeout(PATIENCE, async {
        loop {
            match Server::bind_with(ServerConfig { listen, tls: None }, timing.clone()) {
                Ok(server) => return server.start(),
                Err(_) => tokio::task::yield_now().await,
            }
        }
    })
    .await
    .unwrap()
}

pub fn link(server: SocketAddr, secret: u8) -> MeetingLink {
    MeetingLink {
        server: ServerAddress { host: server.ip().to_string(), port: server.port(), tls: false },
        room: room(),
        secret: Secret::from_bytes([secret; 32]),
    }
}

pub fn room() -> RoomId {
    "room".parse().unwrap()
}

pub fn id(n: u64) -> ParticipantId {
    ParticipantId::from_random(n)
}

pub fn message(revision: u64) -> PeerMessage {
    PeerMessage::MediaState(MediaState { revision: Revision(revision), ..MediaState::default() }.into())
}

pub fn config(link: MeetingLink, n: u64) -> SignalingConfig {
    let profile = Profile::new(&format!("Person {n}")).unwrap();
    SignalingConfig { link, participant: id(n), profile, seed: n }
}

pub struct Client {
    pub signaling: Signaling,
    pub welcomed: Welcomed,
    pub events: mpsc::Receiver<SignalingEvent>,
    /// Sender and revision of every message so far, also of those that a wait skipped.
    pub seen: Vec<(ParticipantId, u64)>,
}

impl Client {
    pub async fn join(link: MeetingLink, n: u64) -> Self {
        Self::try_join(link, n).await.unwrap()
    }

    pub async fn try_join(link: MeetingLink, n: u64) -> Result<Self, SignalingError> {
        let joined = timeout(PATIENCE, Signaling::join(config(link, n))).await.expect("join hangs");
        joined.map(|(signaling, welcomed, events)| Self { signaling, welcomed, events, seen: Vec::new() })
    }

    /// The next event.
    pub async fn event(&mut self) -> SignalingEvent {
        let event = timeout(PATIENCE, self.events.recv()).await.expect("no event").expect("events ended");
        if let SignalingEvent::Message { from, message: PeerMessage::MediaState(told), .. } = &event {
            self.seen.push((from.clone(), told.state.revision.get()));
        }
        event
    }

    /// The first event that `pick` takes; skips the others.
    pub async fn wait<T>(&mut self, mut pick: impl FnMut(SignalingEvent) -> Option<T>) -> T {
        loop {
            if let Some(picked) = pick(self.event().await) {
                return picked;
            }
        }
    }

    /// Waits until `count` messages in all came from `from`, and returns their revisions.
    pub async fn revisions(&mut self, from: u64, count: usize) -> Vec<u64> {
        loop {
            let seen = self.seen.iter().filter(|(sender, _)| *sender == id(from));
            let revisions: Vec<_> = seen.map(|(_, revision)| *revision).collect();
            if revisions.len() >= count {
                return revisions;
            }
            self.event().await;
        }
    }

    pub async fn disconnected(&mut self) {
        self.wait(|event| matches!(event, SignalingEvent::Disconnected { .. }).then_some(())).await;
    }

    /// Whether the session was resumed, and who is in the roster: id and present.
    pub async fn reconnected(&mut self) -> (bool, Vec<(ParticipantId, bool)>) {
        self.wait(|event| match event {
            SignalingEvent::Reconnected { resumed, roster } => {
                Some((resumed, roster.into_iter().map(|m| (m.participant, m.present)).collect()))
            }
            _ => None,
        })
        .await
    }
}

/// Passes TCP connections on to a server until a test cuts them.
pub struct Proxy {
    pub addr: SocketAddr,
    /// Grows with every cut; connections of an older number end.
    cuts: watch::Sender<u64>,
    /// Whether new connections are passed on or closed at once.
    open: watch::Sender<bool>,
}

impl Proxy {
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(loopback()).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (cuts, open) = (watch::Sender::new(0), watch::Sender::new(true));
        let (watch_cuts, watch_open) = (cuts.subscribe(), open.subscribe());
        tokio::spawn(async move {
            while let Ok((mut inward, _)) = listener.accept().await {
                if !*watch_open.borrow() {
                    continue;
                }
                let mut cut = watch_cuts.clone();
                cut.mark_unchanged();
                tokio::spawn(async move {
                    let Ok(mut outward) = TcpStream::connect(server).await else { return };
                    tokio::select! {
                        _ = copy_bidirectional(&mut inward, &mut outward) => {}
                        _ = cut.changed() => {}
                    }
                });
            }
        });
        Self { addr, cuts, open }
    }

    /// Cuts every connection; new ones are passed on if `open`.
    pub fn cut(&self, open: bool) {
        self.open.send_replace(open);
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    pub fn restore(&self) {
        self.open.send_replace(true);
    }
}

/// Passes connections on until a test tells it to swallow everything, new connections included.
pub struct BlackHole {
    pub addr: SocketAddr,
    swallow: watch::Sender<bool>,
}

impl BlackHole {
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(loopback()).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let swallow = watch::Sender::new(false);
        let mut swallowing = swallow.subscribe();
        tokio::spawn(async move {
            let mut kept = Vec::new();
            while let Ok((mut inward, _)) = listener.accept().await {
                if *swallowing.borrow() {
                    kept.push(inward);
                    continue;
                }
                let mut outward = TcpStream::connect(server).await.unwrap();
                let mut swallowing = swallowing.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        _ = copy_bidirectional(&mut inward, &mut outward) => {}
                        _ = swallowing.wait_for(|swallow| *swallow) => {}
                    }
                    // Both stay open and silent.
                    std::future::pending::<()>().await;
                    drop((inward, outward));
                });
            }
            drop(swallowing.changed().await);
        });
        Self { addr, swallow }
    }

    pub fn swallow(&self) {
        self.swallow.send_replace(true);
    }
}
