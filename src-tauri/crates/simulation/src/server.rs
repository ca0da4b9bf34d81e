//! The signaling server's process around the rooms: handshakes, heartbeats and rate limits, as the tasks of the server
//! crate do it.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use holdfast_delivery::RateLimit;
use holdfast_protocol::limits::{DEAD_AFTER, HEARTBEAT, JOIN_TIMEOUT, RESUME_WINDOW};
use holdfast_protocol::{Bounds, ClientMessage, ErrorCode, ServerMessage, VERSION};
use holdfast_signaling_server::RATE;
use holdfast_signaling_server::room::{ConnectionId, JoinRequest, Output};
use holdfast_signaling_server::rooms::Rooms;

use crate::queue::Event;
use crate::stream::Frame;
use crate::world::{Work, World};

/// How often rooms check what is due.
const TICK: Duration = Duration::from_millis(50);

struct Connection {
    challenge: String,
    greeted: bool,
    joined: bool,
    attached: Duration,
    heard: Duration,
    ping_at: Duration,
    rate: RateLimit,
}

/// The server.
pub(crate) struct Server {
    /// Whether the process runs. Its machine always does.
    pub(crate) up: bool,
    /// Whether it stands still: then its sockets keep what comes.
    pub(crate) stopped: bool,
    rooms: Rooms,
    connections: BTreeMap<u64, Connection>,
    outputs: VecDeque<Output>,
    wake: Option<Duration>,
    tokens: u64,
}

impl Server {
    pub(crate) fn new() -> Self {
        Self {
            up: true,
            stopped: false,
            rooms: Rooms::new(RESUME_WINDOW, Bounds::V1),
            connections: BTreeMap::new(),
            outputs: VecDeque::new(),
            wake: None,
            tokens: 0,
        }
    }

    /// Whether anything reaches it or comes from it, even a reset.
    pub(crate) fn reachable(&self) -> bool {
        !self.stopped
    }

    pub(crate) fn whole(&self) -> bool {
        self.up && !self.stopped
    }

    fn next(&self) -> Option<Duration> {
        let connections = self.connections.values().map(|c| {
            if c.joined { (c.heard + DEAD_AFTER).min(c.ping_at) } else { c.attached + JOIN_TIMEOUT }
        });
        connections.chain(self.rooms.poll_timeout().map(|at| at + TICK / 2)).min()
    }
}

fn number(id: ConnectionId) -> usize {
    usize::try_from(id.0).unwrap_or(usize::MAX)
}

impl World {
    pub(crate) fn server_accepts(&mut self, stream: usize) {
        let challenge = format!("challenge-{stream}-{:x}", self.random.next());
        let connection = Connection {
            challenge,
            greeted: false,
            joined: false,
            attached: self.now,
            heard: self.now,
            ping_at: self.now + HEARTBEAT,
            rate: RateLimit::new(RATE, self.now),
        };
        self.server.connections.insert(stream as u64, connection);
        self.work.push_back(Work::Server);
    }

    pub(crate) fn server_hears(&mut self, stream: usize, message: ClientMessage) {
        let now = self.now;
        let id = ConnectionId(stream as u64);
        let Some(connection) = self.server.connections.get_mut(&id.0) else { return };
        connection.heard = now;
        if !connection.rate.allow(now) {
            return self.server_ends(stream, Some(ErrorCode::RateLimited));
        }
        if connection.joined {
            match self.server.rooms.message(id, message, now) {
                Ok(outputs) => self.server.outputs.extend(outputs),
                Err(code) => self.server_ends(stream, Some(code)),
            }
            return;
        }
        match message {
            ClientMessage::Hello { version: VERSION, .. } if !connection.greeted => {
                connection.greeted = true;
                let challenge = connection.challenge.clone();
                let hello = ServerMessage::Hello { version: VERSION, challenge, bounds: Bounds::V1 };
                self.server.outputs.push_back(Output::Send(id, hello));
            }
            ClientMessage::Join { room, participant, public_key, proof, profile, resume }
                if connection.greeted =>
            {
                self.server.tokens += 1;
                let challenge = connection.challenge.clone();
                let request = JoinRequest {
                    connection: id,
                    participant: participant.clone(),
                    public_key: &public_key,
                    proof: &proof,
                    challenge: &challenge,
                    profile,
                    resume,
                    token: format!("token-{}", self.server.tokens),
                };
                match self.server.rooms.join(&room, request, now) {
                    Ok(outputs) => {
                        self.server.outputs.extend(outputs);
                        if let Some(connection) = self.server.connections.get_mut(&id.0) {
                            connection.joined = true;
                            connection.ping_at = now + HEARTBEAT;
                        }
                    }
                    Err(code) => self.server_ends(stream, Some(code)),
                }
            }
            ClientMessage::Ping { nonce } => {
                self.server.outputs.push_back(Output::Send(id, ServerMessage::Pong { nonce }));
            }
            ClientMessage::Pong { .. } => {}
            _ => self.server_ends(stream, Some(ErrorCode::NotJoined)),
        }
    }

    /// Sends the reason, if there is one, and closes.
    fn server_ends(&mut self, stream: usize, code: Option<ErrorCode>) {
        let seat = self.streams[stream].client.seat;
        self.note(seat, None, || format!("the server closes connection {stream}: {code:?}"));
        let latency = self.network.server_latency(seat, &mut self.random);
        if code == Some(ErrorCode::IdTaken) {
            // The welcome to a new session was lost, and its token with it: the server believes in that session until
            // it was silent for long enough.
            self.checks.session_lost[seat] = self.now;
        }
        if let Some(code) = code {
            self.stream_push_down(stream, Frame::Message(ServerMessage::error(code, "")), latency);
        }
        self.stream_push_down(stream, Frame::End, latency);
        self.server_detaches(stream);
    }

    /// The connection is over.
    pub(crate) fn server_detaches(&mut self, stream: usize) {
        self.streams[stream].server_open = false;
        if self.server.connections.remove(&(stream as u64)).is_some() {
            let outputs = self.server.rooms.disconnected(ConnectionId(stream as u64), self.now);
            self.server.outputs.extend(outputs);
        }
        self.work.push_back(Work::Server);
    }

    pub(crate) fn server_wakes(&mut self) {
        if self.server.wake.is_some_and(|at| at > self.now) {
            return;
        }
        self.server.wake = None;
        self.work.push_back(Work::Server);
        if !self.server.whole() {
            return;
        }
        let now = self.now;
        let outputs = self.server.rooms.handle_timeout(now);
        self.server.outputs.extend(outputs);
        let mut ends = Vec::new();
        for (id, connection) in &mut self.server.connections {
            let dead = connection.joined && connection.heard + DEAD_AFTER <= now;
            let late = !connection.joined && connection.attached + JOIN_TIMEOUT <= now;
            if dead || late {
                ends.push(*id);
            } else if connection.joined && connection.ping_at <= now {
                connection.ping_at = now + HEARTBEAT;
                self.server
                    .outputs
                    .push_back(Output::Send(ConnectionId(*id), ServerMessage::Ping { nonce: 1 }));
            }
        }
        for id in ends {
            self.server_ends(number(ConnectionId(id)), Some(ErrorCode::TimedOut));
        }
    }

    pub(crate) fn server_acts(&mut self) {
        while let Some(output) = self.server.outputs.pop_front() {
            match output {
                Output::Send(id, message) => {
                    if !self.server.connections.contains_key(&id.0) {
                        continue;
                    }
                    let stream = number(id);
                    let seat = self.streams[stream].client.seat;
                    let latency = self.network.server_latency(seat, &mut self.random);
                    self.stream_push_down(stream, Frame::Message(message), latency);
                }
                Output::Close(id, code) => {
                    if self.server.connections.contains_key(&id.0) {
                        self.server_ends(number(id), code);
                    }
                }
            }
        }
        if !self.server.whole() {
            return;
        }
        let Some(at) = self.server.next().map(|at| at.max(self.now)) else { return };
        if self.server.wake.is_none_or(|wake| at < wake) {
            self.server.wake = Some(at);
            self.queue.push(at, Event::ServerWake);
        }
    }

    /// The process ends. The system closes its sockets, unless its machine went down as well.
    pub(crate) fn server_dies(&mut self, silently: bool) {
        self.note_all(|| format!("the server dies{}", if silently { " silently" } else { "" }));
        self.server.up = false;
        let open: Vec<_> = self.server.connections.keys().copied().collect();
        for id in open {
            let stream = number(ConnectionId(id));
            self.streams[stream].server_open = false;
            if !silently {
                let seat = self.streams[stream].client.seat;
                let latency = self.network.server_latency(seat, &mut self.random);
                self.stream_push_down(stream, Frame::End, latency);
            }
        }
        self.server.connections.clear();
        self.server.outputs.clear();
        self.server.rooms = Rooms::new(RESUME_WINDOW, Bounds::V1);
    }

    /// Every connection breaks, but the process goes on: a proxy in front of it was restarted.
    pub(crate) fn server_drops_everyone(&mut self) {
        self.note_all(|| "every connection to the server breaks".into());
        let open: Vec<_> = self.server.connections.keys().copied().collect();
        for id in open {
            self.server_ends(number(ConnectionId(id)), None);
        }
    }
}
