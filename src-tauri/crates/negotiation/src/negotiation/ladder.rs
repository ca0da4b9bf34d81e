//! Climbs the recovery ladder: ICE restart, rebuild, relay only, background. Knows when the next attempt is made and
//! how; does not know how an exchange works.

use std::time::Duration;

use holdfast_terms::Elapsed;

use super::recovery::{Attempt, Means, Recovery};
use super::{Negotiation, descriptions::Exchange};
use crate::{Cause, Priority, Rung, TaskKind, TaskResult, TransportState, timer::Timer, timing};

impl Negotiation {
    /// Something is wrong. The first attempt is made at once; nothing happens when one is running already.
    pub(super) fn begin_recovery(&mut self, cause: Cause, now: Elapsed) {
        if !self.started || self.recovery.is_some() {
            return;
        }
        self.recovery = Some(Recovery::new(cause, now));
        self.timers.clear(Timer::Connect);
        self.timers.clear(Timer::Silence);
        self.shown.because(cause);
        self.attempt(cause, now);
    }

    /// Begins the next attempt on the rung whose turn it is.
    pub(super) fn attempt(&mut self, cause: Cause, now: Elapsed) {
        self.attempt_with(false, cause, now);
    }

    fn attempt_with(&mut self, force_rebuild: bool, cause: Cause, now: Elapsed) {
        let reachable = self.reachable();
        let restart = !force_rebuild && self.may_restart(reachable);
        let means = Means { restart, relay: self.config.relay, reachable };
        let Some(recovery) = &mut self.recovery else { return };
        let Attempt { rung, relay_only } = recovery.next_attempt(means, now);
        self.timers.clear(Timer::Backoff);
        self.arm_attempt(now);
        self.record(cause, now);
        if !reachable {
            return;
        }
        if rung == Rung::IceRestart {
            self.supersede_offer(now);
            self.finish_waiting(TaskKind::IceRestart, TaskResult::Superseded);
            self.enqueue(TaskKind::IceRestart, Priority::Urgent, now);
        } else {
            self.rebuild(self.connection.generation().next(), true, relay_only, cause, now);
        }
    }

    /// Whether an ICE restart can bring the current connection back.
    fn may_restart(&self, reachable: bool) -> bool {
        let answerable = self.answer_has_a_way() || !reachable;
        self.connection.is_established()
            && answerable
            && !self.connection.path().has_lost_control()
            && !matches!(self.exchange, Exchange::NoConnection)
            && self.connection.path().transport() != TransportState::Closed
    }

    /// The polite side is a little slower, so that the two rarely act at the same moment.
    fn arm_attempt(&mut self, now: Elapsed) {
        let percent = if self.config.polite() { 110..120 } else { 95..105 };
        let window =
            self.rng.between(timing::ATTEMPT * percent.start / 100, timing::ATTEMPT * percent.end / 100);
        self.timers.set(Timer::Attempt, now + window);
    }

    /// The running attempt had its time.
    pub(super) fn attempt_failed(&mut self, now: Elapsed) {
        let connected = self.connection.path().connected();
        let Some(recovery) = &mut self.recovery else { return };
        // Everything is back except for the media.
        if connected && recovery.has_new_path() && self.media.attempt_was_silent() {
            return self.recovered(Cause::AttemptFailed, now);
        }
        let refused = recovery.fail() && self.failures.few_refusals();
        let done = recovery.exhaust(self.config.relay);
        self.shown.because(Cause::AttemptFailed);
        if done && !refused {
            self.back_off(now);
        } else {
            self.attempt(Cause::AttemptFailed, now);
        }
    }

    fn back_off(&mut self, now: Elapsed) {
        let Some(recovery) = &mut self.recovery else { return };
        let longest = recovery.back_off();
        let pause = self.rng.between(Duration::ZERO, longest);
        self.timers.set(Timer::Backoff, now + pause);
        self.record(Cause::AttemptFailed, now);
    }

    /// The remote rebuilt or restarted: that is an attempt too, and gets its full time.
    pub(super) fn remote_attempt(&mut self, cause: Cause, now: Elapsed) {
        if self.recovery.is_none() {
            self.timers.clear(Timer::Connect);
            self.shown.because(cause);
        }
        let established = self.connection.is_established();
        let recovery = self.recovery.get_or_insert_with(|| Recovery::new(cause, now));
        recovery.remote_attempt(established, now);
        if recovery.exhaust(self.config.relay) {
            self.shown.because(Cause::AttemptFailed);
        }
        self.timers.clear(Timer::Backoff);
        self.arm_attempt(now);
        self.record(cause, now);
    }

    /// The current connection is not reliable any more: builds a new one now, on whichever rung the ladder was.
    pub(super) fn rebuild_now(&mut self, cause: Cause, now: Elapsed) {
        if !self.started {
            return;
        }
        self.recovery = Some(Recovery::anew(self.recovery.take(), cause, now));
        self.timers.clear(Timer::Connect);
        self.shown.because(cause);
        self.attempt_with(true, cause, now);
    }

    /// Starts the ladder from the bottom, now.
    pub(super) fn start_over(&mut self, cause: Cause, now: Elapsed) {
        let Some(recovery) = &mut self.recovery else { return };
        recovery.start_over();
        self.shown.because(cause);
        self.attempt(cause, now);
    }

    /// This machine slept.
    pub(super) fn woke(&mut self, now: Elapsed) {
        if self.recovery.is_some() {
            self.start_over(Cause::Woke, now);
        } else {
            self.begin_recovery(Cause::Woke, now);
        }
    }

    /// The person wants another try.
    pub(super) fn retry(&mut self, now: Elapsed) {
        if self.recovery.is_some() {
            self.start_over(Cause::Retry, now);
        } else if !self.connection.is_established() {
            // The first offer may be lost, ours or that of the remote.
            self.begin_recovery(Cause::Retry, now);
        }
    }

    /// The signaling server answers, or does not any more.
    pub(super) fn signaling_changed(&mut self, up: bool, now: Elapsed) {
        let back = up && !self.signaling;
        self.signaling = up;
        let Some(recovery) = &self.recovery else { return };
        if !back || self.connection.path().connected() {
            return;
        }
        // Attempts that could not be made say nothing about the path. Those that were made stay counted. Otherwise a
        // server that comes and goes would keep the ladder from ever being climbed.
        if recovery.was_skipped() {
            self.start_over(Cause::SignalingBack, now);
        } else if recovery.is_past_its_beginning(now) {
            self.attempt(Cause::SignalingBack, now);
        }
        // A younger one was on its way when the server went, and arrives now that it is back.
    }
}
