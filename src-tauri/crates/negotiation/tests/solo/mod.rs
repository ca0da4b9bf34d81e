//! One machine on its own, with a test that plays driver and remote by hand. There is no modelled connection behind it:
//! the test says how each operation ends, also as no connection would.

#![allow(dead_code)]

use std::time::Duration;

use holdfast_negotiation::{
    Action, Candidate, Config, Description, DescriptionKind, Input, Message, Negotiation, OpId, Outcome,
    Snapshot, TaskId, TaskResult, TrackMap, TrackSource, Tracks, TransportState,
};
use holdfast_terms::{DescriptionNumber, Generation, Mid};

pub(crate) const LOW: &str = "0000000000000001";
pub(crate) const HIGH: &str = "ffffffffffffffff";

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub(crate) fn screen() -> Tracks {
    Tracks::default().with(TrackSource::Screen, true)
}

/// What a description says for these tracks.
pub(crate) fn map(tracks: Tracks) -> TrackMap {
    tracks.sources().enumerate().map(|(mid, source)| (Mid::from(mid.to_string()), source)).collect()
}

pub(crate) struct Solo {
    pub(crate) machine: Negotiation,
    pub(crate) now: Duration,
    /// Number of the latest description the remote sent.
    pub(crate) remote_number: u32,
    /// Whether the remote says these numbers; one that knows nothing of them need not.
    remote_numbers: bool,
}

impl Solo {
    pub(crate) fn new(config: Config) -> Self {
        let now = Duration::from_secs(1000);
        Self { machine: Negotiation::new(config, now), now, remote_number: 0, remote_numbers: true }
    }

    pub(crate) fn polite() -> Self {
        Self::new(Config::new(HIGH, LOW, 1))
    }

    pub(crate) fn impolite() -> Self {
        Self::new(Config::new(LOW, HIGH, 1))
    }

    /// Connected in generation 1, nothing outstanding.
    pub(crate) fn connected(config: Config) -> Self {
        Self::new(config).connect()
    }

    /// The same with a remote that numbers nothing.
    pub(crate) fn connected_unnumbered(config: Config) -> Self {
        Self { remote_numbers: false, ..Self::new(config) }.connect()
    }

    fn connect(mut self) -> Self {
        let polite = self.snapshot().polite;
        self.input(Input::Start);
        self.answer_ops();
        if polite {
            self.remote_offers(Tracks::default(), "first");
            self.answer_ops();
        } else {
            self.remote_answers(Tracks::default());
            self.answer_ops();
        }
        self.transport(TransportState::Connected);
        self.actions();
        self
    }

    pub(crate) fn input(&mut self, input: Input) {
        self.machine.handle_input(input, self.now);
    }

    /// Lets time pass, firing every timer at its moment.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.machine.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.machine.handle_timeout(self.now);
        }
        self.now = end;
    }

    pub(crate) fn actions(&mut self) -> Vec<Action> {
        std::iter::from_fn(|| self.machine.poll_action()).collect()
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.machine.snapshot(self.now)
    }

    pub(crate) fn generation(&self) -> Generation {
        self.snapshot().generation
    }

    pub(crate) fn outcome(&mut self, op: OpId, outcome: Outcome) {
        self.input(Input::Outcome { op, outcome });
    }

    /// Plays a driver that succeeds until nothing is asked any more; what was asked.
    pub(crate) fn answer_ops(&mut self) -> Vec<Action> {
        let mut all = Vec::new();
        loop {
            let actions = self.actions();
            if actions.is_empty() {
                return all;
            }
            for action in &actions {
                match action {
                    Action::CreateOffer { op, tracks, .. } | Action::CreateAnswer { op, tracks, .. } => {
                        let sdp = "v=0\r\na=ice-ufrag:mine\r\n".to_owned();
                        self.outcome(*op, Outcome::Description { sdp, tracks: map(*tracks) });
                    }
                    other => {
                        if let Some(op) = other.op() {
                            self.outcome(op, Outcome::Done);
                        }
                    }
                }
            }
            all.extend(actions);
        }
    }

    /// Plays a driver that refuses what is named so and does not come to the rest; what was asked.
    pub(crate) fn refuse(&mut self, what: &str) -> Vec<Action> {
        let actions = self.actions();
        for action in &actions {
            if let Some(op) = action.op().filter(|_| names(std::slice::from_ref(action)) == [what]) {
                self.outcome(op, Outcome::Failed);
            }
        }
        actions
    }

    pub(crate) fn remote(&mut self, generation: Generation, message: Message) {
        self.input(Input::Remote { generation, message });
    }

    pub(crate) fn description(
        &mut self,
        kind: DescriptionKind,
        answers: Option<DescriptionNumber>,
        tracks: Tracks,
        ufrag: &str,
    ) -> Message {
        self.remote_number += 1;
        Message::Description(Description {
            kind,
            number: self.remote_numbers.then_some(DescriptionNumber(self.remote_number)),
            answers,
            sdp: format!("v=0\r\na=ice-ufrag:{ufrag}\r\n"),
            tracks: map(tracks),
        })
    }

    pub(crate) fn remote_offers(&mut self, tracks: Tracks, ufrag: &str) {
        let message = self.description(DescriptionKind::Offer, None, tracks, ufrag);
        let generation = self.generation().max(Generation::FIRST);
        self.remote(generation, message);
    }

    /// The remote answers the offer that is out.
    pub(crate) fn remote_answers(&mut self, tracks: Tracks) {
        let message = self.description(DescriptionKind::Answer, None, tracks, "first");
        let generation = self.generation();
        self.remote(generation, message);
    }

    pub(crate) fn remote_candidate(&mut self, name: &str) {
        let generation = self.generation().max(Generation::FIRST);
        self.remote(generation, Message::Candidate(candidate(name)));
    }

    pub(crate) fn transport(&mut self, state: TransportState) {
        let generation = self.generation();
        self.input(Input::Transport { generation, state });
    }

    pub(crate) fn timer(&self, name: &str) -> Option<u64> {
        self.snapshot().timers.iter().find(|t| t.timer == name).map(|t| t.in_ms)
    }
}

pub(crate) fn candidate(name: &str) -> Candidate {
    Candidate { candidate: format!("candidate:{name}"), sdp_mid: Some("0".into()), sdp_m_line_index: Some(0) }
}

/// Results in the order given.
pub(crate) fn results(actions: &[Action]) -> Vec<(TaskId, TaskResult)> {
    actions
        .iter()
        .filter_map(|action| match action {
            Action::TaskFinished { id, result, .. } => Some((*id, *result)),
            _ => None,
        })
        .collect()
}

/// Descriptions sent, in order.
pub(crate) fn sent(actions: &[Action]) -> Vec<Description> {
    actions
        .iter()
        .filter_map(|action| match action {
            Action::Send { message: Message::Description(description), .. } => Some(description.clone()),
            _ => None,
        })
        .collect()
}

/// Names of the actions, to compare orders.
pub(crate) fn names(actions: &[Action]) -> Vec<&'static str> {
    actions
        .iter()
        .map(|action| match action {
            Action::CreateConnection { .. } => "create connection",
            Action::CloseConnection { .. } => "close connection",
            Action::CreateOffer { ice_restart: false, .. } => "create offer",
            Action::CreateOffer { ice_restart: true, .. } => "create restart offer",
            Action::CreateAnswer { .. } => "create answer",
            Action::SetLocalRollback { .. } => "roll back",
            Action::ApplyRemote { kind: DescriptionKind::Offer, .. } => "apply offer",
            Action::ApplyRemote { kind: DescriptionKind::Answer, .. } => "apply answer",
            Action::AddRemoteCandidate { .. } => "add candidate",
            Action::Send { message: Message::Description(d), .. } => match d.kind {
                DescriptionKind::Offer => "send offer",
                DescriptionKind::Answer => "send answer",
            },
            Action::Send { message: Message::Candidate(_), .. } => "send candidate",
            Action::TaskFinished { .. } => "task finished",
            Action::StateChanged { .. } => "state",
            Action::Rebuilt { .. } => "rebuilt",
            Action::RequestKeyframe { .. } => "keyframe",
        })
        .collect()
}

/// Generations closed, in order.
pub(crate) fn closed(actions: &[Action]) -> Vec<Generation> {
    actions
        .iter()
        .filter_map(|action| match action {
            Action::CloseConnection { generation } => Some(*generation),
            _ => None,
        })
        .collect()
}
