//! Candidates of both sides. Early remote ones wait for the description they belong to; local ones wait until
//! ours was sent. The two never share a buffer.

use std::{
    collections::{BTreeSet, VecDeque},
    hash::{Hash, Hasher},
};

use holdfast_terms::Generation;

use super::{Negotiation, descriptions::Exchange};
use crate::{Action, Candidate, Message, OpId, TaskKind, limits};

#[derive(Debug, Clone, Default)]
pub(super) struct Candidates {
    /// Remote candidates that came before their description.
    early: VecDeque<Candidate>,
    /// Local candidates found before our description went out.
    held: VecDeque<Candidate>,
    /// A remote description is set.
    remote_set: bool,
    /// Remote candidates accepted since the latest remote description.
    accepted: u32,
    operations: BTreeSet<OpId>,
}

impl Candidates {
    /// Puts in what the future depends on: not the names of operations.
    pub(super) fn hash_future(&self, state: &mut impl Hasher) {
        let Self { early, held, remote_set, accepted, operations } = self;
        (early, held, remote_set, accepted, operations.len()).hash(state);
    }

    /// Remote candidates that wait.
    pub(super) fn waiting(&self) -> usize {
        self.early.len()
    }

    /// Local candidates that wait.
    pub(super) fn held(&self) -> usize {
        self.held.len()
    }

    /// A remote description came: its candidates may follow.
    pub(super) fn description_came(&mut self) {
        self.accepted = 0;
    }

    /// A remote description was set.
    pub(super) fn description_set(&mut self) {
        self.remote_set = true;
    }

    /// Whether a remote description is set.
    fn may_be_added(&self) -> bool {
        self.remote_set
    }

    /// Takes a remote candidate; false if its description has too many.
    fn accept(&mut self, candidate: Candidate) -> bool {
        if self.accepted >= limits::CANDIDATES_PER_DESCRIPTION {
            return false;
        }
        self.accepted += 1;
        self.early.push_back(candidate);
        true
    }

    /// Drops the oldest remote candidate if too many wait; true if one was dropped.
    fn shed(&mut self) -> bool {
        self.early.len() > limits::CANDIDATE_BUFFER && self.early.pop_front().is_some()
    }

    /// The remote candidate that waits longest.
    fn next_early(&mut self) -> Option<Candidate> {
        self.early.pop_front()
    }

    /// Has a local candidate wait. Returns true if the oldest was dropped because too many wait.
    fn hold(&mut self, candidate: Candidate) -> bool {
        self.held.push_back(candidate);
        self.held.len() > limits::LOCAL_CANDIDATES && self.held.pop_front().is_some()
    }

    /// The local candidate that waits longest.
    fn next_held(&mut self) -> Option<Candidate> {
        self.held.pop_front()
    }

    /// An operation adds a candidate.
    fn begin(&mut self, op: OpId) {
        self.operations.insert(op);
    }

    /// Whether the operation was one of a candidate; it is forgotten then.
    pub(super) fn finish(&mut self, op: OpId) -> bool {
        self.operations.remove(&op)
    }
}

impl Negotiation {
    pub(super) fn remote_candidate(&mut self, candidate: Candidate) {
        if self.offers.is_ignoring() {
            self.counters.ignored_candidates = self.counters.ignored_candidates.saturating_add(1);
            return;
        }
        let accepted = self.candidates.accept(candidate);
        if accepted && self.candidates_may_pass() {
            self.pass_on_candidates();
        } else if !accepted || self.candidates.shed() {
            self.counters.candidates_dropped = self.counters.candidates_dropped.saturating_add(1);
        }
    }

    /// Whether the remote description that is set is the one candidates coming now belong to. While an offer of
    /// the remote waits, or the answer to our restart is out, they belong to a description yet to be set.
    fn candidates_may_pass(&self) -> bool {
        let settled = match &self.exchange {
            Exchange::Stable | Exchange::CreatingOffer { .. } | Exchange::CreatingAnswer { .. } => true,
            Exchange::HaveLocalOffer { .. } => !self.tasks.is_in_flight(TaskKind::IceRestart),
            _ => false,
        };
        settled && self.candidates.may_be_added() && !self.tasks.is_waiting(TaskKind::Answer)
    }

    pub(super) fn pass_on_candidates(&mut self) {
        if !self.candidates_may_pass() {
            return;
        }
        while let Some(candidate) = self.candidates.next_early() {
            let op = self.operations.begin();
            self.candidates.begin(op);
            self.actions.push_back(Action::AddRemoteCandidate {
                op,
                generation: self.connection.generation(),
                candidate,
            });
        }
    }

    pub(super) fn local_candidate(&mut self, generation: Generation, candidate: Candidate) {
        if !self.is_current(generation) {
            return;
        }
        // Ours is set but not sent yet, or being taken back: the description has to arrive first.
        let unsent = matches!(
            self.exchange,
            Exchange::CreatingOffer { .. } | Exchange::CreatingAnswer { .. } | Exchange::RollingBack
        );
        if unsent {
            if self.candidates.hold(candidate) {
                self.counters.local_candidates_dropped =
                    self.counters.local_candidates_dropped.saturating_add(1);
            }
        } else {
            self.send(Message::Candidate(candidate));
        }
    }

    /// Our description went out: what waited for that follows.
    pub(super) fn send_held_candidates(&mut self) {
        while let Some(candidate) = self.candidates.next_held() {
            self.send(Message::Candidate(candidate));
        }
    }

    pub(super) fn send(&mut self, message: Message) {
        self.actions.push_back(Action::Send { generation: self.connection.generation(), message });
    }
}
