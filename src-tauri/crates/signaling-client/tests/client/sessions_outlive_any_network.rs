//! Real sessions and the real rooms of a server under one virtual clock, over a network that cuts connections, falls
//! silent and comes back, with a server that is killed, stays away and has forgotten everything. By seed:
//! `HOLDFAST_SEED=n cargo test -p holdfast-signaling-client --test client sessions_outlive_any_network` replays one,
//! `HOLDFAST_SEEDS=n` plays the first n.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use holdfast_delivery::RateLimit;
use holdfast_protocol::{
    Bounds, ClientMessage, ErrorCode, JoinKey, ParticipantId, RoomId, Secret, ServerMessage, VERSION, limits,
};
use holdfast_signaling_client::{
    DropReason, SignalingError,
    session::{Action, Identity, Report, Session},
};
use holdfast_signaling_server::{
    RATE,
    room::{ConnectionId, JoinRequest, Output},
    rooms::Rooms,
};
use rand::{RngExt, SeedableRng, rngs::SmallRng};

const PEOPLE: usize = 4;
const SEEDS: u64 = 60;
const LATENCY: Duration = Duration::from_millis(20);
const SECOND: Duration = Duration::from_secs(1);

/// What happens at a time.
enum Event {
    /// A connection that was asked for is open, unless nothing passes.
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

struct Node {
    session: Session,
    /// Counts what it asked to open; an older one is no longer wanted.
    attempt: u64,
    opening: bool,
    connection: Option<ConnectionId>,
    /// Packets vanish until then. What TCP carries is late, not lost.
    silent_until: Duration,
    roster: BTreeSet<ParticipantId>,
    /// Highest counter of each sender, as the seal would hold it.
    highest: BTreeMap<ParticipantId, u64>,
    got: BTreeSet<(usize, u64)>,
    next_counter: u64,
    sent: Vec<(usize, u64)>,
    /// Whom it gave up after a minute, at least once.
    given_up: BTreeSet<usize>,
    resets: usize,
    repeats: usize,
}

struct World {
    seed: u64,
    now: Duration,
    events: BTreeMap<(Duration, u64), Event>,
    order: u64,
    /// Number of the event that is being handled.
    current: u64,
    rooms: Rooms,
    up: bool,
    restarts: usize,
    connections: BTreeMap<ConnectionId, Connection>,
    next_connection: u64,
    nodes: Vec<Node>,
    /// What the server took: it may be lost with the server's memory, and with nothing else.
    taken: BTreeSet<(usize, usize, u64)>,
}

fn id(n: usize) -> ParticipantId {
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
    fn new(seed: u64) -> Self {
        let node = |n| {
            let identity = Identity { room: room(), participant: id(n), key: key(), profile: "p".into() };
            Node {
                session: Session::new(identity, seed ^ n as u64, Duration::ZERO),
                attempt: 0,
                opening: false,
                connection: None,
                silent_until: Duration::ZERO,
                roster: BTreeSet::new(),
                highest: BTreeMap::new(),
                got: BTreeSet::new(),
                next_counter: 0,
                sent: Vec::new(),
                given_up: BTreeSet::new(),
                resets: 0,
                repeats: 0,
            }
        };
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
            nodes: (0..PEOPLE).map(node).collect(),
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
    fn run(&mut self, until: Duration) {
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

    /// Whether packets of this node pass now; what cannot pass is tried again when they do.
    fn passes(&mut self, who: usize, event: Event) -> Option<Event> {
        if self.nodes[who].silent_until <= self.now {
            return Some(event);
        }
        // Under its old number: what is late stays in order.
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
                    // As a lost SYN; only a new attempt helps.
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

    /// Whose connection it still is.
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

    /// Does what a session wants done.
    fn act(&mut self, who: usize) {
        while let Some(action) = self.nodes[who].session.poll_action() {
            match action {
                Action::Connect => {
                    let node = &mut self.nodes[who];
                    assert!(node.connection.is_none(), "seed {}: two connections at once", self.seed);
                    (node.attempt, node.opening) = (node.attempt + 1, true);
                    let attempt = node.attempt;
                    self.later(Event::Opened { who, attempt });
                }
                Action::Transmit(message) => {
                    let connection = self.nodes[who].connection.unwrap();
                    self.later(Event::Up { connection, message });
                }
                Action::Disconnect => {
                    self.nodes[who].opening = false;
                    if let Some(connection) = self.nodes[who].connection.take() {
                        self.later(Event::HungUp { connection });
                    }
                }
                Action::Report(report) => self.report(who, report),
                Action::End => panic!("seed {}: the session of {who} ended", self.seed),
            }
        }
    }

    fn report(&mut self, who: usize, report: Report) {
        let node = &mut self.nodes[who];
        let everyone =
            |roster: Vec<holdfast_protocol::RosterEntry>| roster.into_iter().map(|e| e.participant);
        match report {
            Report::Welcomed { roster } => node.roster = everyone(roster).collect(),
            Report::Reconnected { roster, resumed } => {
                node.resets += usize::from(!resumed);
                let roster: BTreeSet<_> = everyone(roster).collect();
                assert!(roster.is_superset(&node.roster), "seed {}: someone vanished silently", self.seed);
                node.roster = roster;
            }
            Report::Joined { participant, .. } | Report::Changed { participant, .. } => {
                node.roster.insert(participant);
            }
            Report::Left { participant, .. } => {
                node.roster.remove(&participant);
                node.given_up.insert(number(&participant));
            }
            Report::Message { from, payload, .. } => {
                let counter: u64 = payload.parse().unwrap();
                let highest = node.highest.entry(from.clone()).or_default();
                if counter > *highest {
                    *highest = counter;
                    node.got.insert((number(&from), counter));
                } else {
                    // Only a forgotten session makes a client send again what has arrived.
                    node.repeats += 1;
                }
            }
            Report::Dropped(DropReason::Duplicate | DropReason::Refused, _)
            | Report::Silent
            | Report::Heard
            | Report::Disconnected { .. } => {}
            Report::Dropped(..) | Report::Refused(_) => panic!("seed {}: {report:?}", self.seed),
        }
    }

    fn send(&mut self, from: usize, to: usize) {
        let node = &mut self.nodes[from];
        node.next_counter += 1;
        let counter = node.next_counter;
        node.sent.push((to, counter));
        node.session.send(id(to), 1, counter.to_string(), self.now);
        self.act(from);
    }

    /// Both ends hear of it at once.
    fn cut(&mut self, who: usize) {
        if let Some(connection) = self.nodes[who].connection.take() {
            self.connections.remove(&connection);
            let outputs = self.rooms.disconnected(connection, self.now);
            self.dispatch(outputs);
            self.nodes[who].session.closed(SignalingError::Unreachable, self.now);
            self.act(who);
        }
    }

    fn kill_server(&mut self) {
        (self.up, self.rooms) = (false, rooms());
        self.restarts += 1;
        self.connections.clear();
        let open: Vec<_> = self.nodes.iter().filter_map(|node| node.connection).collect();
        for connection in open {
            self.later(Event::Closed { connection });
        }
    }

    fn is_whole(&self) -> bool {
        self.nodes.iter().enumerate().all(|(who, node)| {
            let others: BTreeSet<_> = (0..PEOPLE).filter(|other| *other != who).map(id).collect();
            node.connection.is_some() && node.roster == others
        })
    }
}

fn play(seed: u64) -> World {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut world = World::new(seed);
    world.run(SECOND);
    assert!(world.is_whole(), "seed {seed}: they never met");
    let forgetful = seed % 2 == 1;
    for _ in 0..random.random_range(10..40) {
        world.run(world.now + Duration::from_millis(random.random_range(1..4000)));
        let who = random.random_range(0..PEOPLE);
        match random.random_range(0..10) {
            0 => world.cut(who),
            1 | 2 => {
                // Shorter together than the server keeps anyone.
                let silence = Duration::from_millis(random.random_range(100..20_000));
                let until = &mut world.nodes[who].silent_until;
                *until = (*until).max(world.now + silence);
            }
            3 => {
                world.nodes[who].session.reconnect(world.now);
                world.act(who);
            }
            4 => {
                world.nodes[who].session.check(world.now);
                world.act(who);
            }
            5 if forgetful && world.up => world.kill_server(),
            5 => world.up = true,
            _ => {
                for _ in 0..random.random_range(1..5) {
                    let to = (who + random.random_range(1..PEOPLE)) % PEOPLE;
                    world.send(who, to);
                }
            }
        }
    }
    world.up = true;
    world.run(world.now + 100 * SECOND);
    world
}

#[test]
fn everyone_comes_back_and_nothing_is_lost_or_done_twice() {
    let number = |name| std::env::var(name).ok().map(|value| value.parse::<u64>().unwrap());
    let (chosen, seeds) = (number("HOLDFAST_SEED"), number("HOLDFAST_SEEDS").unwrap_or(SEEDS));
    let (mut resets, mut restarts, mut repeats, mut messages, mut given_up) = (0, 0, 0, 0, 0);
    for seed in chosen.map_or(0..seeds, |seed| seed..seed + 1) {
        let world = play(seed);
        assert!(world.is_whole(), "seed {seed}: not whole 100 s after the last fault");
        let world_resets: usize = world.nodes.iter().map(|node| node.resets).sum();
        for (from, node) in world.nodes.iter().enumerate() {
            for (to, counter) in &node.sent {
                let arrived = world.nodes[*to].got.contains(&(from, *counter));
                // A server that forgets takes with it what it had taken and not passed on yet.
                let forgotten = world_resets > 0 && world.taken.contains(&(from, *to, *counter));
                let given_up = node.given_up.contains(to);
                assert!(
                    arrived || forgotten || given_up,
                    "seed {seed}: message {counter} from {from} to {to} is lost"
                );
            }
            messages += node.sent.len();
            repeats += node.repeats;
            given_up += node.given_up.len();
            assert!(world_resets > 0 || node.repeats == 0, "seed {seed}: {from} got something twice");
        }
        resets += world_resets;
        restarts += world.restarts;
    }
    assert!(chosen.is_some() || (resets > 20 && restarts > 20 && messages > 1000));
    println!(
        "{messages} messages, {restarts} restarts, {resets} sessions forgotten, {repeats} repeats refused"
    );
    println!("{given_up} times given up");
}

/// Nobody waits for someone whose process is gone, and nobody is given up sooner than a minute.
#[test]
fn ghosts_are_removed_a_minute_after_they_fell_silent() {
    for killed in [false, true] {
        let mut world = World::new(1);
        world.run(SECOND);
        // Never heard of again.
        world.nodes[0].silent_until = Duration::from_secs(1_000_000);
        if killed {
            world.kill_server();
            world.run(3 * SECOND);
            world.up = true;
        }
        world.run(58 * SECOND);
        assert!(world.nodes[1..].iter().all(|node| node.roster.contains(&id(0))), "killed {killed}");
        world.run(SECOND + limits::DEAD_AFTER + limits::RESUME_WINDOW + 12 * SECOND);
        assert!(world.nodes[1..].iter().all(|node| !node.roster.contains(&id(0))), "killed {killed}");
        assert!(world.nodes[1..].iter().all(|node| node.roster.len() == PEOPLE - 2));
    }
}

#[test]
fn after_five_silent_seconds_the_session_is_resumed_and_after_a_minute_without_a_server_it_is_begun_anew() {
    let mut world = World::new(2);
    world.run(SECOND);
    world.nodes[0].silent_until = 6 * SECOND;
    world.run(2 * SECOND);
    world.send(0, 1);
    world.send(1, 0);
    world.run(10 * SECOND);
    assert!(world.is_whole());
    assert!(world.nodes[1].got.contains(&(0, 1)) && world.nodes[0].got.contains(&(1, 1)));
    assert_eq!(world.nodes[0].resets, 0);

    world.kill_server();
    world.run(11 * SECOND);
    world.send(0, 1);
    world.run(70 * SECOND);
    world.up = true;
    world.run(101 * SECOND);
    assert!(world.is_whole(), "everyone is back within the longest backoff, and nobody was thought gone");
    assert!(world.nodes[1].got.contains(&(0, 2)));
    assert!(world.nodes.iter().all(|node| node.resets == 1));
}
