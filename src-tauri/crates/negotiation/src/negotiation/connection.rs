//! Connections and their generations: making, replacing, breaking and closing them, and which messages and
//! reports still count.

use holdfast_terms::{Elapsed, Generation};

use super::{
    Negotiation,
    candidates::Candidates,
    descriptions::{Exchange, acceptable},
};
use crate::{Action, Cause, Message, Priority, TaskKind, TaskResult, limits, timer::Timer, timing};

impl Negotiation {
    pub(super) fn start(&mut self, now: Elapsed) {
        if self.started {
            return;
        }
        self.started = true;
        self.timers.clear(Timer::LocalMedia);
        self.shown.because(Cause::Started);
        // The side that made a later generation opens it. Only the impolite side opens the first one.
        let ours = self.connection.generation() <= self.config.first_generation.max(Generation::FIRST);
        let opens = self.config.first_generation > Generation::FIRST || !self.config.polite();
        self.connection.open(ours && opens && !self.offers.is_waiting());
        if !self.connection.is_opener() {
            self.timers.set(Timer::Connect, now + timing::FIRST_OFFER_WAIT);
        }
        self.create_connection(Cause::Started, now);
    }

    fn create_connection(&mut self, cause: Cause, now: Elapsed) {
        self.enter(Exchange::CreatingConnection, cause, now);
        let op = self.begin_operation(now);
        self.actions.push_back(Action::CreateConnection {
            op,
            generation: self.connection.generation(),
            relay_only: self.connection.is_relay_only(),
        });
        if self.connection.is_opener() {
            self.enqueue(TaskKind::Offer, Priority::Urgent, now);
        }
    }

    /// Replaces the connection by one of `generation`. The old one goes on beside it as long as it may be of use.
    pub(super) fn rebuild(
        &mut self,
        generation: Generation,
        opener: bool,
        relay_only: bool,
        cause: Cause,
        now: Elapsed,
    ) {
        self.counters.rebuilds = self.counters.rebuilds.saturating_add(1);
        self.finish_all(TaskResult::Superseded);
        self.drop_connection(true, cause, now);
        self.forget_remote();
        self.connection.replace(generation, opener, relay_only);
        self.actions.push_back(Action::Rebuilt { generation });
        self.create_connection(cause, now);
    }

    /// Forgets everything that belonged to one generation of the remote's messages.
    fn forget_remote(&mut self) {
        self.candidates = Candidates::default();
        self.numbering.forget_generation();
        self.offers.forget();
    }

    /// Ends the exchange on the current connection, if there is one, and keeps or closes that connection.
    fn drop_connection(&mut self, keep: bool, cause: Cause, now: Elapsed) {
        self.release_connection(keep, cause, now);
        self.operations.forget();
        for timer in [Timer::Operation, Timer::Answer, Timer::Stable, Timer::Debounce, Timer::ApplyAgain] {
            self.timers.clear(timer);
        }
        self.offers.forget_refused();
        self.connection.forget_exchange();
        self.tracks.forget();
        self.credentials.forget();
    }

    /// No operation leads out of the state of the exchange, so recovery makes another connection. Until then the old
    /// one may go on carrying media.
    pub(super) fn broken(&mut self, cause: Cause, now: Elapsed) {
        if matches!(self.exchange, Exchange::CreatingConnection) && cause == Cause::OperationRefused {
            // There is nothing to close.
            self.enter(Exchange::NoConnection, cause, now);
        }
        self.finish_all(TaskResult::Refused);
        self.drop_connection(true, cause, now);
        self.begin_recovery(cause, now);
    }

    /// The far end of every connection is gone, so none is kept.
    pub(super) fn remote_restarted(&mut self, now: Elapsed) {
        if !self.started {
            return;
        }
        if self.numbering.take_met_anew(now) {
            // The new remote opened the current connection.
            return self.close_previous(now);
        }
        self.finish_all(TaskResult::Superseded);
        self.close_previous(now);
        self.drop_connection(false, Cause::RemoteRestarted, now);
        self.rebuild_now(Cause::RemoteRestarted, now);
    }

    pub(super) fn close(&mut self, now: Elapsed) {
        self.closed = true;
        self.shown.because(Cause::Closed);
        self.finish_all(TaskResult::Closed);
        self.close_previous(now);
        self.drop_connection(false, Cause::Closed, now);
        self.forget_remote();
        self.recovery = None;
        self.timers.clear_all();
        self.enter(Exchange::Closed, Cause::Closed, now);
    }

    pub(super) fn remote_message(&mut self, generation: Generation, message: Message, now: Elapsed) {
        // Looked at before the generation: garbage must not cost a connection.
        if !acceptable(&message) {
            self.counters.malformed = self.counters.malformed.saturating_add(1);
            return;
        }
        if generation < self.connection.generation() {
            self.counters.older_generation = self.counters.older_generation.saturating_add(1);
            return;
        }
        if generation == Generation::NONE || generation > limits::GENERATION_MAX {
            self.counters.impossible_generation = self.counters.impossible_generation.saturating_add(1);
            return;
        }
        if generation > self.connection.generation() {
            self.follow(generation, now);
        }
        match message {
            Message::Description(description) => self.remote_description(description, now),
            Message::Candidate(candidate) => self.remote_candidate(candidate),
        }
    }

    /// The remote rebuilt: so do we, and it makes the offer.
    fn follow(&mut self, generation: Generation, now: Elapsed) {
        if !self.started {
            self.finish_all(TaskResult::Superseded);
            self.forget_remote();
            self.connection.skip_to(generation);
            return;
        }
        self.rebuild(generation, false, false, Cause::NewerGeneration, now);
        self.remote_attempt(Cause::NewerGeneration, now);
    }

    /// Whether a report is about the connection that counts; otherwise it is counted as late.
    pub(super) fn is_current(&mut self, generation: Generation) -> bool {
        let current = generation == self.connection.generation()
            && !matches!(self.exchange, Exchange::NoConnection | Exchange::Closed);
        if !current {
            self.counters.late_reports = self.counters.late_reports.saturating_add(1);
        }
        current
    }
}
