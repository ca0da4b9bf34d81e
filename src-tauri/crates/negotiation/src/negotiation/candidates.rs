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
    pub(super) remote_set: bool,
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

    pub(super) fn waiting(&self) -> usize {
        self.early.len()
    }

    pub(super) fn held(&self) -> usize {
        self.held.len()
    }

    /// A remote description came: its candidates may follow.
    pub(super) fn description_came(&mut self) {
        self.accepted = 0;
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
        if self.candidates.accepted >= limits::CANDIDATES_PER_DESCRIPTION {
            self.counters.candidates_dropped = self.counters.candidates_dropped.saturating_add(1);
            return;
        }
        self.candidates.accepted += 1;
        self.candidates.early.push_back(candidate);
        if self.candidates_may_pass() {
            self.pass_on_candidates();
        } else if self.candidates.early.len() > limits::CANDIDATE_BUFFER {
            self.candidates.early.pop_front();
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
        settled && self.candidates.remote_set && !self.tasks.is_waiting(TaskKind::Answer)
    }

    pub(super) fn pass_on_candidates(&mut self) {
        if !self.candidates_may_pass() {
            return;
        }
        while let Some(candidate) = self.candidates.early.pop_front() {
            let op = self.operations.begin();
            self.candidates.operations.insert(op);
            self.actions.push_back(Action::AddRemoteCandidate {
                op,
                generation: self.connection.generation,
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
            self.candidates.held.push_back(candidate);
            if self.candidates.held.len() > limits::LOCAL_CANDIDATES {
                self.candidates.held.pop_front();
                self.counters.local_candidates_dropped =
                    self.counters.local_candidates_dropped.saturating_add(1);
            }
        } else {
            self.send(Message::Candidate(candidate));
        }
    }

    /// Our description went out: what waited for that follows.
    pub(super) fn send_held_candidates(&mut self) {
        while let Some(candidate) = self.candidates.held.pop_front() {
            self.send(Message::Candidate(candidate));
        }
    }

    pub(super) fn send(&mut self, message: Message) {
        self.actions.push_back(Action::Send { generation: self.connection.generation, message });
    }
}
