//! The real rooms of a server and real sessions under one virtual clock, over a network that cuts connections and
//! falls silent. The server can be killed, stays away for a while, and has forgotten everything when it is back.

mod node;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use holdfast_delivery::RateLimit;
use holdfast_protocol::{
    Bounds, ClientMessage, ErrorCode, JoinKey, ParticipantId, RoomId, Secret, ServerMessage, VERSION, limits,
};
use holdfast_signaling_client::SignalingError;
use holdfast_signaling_server::{
    RATE,
    room::{ConnectionId, JoinRequest, Output},
    rooms::Rooms,
};

use node::Node;

pub(crate) const PEOPLE: usize = 4;
const LATENCY: Duration = Duration::from_millis(20);

/// What happens at a time.
enum Event {
    /// The connection that a client asked for opens, unless no packets pass.
    Opened {
        who: usize,
        attempt: u64,
    },
    Up {
        connection: ConnectionId,
        message: ClientMessage,
    },
    Down {
        connection: ConnectionId,
        message: ServerMessage,
    },
    /// The server closed.
    Closed {
        connection: ConnectionId,
    },
    /// The client closed.
    HungUp {
        connection: ConnectionId,
    },
}

struct Connection {
    who: usize,
    rate: RateLimit,
    heard_at: Duration,
    joined: bool,
}

pub(crate) struct World {
    seed: u64,
    pub(crate) now: Duration,
    events: BTreeMap<(Duration, u64), Event>,
    order: u64,
    /// Number of the event that is being handled.
    current: u64,
    rooms: Rooms,
    pub(crate) up: bool,
    pub(crate) restarts: usize,
    connections: BTreeMap<ConnectionId, Connection>,
    next_connection: u64,
    pub(crate) nodes: Vec<Node>,
    /// What the server took. Only the loss of the server's memory may lose it.
    pub(crate) taken: BTreeSet<(usize, usize, u64)>,
}

pub(crate) fn id(n: usize) -> ParticipantId {
    ParticipantId::from_random(n as u64)
}

fn number(id: &ParticipantId) -> usize {
    usize::from_str_radix(id.as_str(), 16).unwrap()
}

fn key() -> JoinKey {
    JoinKey::derive(&Secret::from_bytes([1; 32]))
}

fn room() -> RoomId {
    "room".parse().unwrap()
}

fn rooms() -> Rooms {
    Rooms::new(limits::RESUME_WINDOW, Bounds::V1)
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut world = Self {
            seed,
            now: Duration::ZERO,
            events: BTreeMap::new(),
            order: 0,
            current: 0,
            rooms: rooms(),
            up: true,
            restarts: 0,
            connections: BTreeMap::new(),
            next_connection: 0,
            nodes: (0..PEOPLE).map(|n| Node::new(n, seed)).collect(),
            taken: BTreeSet::new(),
        };
        (0..PEOPLE).for_each(|who| world.act(who));
        world
    }

    fn later(&mut self, event: Event) {
        self.order += 1;
        self.events.insert((self.now + LATENCY, self.order), event);
    }

    /// Lets time pass until `until`.
    pub(crate) fn run(&mut self, until: Duration) {
        loop {
            let timers = self.nodes.iter().filter_map(|node| node.session.poll_timeout());
            let dead = self.connections.values().map(|connection| connection.heard_at + limits::DEAD_AFTER);
            let event = self.events.keys().next().map(|(at, _)| *at);
            let next = timers.chain(dead).chain(event).chain(self.rooms.poll_timeout()).min();
            let Some(next) = next.filter(|next| *next <= until) else { break };
            self.now = self.now.max(next);
            if event == Some(next) {
                let ((_, number), event) = self.events.pop_first().unwrap();
                self.current = number;
                self.event(event);
                continue;
            }
            let outputs = self.rooms.handle_timeout(self.now);
            self.dispatch(outputs);
            let silent = |connection: &Connection| connection.heard_at + limits::DEAD_AFTER <= self.now;
            let dead: Vec<_> =
                self.connections.iter().filter(|(_, c)| silent(c)).map(|(id, _)| *id).collect();
            for connection in dead {
                self.end(connection, Some(ErrorCode::TimedOut));
            }
            for who in 0..PEOPLE {
                if self.nodes[who].session.poll_timeout().is_some_and(|at| at <= self.now) {
                    self.nodes[who].session.handle_timeout(self.now);
                    self.act(who);
                }
            }
        }
        self.now = self.now.max(until);
    }

    /// Returns the event if packets of this node pass now. Otherwise it comes again when they do.
    fn passes(&mut self, who: usize, event: Event) -> Option<Event> {
        if self.nodes[who].silent_until <= self.now {
            return Some(event);
        }
        // Under its old number, so that late events stay in order.
        self.events.insert((self.nodes[who].silent_until, self.current), event);
        None
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Opened { who, attempt } => {
                let node = &mut self.nodes[who];
                if node.attempt != attempt || !node.opening {
                    return;
                }
                if node.silent_until > self.now {
                    // Like a lost SYN: only a new attempt helps.
                    return;
                }
                node.opening = false;
                if self.up {
                    self.next_connection += 1;
                    let connection = ConnectionId(self.next_connection);
                    node.connection = Some(connection);
                    let rate = RateLimit::new(RATE, self.now);
                    self.connections
                        .insert(connection, Connection { who, rate, heard_at: self.now, joined: false });
                    node.session.connected(self.now);
                } else {
                    node.session.closed(SignalingError::Unreachable, self.now);
                }
                self.act(who);
            }
            Event::Up { connection, message } => {
                let Some(who) = self.connections.get(&connection).map(|c| c.who) else { return };
                let Some(Event::Up { message, .. }) = self.passes(who, Event::Up { connection, message })
                else {
                    return;
                };
                self.up(connection, message);
            }
            Event::Down { connection, message } => {
                let Some(who) = self.owner(connection) else { return };
                let Some(Event::Down { message, .. }) = self.passes(who, Event::Down { connection, message })
                else {
                    return;
                };
                self.nodes[who].session.message(message, self.now);
                self.act(who);
            }
            Event::Closed { connection } => {
                let Some(who) = self.owner(connection) else { return };
                if self.passes(who, Event::Closed { connection }).is_some() {
                    self.nodes[who].connection = None;
                    self.nodes[who].session.closed(SignalingError::Unreachable, self.now);
                    self.act(who);
                }
            }
            Event::HungUp { connection } => {
                let Some(who) = self.connections.get(&connection).map(|c| c.who) else { return };
                if self.passes(who, Event::HungUp { connection }).is_some() {
                    self.connections.remove(&connection);
                    let outputs = self.rooms.disconnected(connection, self.now);
                    self.dispatch(outputs);
                }
            }
        }
    }

    /// The node that still has this connection.
    fn owner(&self, connection: ConnectionId) -> Option<usize> {
        self.nodes.iter().position(|node| node.connection == Some(connection))
    }

    /// The server's side of a connection, as its sockets would drive it.
    fn up(&mut self, id: ConnectionId, message: ClientMessage) {
        let now = self.now;
        let Some(connection) = self.connections.get_mut(&id) else { return };
        assert!(connection.rate.allow(now), "seed {}: faster than the server allows", self.seed);
        connection.heard_at = now;
        let who = connection.who;
        let challenge = format!("challenge {}", id.0);
        match message {
            ClientMessage::Hello { .. } => {
                let hello = ServerMessage::Hello { version: VERSION, challenge, bounds: Bounds::V1 };
                self.later(Event::Down { connection: id, message: hello });
            }
            ClientMessage::Join { room, participant, public_key, proof, profile, resume } => {
                let request = JoinRequest {
                    connection: id,
                    participant,
                    public_key: &public_key,
                    proof: &proof,
                    challenge: &challenge,
                    profile,
                    resume,
                    token: format!("token {}", id.0),
                };
                connection.joined = true;
                match self.rooms.join(&room, request, now) {
                    Ok(outputs) => self.dispatch(outputs),
                    Err(code) => self.end(id, Some(code)),
                }
            }
            message => {
                assert!(connection.joined, "seed {}: {} before the join", self.seed, message.kind());
                if let ClientMessage::Relay { to, payload, .. } = &message {
                    self.taken.insert((who, number(to), payload.parse().unwrap()));
                }
                match self.rooms.message(id, message, now) {
                    Ok(outputs) => self.dispatch(outputs),
                    Err(code) => self.end(id, Some(code)),
                }
            }
        }
    }

    fn end(&mut self, connection: ConnectionId, code: Option<ErrorCode>) {
        if self.connections.remove(&connection).is_none() {
            return;
        }
        if let Some(code) = code {
            self.later(Event::Down { connection, message: ServerMessage::error(code, "") });
        }
        self.later(Event::Closed { connection });
        let outputs = self.rooms.disconnected(connection, self.now);
        self.dispatch(outputs);
    }

    fn dispatch(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send(connection, message) => self.later(Event::Down { connection, message }),
                Output::Close(connection, code) => self.end(connection, code),
            }
        }
    }

    /// Cuts the connection. Both ends notice at once.
    pub(crate) fn cut(&mut self, who: usize) {
        if let Some(connection) = self.nodes[who].connection.take() {
            self.connections.remove(&connection);
            let outputs = self.rooms.disconnected(connection, self.now);
            self.dispatch(outputs);
            self.nodes[who].session.closed(SignalingError::Unreachable, self.now);
            self.act(who);
        }
    }

    pub(crate) fn kill_server(&mut self) {
        (self.up, self.rooms) = (false, rooms());
        self.restarts += 1;
        self.connections.clear();
        let open: Vec<_> = self.nodes.iter().filter_map(|node| node.connection).collect();
        for connection in open {
            self.later(Event::Closed { connection });
        }
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.nodes.iter().enumerate().all(|(who, node)| {
            let others: BTreeSet<_> = (0..PEOPLE).filter(|other| *other != who).map(id).collect();
            node.connection.is_some() && node.roster == others
        })
    }
}
