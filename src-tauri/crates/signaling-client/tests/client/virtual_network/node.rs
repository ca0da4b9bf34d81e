//! One participant: a real session, and what it sent, got and was told.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use holdfast_protocol::{Generation, ParticipantId};
use holdfast_signaling_client::{
    DropReason,
    session::{Action, Identity, Report, Session},
};
use holdfast_signaling_server::room::ConnectionId;

use super::{Event, World, id, key, number, room};

pub(crate) struct Node {
    pub(crate) session: Session,
    /// Number of the last connection it asked for. It no longer wants an older one.
    pub(super) attempt: u64,
    pub(super) opening: bool,
    pub(super) connection: Option<ConnectionId>,
    /// Packets vanish until then. TCP repeats them, so data is late and not lost.
    pub(crate) silent_until: Duration,
    pub(crate) roster: BTreeSet<ParticipantId>,
    /// Highest counter of each sender, as opening a seal remembers it.
    highest: BTreeMap<ParticipantId, u64>,
    pub(crate) got: BTreeSet<(usize, u64)>,
    next_counter: u64,
    pub(crate) sent: Vec<(usize, u64)>,
    /// The people it gave up after a minute, at least once.
    pub(crate) given_up: BTreeSet<usize>,
    pub(crate) resets: usize,
    pub(crate) repeats: usize,
}

impl Node {
    pub(super) fn new(n: usize, seed: u64) -> Self {
        let identity = Identity { room: room(), participant: id(n), key: key(), profile: "p".into() };
        Self {
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
    }
}

impl World {
    /// Carries out what a session wants.
    pub(crate) fn act(&mut self, who: usize) {
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
                    // A client repeats what has arrived only when its session was forgotten.
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

    pub(crate) fn send(&mut self, from: usize, to: usize) {
        let node = &mut self.nodes[from];
        node.next_counter += 1;
        let counter = node.next_counter;
        node.sent.push((to, counter));
        node.session.send(id(to), Generation::FIRST, counter.to_string(), self.now);
        self.act(from);
    }
}
