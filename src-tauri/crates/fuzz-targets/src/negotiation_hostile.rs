//! One machine that is told anything in any order: by the remote, by its driver, by the person, by the clock. There is no
//! modelled connection behind it, since the driver may do what no connection does.

mod operations;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use holdfast_negotiation::{
    Action, Config, Description, DescriptionKind, Input, Message, Negotiation, OpId, Outcome, PeerState,
    TrackMap, Tracks, limits,
};
use holdfast_terms::{DescriptionNumber, Generation};

use crate::payloads;
use crate::solo;
use operations::{Number, OfGeneration, Operation, Sdp, candidate, text};

/// Things told per input; the bound is for the fuzzer's speed only.
const OPERATIONS: usize = 200;
/// No single input may ask for more than this: both candidate buffers, and a few.
const ACTIONS: usize =
    limits::CANDIDATE_BUFFER + limits::CANDIDATES_PER_DESCRIPTION as usize + limits::LOCAL_CANDIDATES + 50;

struct Bench {
    machine: Negotiation,
    now: Duration,
    /// Connections asked for and not closed.
    connections: BTreeSet<Generation>,
    /// Those whose making has no outcome yet.
    making: BTreeMap<OpId, Generation>,
    outstanding: Vec<(OpId, Option<Tracks>)>,
    highest_op: Option<OpId>,
    finished: BTreeSet<u64>,
    state: PeerState,
    number: DescriptionNumber,
    offered: Option<DescriptionNumber>,
    closed: bool,
}

/// Any inputs in any order. The first byte chooses side, relay and first generation.
pub fn negotiation_hostile(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let (low, high) = (solo::LOW, solo::HIGH);
    let (local, remote) = if first & 1 == 1 { (low, high) } else { (high, low) };
    let mut config = Config::new(local, remote, u64::from(first >> 3));
    config.relay = first & 2 == 2;
    config.first_generation = if first & 4 == 4 { Generation(7) } else { Generation::FIRST };
    let now = Duration::from_secs(1000);
    let mut bench = Bench {
        machine: Negotiation::new(config, now),
        now,
        connections: BTreeSet::new(),
        making: BTreeMap::new(),
        outstanding: Vec::new(),
        highest_op: None,
        finished: BTreeSet::new(),
        state: PeerState::Waiting,
        number: DescriptionNumber(0),
        offered: None,
        closed: false,
    };
    for operation in payloads::operations(rest, OPERATIONS) {
        bench.apply(operation);
        bench.check();
    }
    bench.close();
}

impl Bench {
    fn tell(&mut self, input: Input) {
        self.machine.handle_input(input, self.now);
        self.take_actions();
    }

    fn outcome(&mut self, op: OpId, outcome: Outcome) {
        if let Some(generation) = self.making.remove(&op)
            && outcome != Outcome::Done
        {
            // It was not made, so nothing will be closed.
            self.connections.remove(&generation);
        }
        self.tell(Input::Outcome { op, outcome });
    }

    fn take_actions(&mut self) {
        let mut taken = 0;
        while let Some(action) = self.machine.poll_action() {
            taken += 1;
            assert!(taken <= ACTIONS, "asks without end");
            assert!(!self.closed, "asks after the end: {action:?}");
            if let Some(op) = action.op() {
                assert!(self.highest_op.is_none_or(|highest| op > highest), "an operation number came twice");
                self.highest_op = Some(op);
                let tracks = match &action {
                    Action::CreateOffer { tracks, .. } | Action::CreateAnswer { tracks, .. } => Some(*tracks),
                    _ => None,
                };
                self.outstanding.push((op, tracks));
            }
            match action {
                Action::CreateConnection { op, generation, .. } => {
                    self.making.insert(op, generation);
                    assert!(self.connections.insert(generation), "a connection was made twice");
                    assert!(self.connections.len() <= 2, "more than two connections: {:?}", self.connections);
                }
                Action::CloseConnection { generation } => {
                    self.connections.remove(&generation);
                }
                Action::TaskFinished { id, .. } => assert!(self.finished.insert(id.0), "a task ended twice"),
                Action::StateChanged { state, .. } => {
                    assert_ne!(state, self.state, "the state was told twice");
                    self.state = state;
                }
                Action::Send { generation, message } => {
                    assert!(generation > Generation::NONE);
                    if let Message::Description(Description {
                        kind: DescriptionKind::Offer, number, ..
                    }) = message
                    {
                        self.offered = number;
                    }
                }
                _ => {}
            }
        }
    }

    fn generation(&self, generation: &OfGeneration) -> Generation {
        let current = self.machine.snapshot(self.now).generation;
        match *generation {
            OfGeneration::Current => current,
            OfGeneration::Newer(by) => Generation(current.get().saturating_add(by.into())),
            OfGeneration::Older(by) => Generation(current.get().saturating_sub(by.into())),
            OfGeneration::Any(generation) => Generation(generation),
        }
    }

    fn numbered(&mut self, number: &Number) -> Option<DescriptionNumber> {
        match *number {
            Number::None => None,
            Number::Next => {
                self.number = self.number.next();
                Some(self.number)
            }
            Number::Any(number) => Some(DescriptionNumber(number)),
        }
    }

    fn apply(&mut self, operation: Operation<'_>) {
        match operation {
            Operation::Start => self.tell(Input::Start),
            Operation::Wanted { microphone, camera, screen } => {
                self.tell(Input::Wanted(Tracks { microphone, camera, screen, ..Tracks::NONE }));
            }
            Operation::Description { offer, generation, number, answers, sdp, tracks } => {
                let generation = self.generation(&generation);
                let description = Description {
                    kind: if offer { DescriptionKind::Offer } else { DescriptionKind::Answer },
                    number: self.numbered(&number),
                    answers: self.numbered(&answers),
                    sdp: text(&sdp),
                    tracks: tracks.iter().map(|(mid, source)| ((*mid).into(), (*source).into())).collect(),
                };
                self.tell(Input::Remote { generation, message: Message::Description(description) });
            }
            Operation::Answer => {
                let generation = self.generation(&OfGeneration::Current);
                let description = Description {
                    kind: DescriptionKind::Answer,
                    number: None,
                    answers: self.offered,
                    sdp: text(&Sdp::Ufrag(1)),
                    tracks: TrackMap::new(),
                };
                self.tell(Input::Remote { generation, message: Message::Description(description) });
            }
            Operation::Candidate { generation, text } => {
                let generation = self.generation(&generation);
                self.tell(Input::Remote { generation, message: Message::Candidate(candidate(text)) });
            }
            Operation::Candidates { count } => {
                let generation = self.generation(&OfGeneration::Current);
                for _ in 0..u32::from(count) * 8 {
                    self.tell(Input::Remote {
                        generation,
                        message: Message::Candidate(candidate("candidate:1")),
                    });
                }
            }
            Operation::Done { which } => self.finish(which, |_| Outcome::Done),
            Operation::Failed { which } => self.finish(which, |_| Outcome::Failed),
            Operation::Described { which, sdp, screen } => self.finish(which, |tracks| {
                let tracks = tracks.unwrap_or_default();
                Outcome::Description { sdp: text(&sdp), tracks: solo::map(Tracks { screen, ..tracks }) }
            }),
            Operation::DoneAll => self.finish_all(),
            Operation::Outcome { op, described } => {
                let sdp = text(&Sdp::Ufrag(2));
                let with_description = Outcome::Description { sdp, tracks: TrackMap::new() };
                let outcome = if described { with_description } else { Outcome::Done };
                self.outcome(OpId(op.into()), outcome);
            }
            Operation::LocalCandidates { generation, count } => {
                let generation = self.generation(&generation);
                for _ in 0..count {
                    self.tell(Input::LocalCandidate { generation, candidate: candidate("candidate:2") });
                }
            }
            Operation::Transport { generation, state } => {
                let generation = self.generation(&generation);
                self.tell(Input::Transport { generation, state: state.into() });
            }
            Operation::MediaReceived { generation } => {
                let generation = self.generation(&generation);
                self.tell(Input::MediaReceived { generation });
            }
            Operation::MediaExpected(expected) => self.tell(Input::MediaExpected(expected)),
            Operation::AddressChanged => self.tell(Input::AddressChanged),
            Operation::Woke => self.tell(Input::Woke),
            Operation::Signaling(up) => self.tell(Input::Signaling(up)),
            Operation::ControlOpen { generation, open } => {
                let generation = self.generation(&generation);
                self.tell(Input::ControlOpen { generation, open });
            }
            Operation::RemoteRestarted => self.tell(Input::RemoteRestarted),
            Operation::Retry => self.tell(Input::Retry),
            Operation::Close => self.close(),
            Operation::Pass { ms } => self.now += Duration::from_millis(ms.into()),
            Operation::Timer => {
                if let Some(at) = self.machine.poll_timeout() {
                    self.now = self.now.max(at);
                    self.timeout();
                }
            }
            Operation::Timeout => self.timeout(),
        }
    }

    fn timeout(&mut self) {
        self.machine.handle_timeout(self.now);
        self.take_actions();
        assert!(self.machine.poll_timeout().is_none_or(|next| next > self.now), "a timer that is due stays");
    }

    fn finish(&mut self, which: u8, outcome: impl Fn(Option<Tracks>) -> Outcome) {
        if self.outstanding.is_empty() {
            return;
        }
        let (op, tracks) = self.outstanding.remove(usize::from(which) % self.outstanding.len());
        self.outcome(op, outcome(tracks));
    }

    fn finish_all(&mut self) {
        // Each may ask for more; a machine that never stops asking is caught.
        for _ in 0..ACTIONS {
            if self.outstanding.is_empty() {
                return;
            }
            let (op, tracks) = self.outstanding.remove(0);
            let outcome = tracks.map_or(Outcome::Done, |tracks| Outcome::Description {
                sdp: text(&Sdp::Ufrag(3)),
                tracks: solo::map(tracks),
            });
            self.outcome(op, outcome);
        }
        assert!(self.outstanding.len() <= 2 * ACTIONS, "every outcome asks for more");
    }

    fn check(&self) {
        let snapshot = self.machine.snapshot(self.now);
        assert!(snapshot.candidates_waiting <= limits::CANDIDATE_BUFFER);
        assert!(snapshot.history.len() <= limits::HISTORY);
        assert!(snapshot.queue.len() <= 3, "one waiting task of each kind is enough: {:?}", snapshot.queue);
        assert!(snapshot.generation.get() <= limits::GENERATION_MAX.get() + 1000);
        assert_eq!(snapshot.state, self.state, "the state was not told");
        let unfinished = snapshot.queue.len() + usize::from(snapshot.in_flight.is_some());
        assert_eq!(self.finished.len() + unfinished, snapshot.counters.tasks as usize, "a task is lost");
        if self.closed {
            assert!(snapshot.timers.is_empty() && unfinished == 0);
            assert_eq!(self.machine.poll_timeout(), None);
        }
    }

    fn close(&mut self) {
        self.tell(Input::Close);
        self.closed = true;
        assert_eq!(self.state, PeerState::Left);
        self.check();
        assert!(serde_json::to_string(&self.machine.snapshot(self.now)).is_ok());
    }
}
