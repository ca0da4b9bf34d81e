//! Connections and their generations: making, replacing, breaking and closing them, and which messages and
//! reports still count.

use std::time::Duration;

use super::{
    Negotiation,
    candidates::Candidates,
    descriptions::{Exchange, acceptable},
};
use crate::{Action, Cause, Message, Priority, TaskKind, TaskResult, Tracks, limits, timer::Timer, timing};

impl Negotiation {
    pub(super) fn start(&mut self, now: Duration) {
        if self.started {
            return;
        }
        self.started = true;
        self.timers.clear(Timer::LocalMedia);
        self.why = Cause::Started;
        // Whoever made a later generation opens it; the very first is opened by the impolite side alone.
        let ours = self.generation <= self.config.first_generation.max(1);
        let opens = self.config.first_generation > 1 || !self.config.polite();
        self.opener = ours && opens && self.remote_offer.is_none();
        if !self.opener {
            self.timers.set(Timer::Connect, now + timing::FIRST_OFFER_WAIT);
        }
        self.create_connection(Cause::Started, now);
    }

    fn create_connection(&mut self, cause: Cause, now: Duration) {
        self.enter(Exchange::CreatingConnection, cause, now);
        let op = self.begin_operation(now);
        self.actions.push_back(Action::CreateConnection {
            op,
            generation: self.generation,
            relay_only: self.relay_only,
        });
        if self.opener {
            self.enqueue(TaskKind::Offer, Priority::Urgent, now);
        }
    }

    /// Replaces the connection by one of `generation`, beside the old one as long as that may be of use.
    pub(super) fn rebuild(
        &mut self,
        generation: u32,
        opener: bool,
        relay_only: bool,
        cause: Cause,
        now: Duration,
    ) {
        self.counters.rebuilds = self.counters.rebuilds.saturating_add(1);
        self.finish_all(TaskResult::Superseded);
        self.drop_connection(true, cause, now);
        self.forget_remote();
        self.generation = generation;
        self.opener = opener;
        self.relay_only = relay_only;
        self.actions.push_back(Action::Rebuilt { generation });
        self.create_connection(cause, now);
    }

    /// Forgets everything that belonged to one generation of the remote's messages.
    fn forget_remote(&mut self) {
        self.candidates = Candidates::default();
        self.remote_number = None;
        self.number_proven = false;
        self.ignoring = false;
        self.ignored_offer = None;
        self.remote_offer = None;
        self.refused_offer = None;
    }

    /// Ends the exchange on what there is, if anything, and keeps or closes that.
    fn drop_connection(&mut self, keep: bool, cause: Cause, now: Duration) {
        self.release_connection(keep, cause, now);
        self.operation = None;
        for timer in [Timer::Operation, Timer::Answer, Timer::Stable, Timer::Debounce, Timer::ApplyAgain] {
            self.timers.clear(timer);
        }
        self.refused_offer = None;
        self.established = false;
        self.opener = false;
        self.negotiated = None;
        self.remote_tracks = Tracks::NONE;
        self.remote_ufrag = None;
        self.staged = false;
    }

    /// The exchange is in a state nothing leads out of: recovery makes another connection. What the old one
    /// carries it may go on carrying until then.
    pub(super) fn broken(&mut self, cause: Cause, now: Duration) {
        if matches!(self.exchange, Exchange::CreatingConnection) && cause == Cause::OperationRefused {
            // There is nothing to close.
            self.enter(Exchange::NoConnection, cause, now);
        }
        self.finish_all(TaskResult::Refused);
        self.drop_connection(true, cause, now);
        self.begin_recovery(cause, now);
    }

    /// The far end of every connection there is is gone: none is worth keeping.
    pub(super) fn remote_restarted(&mut self, now: Duration) {
        if !self.started {
            return;
        }
        if self.met_anew.take().is_some_and(|at| now.saturating_sub(at) <= timing::TOLD_WITHIN) {
            // The connection there is was opened by the new one.
            return self.close_previous(now);
        }
        self.finish_all(TaskResult::Superseded);
        self.close_previous(now);
        self.drop_connection(false, Cause::RemoteRestarted, now);
        self.rebuild_now(Cause::RemoteRestarted, now);
    }

    pub(super) fn close(&mut self, now: Duration) {
        self.closed = true;
        self.why = Cause::Closed;
        self.finish_all(TaskResult::Closed);
        self.close_previous(now);
        self.drop_connection(false, Cause::Closed, now);
        self.forget_remote();
        self.recovery = None;
        self.timers.clear_all();
        self.enter(Exchange::Closed, Cause::Closed, now);
    }

    pub(super) fn remote_message(&mut self, generation: u32, message: Message, now: Duration) {
        // Looked at before the generation: garbage must not cost a connection.
        if !acceptable(&message) {
            self.counters.malformed = self.counters.malformed.saturating_add(1);
            return;
        }
        if generation < self.generation {
            self.counters.older_generation = self.counters.older_generation.saturating_add(1);
            return;
        }
        if generation == 0 || generation > limits::GENERATION_MAX {
            self.counters.impossible_generation = self.counters.impossible_generation.saturating_add(1);
            return;
        }
        if generation > self.generation {
            self.follow(generation, now);
        }
        match message {
            Message::Description(description) => self.remote_description(description, now),
            Message::Candidate(candidate) => self.remote_candidate(candidate),
        }
    }

    /// The remote rebuilt: so do we, and it makes the offer.
    fn follow(&mut self, generation: u32, now: Duration) {
        if !self.started {
            self.finish_all(TaskResult::Superseded);
            self.forget_remote();
            self.generation = generation;
            return;
        }
        self.rebuild(generation, false, false, Cause::NewerGeneration, now);
        self.remote_attempt(Cause::NewerGeneration, now);
    }

    /// Whether a report is about the connection that counts; otherwise it is counted as late.
    pub(super) fn is_current(&mut self, generation: u32) -> bool {
        let current = generation == self.generation
            && !matches!(self.exchange, Exchange::NoConnection | Exchange::Closed);
        if !current {
            self.counters.late_reports = self.counters.late_reports.saturating_add(1);
        }
        current
    }
}
