//! The recovery ladder: ICE restart, rebuild, relay only, background. Knows when which rung is tried and when the
//! connection counts as back; does not know how an exchange works.

use std::{
    hash::{Hash, Hasher},
    time::Duration,
};

use holdfast_terms::{Elapsed, Generation};

use super::{Negotiation, descriptions::Exchange};
use crate::{
    Action, Cause, Priority, Rung, TaskKind, TaskResult, TransportState, limits, timer::Timer, timing,
};

/// Something is wrong, and this is what is done about it.
#[derive(Debug, Clone)]
pub(super) struct Recovery {
    pub(super) cause: Cause,
    pub(super) since: Elapsed,
    pub(super) rung: Rung,
    /// Attempts begun, by either side.
    pub(super) attempt: u32,
    /// Attempts of this ladder that failed.
    pub(super) failed: u32,
    /// Background retries so far.
    backoffs: u32,
    attempt_at: Duration,
    /// An attempt was skipped because nothing would have reached the remote.
    pub(super) skipped: bool,
    /// The ladder is exhausted.
    pub(super) exhausted: bool,
    /// The transport has connected since the latest attempt began, or since recovery began when no attempt succeeded.
    reconnected: bool,
    /// The latest attempt's exchange is complete.
    exchanged: bool,
    /// Media came over the path that is back.
    media: bool,
    /// The library refused something of the latest attempt, so the attempt cannot succeed on any network.
    pub(super) refused: bool,
}

impl Recovery {
    /// Puts in what the future depends on. What only grows counts as far as it makes a difference.
    pub(super) fn hash_future(&self, now: Elapsed, state: &mut impl Hasher) {
        let Self {
            cause,
            since: _,
            rung,
            attempt,
            failed,
            backoffs,
            attempt_at,
            skipped,
            exhausted,
            reconnected,
            exchanged,
            media,
            refused,
        } = self;
        (cause, rung, attempt.min(&1), failed.min(&(limits::DIRECT_ATTEMPTS + 1))).hash(state);
        (backoffs.min(&8), backoffs % 2).hash(state);
        let recent = now.saturating_sub(*attempt_at) <= timing::ATTEMPT / 2;
        (recent, skipped, exhausted, reconnected, exchanged, media, refused).hash(state);
    }
}

impl Negotiation {
    /// Something is wrong. The first attempt is made at once; nothing happens when one is running already.
    pub(super) fn begin_recovery(&mut self, cause: Cause, now: Elapsed) {
        if !self.started || self.recovery.is_some() {
            return;
        }
        self.recovery = Some(self.new_recovery(cause, now));
        self.timers.clear(Timer::Connect);
        self.timers.clear(Timer::Silence);
        self.shown.because(cause);
        self.attempt(cause, now);
    }

    fn new_recovery(&self, cause: Cause, now: Elapsed) -> Recovery {
        Recovery {
            cause,
            since: now,
            rung: Rung::IceRestart,
            attempt: 0,
            failed: 0,
            backoffs: 0,
            attempt_at: now,
            skipped: false,
            exhausted: false,
            reconnected: false,
            exchanged: false,
            media: false,
            refused: false,
        }
    }

    /// Begins the next attempt on the rung whose turn it is.
    pub(super) fn attempt(&mut self, cause: Cause, now: Elapsed) {
        self.attempt_with(false, cause, now);
    }

    fn attempt_with(&mut self, force_rebuild: bool, cause: Cause, now: Elapsed) {
        let relay = self.config.relay;
        let reachable = self.reachable();
        let answerable = self.answer_has_a_way() || !reachable;
        let restartable = self.connection.established
            && !force_rebuild
            && answerable
            && !self.connection.path.control_lost
            && !matches!(self.exchange, Exchange::NoConnection)
            && self.connection.path.transport != TransportState::Closed;
        let Some(recovery) = &mut self.recovery else { return };
        recovery.rung = if recovery.exhausted || recovery.failed > limits::DIRECT_ATTEMPTS {
            Rung::Background
        } else if recovery.failed == limits::DIRECT_ATTEMPTS && relay {
            Rung::RelayOnly
        } else if recovery.failed < limits::RESTARTS && restartable {
            Rung::IceRestart
        } else {
            Rung::Rebuild
        };
        recovery.attempt = recovery.attempt.saturating_add(1);
        recovery.attempt_at = now;
        recovery.reconnected = false;
        recovery.exchanged = false;
        recovery.media = false;
        // In the background both ways take turns: the direct path may be back, the relay may be.
        let relay_only = match recovery.rung {
            Rung::RelayOnly => true,
            Rung::Background => relay && recovery.backoffs.is_multiple_of(2),
            Rung::IceRestart | Rung::Rebuild => false,
        };
        let rung = recovery.rung;
        if !reachable {
            recovery.skipped = true;
        }
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
            self.rebuild(self.connection.generation.next(), true, relay_only, cause, now);
        }
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
        let connected = self.connection.path.connected();
        let Some(recovery) = &mut self.recovery else { return };
        if connected && (recovery.reconnected || recovery.exchanged) {
            // Everything is back except for the media.
            if self.media.attempt_was_silent() {
                self.recovered(Cause::AttemptFailed, now);
                return;
            }
        }
        recovery.failed = recovery.failed.saturating_add(1);
        let refused = std::mem::take(&mut recovery.refused) && self.failures.few_refusals();
        self.shown.because(Cause::AttemptFailed);
        if self.ladder_done() && !refused {
            self.back_off(now);
        } else {
            self.attempt(Cause::AttemptFailed, now);
        }
    }

    /// Whether no rung is left; marks it.
    fn ladder_done(&mut self) -> bool {
        let rungs = limits::DIRECT_ATTEMPTS + u32::from(self.config.relay);
        let Some(recovery) = &mut self.recovery else { return false };
        recovery.exhausted |= recovery.failed >= rungs;
        recovery.exhausted
    }

    fn back_off(&mut self, now: Elapsed) {
        let Some(recovery) = &mut self.recovery else { return };
        recovery.rung = Rung::Background;
        let longest =
            timing::BACKOFF_MIN.saturating_mul(1 << recovery.backoffs.min(8)).min(timing::BACKOFF_MAX);
        recovery.backoffs = recovery.backoffs.saturating_add(1);
        let pause = self.rng.between(Duration::ZERO, longest);
        self.timers.set(Timer::Backoff, now + pause);
        self.record(Cause::AttemptFailed, now);
    }

    /// The remote rebuilt or restarted: that is an attempt too, and gets its full time.
    pub(super) fn remote_attempt(&mut self, cause: Cause, now: Elapsed) {
        if self.recovery.is_none() {
            self.recovery = Some(self.new_recovery(cause, now));
            self.timers.clear(Timer::Connect);
            self.shown.because(cause);
        }
        let Some(recovery) = &mut self.recovery else { return };
        // It follows from the previous one having failed, unless both acted at nearly the same moment.
        if recovery.attempt > 0 && now.saturating_sub(recovery.attempt_at) > timing::ATTEMPT / 2 {
            recovery.failed = recovery.failed.saturating_add(1);
        }
        recovery.attempt = recovery.attempt.saturating_add(1);
        recovery.attempt_at = now;
        if !self.connection.established {
            recovery.rung = Rung::Rebuild;
        }
        recovery.exchanged = false;
        recovery.reconnected = false;
        recovery.media = false;
        if self.ladder_done() {
            self.shown.because(Cause::AttemptFailed);
        }
        self.timers.clear(Timer::Backoff);
        self.arm_attempt(now);
        self.record(cause, now);
    }

    /// An exchange is complete that gave the path new credentials (`restart`) or its first ones (`first`).
    pub(super) fn path_exchanged(&mut self, first: bool, restart: bool, by_remote: bool, now: Elapsed) {
        if first && self.recovery.is_none() && !self.ever_connected {
            self.timers.set(Timer::Connect, now + timing::CONNECT_WAIT);
        }
        if self.recovery.is_some() && restart && by_remote {
            self.remote_attempt(Cause::RemoteOffer, now);
        }
        if let Some(recovery) = &mut self.recovery
            && (first || restart)
        {
            recovery.exchanged = true;
        }
        self.check_recovered(now);
    }

    pub(super) fn transport_changed(&mut self, generation: Generation, state: TransportState, now: Elapsed) {
        if self.previous_transport(generation, state, now)
            || !self.is_current(generation)
            || !self.connection.path.enter(state, now)
        {
            return;
        }
        if state != TransportState::Connected
            && let Some(recovery) = &mut self.recovery
        {
            recovery.reconnected = false;
        }
        match state {
            TransportState::New | TransportState::Connecting => {
                // A restart of the remote: usually back in a moment, but nothing else would notice if not.
                if self.ever_connected && self.recovery.is_none() {
                    self.timers.set(Timer::Connect, now + timing::CONNECT_WAIT);
                }
            }
            TransportState::Connected => {
                self.actions.push_back(Action::RequestKeyframe { generation });
                self.timers.clear(Timer::Connect);
                if let Some(recovery) = &mut self.recovery {
                    recovery.reconnected = true;
                    self.check_recovered(now);
                    self.await_media(now);
                } else {
                    self.connection.path.silent = false;
                    if !self.ever_connected {
                        self.ever_connected = true;
                        self.shown.because(Cause::TransportConnected);
                    }
                }
            }
            TransportState::Disconnected => self.begin_recovery(Cause::TransportDisconnected, now),
            TransportState::Failed | TransportState::Closed => {
                self.begin_recovery(Cause::TransportFailed, now);
            }
        }
    }

    pub(super) fn media_received(&mut self, generation: Generation, now: Elapsed) {
        if self.previous_media(generation) || !self.is_current(generation) {
            return;
        }
        self.connection.path.silent = false;
        self.media.came();
        self.timers.clear(Timer::Silence);
        if let Some(recovery) = &mut self.recovery {
            recovery.media = true;
            self.check_recovered(now);
        }
    }

    /// Connected means that a path answers *and* that media comes when some is due.
    pub(super) fn check_recovered(&mut self, now: Elapsed) {
        if !self.connection.path.connected() {
            return;
        }
        let needs_media = self.needs_media();
        let Some(recovery) = &mut self.recovery else { return };
        let path = recovery.reconnected
            || recovery.exchanged
            || (recovery.cause == Cause::Silence && recovery.media);
        if path && (recovery.media || !needs_media) {
            let cause = if recovery.media { Cause::MediaBack } else { Cause::TransportConnected };
            self.recovered(cause, now);
        } else if !path {
            // Media on the old path says nothing about the new one.
            recovery.media = false;
        }
    }

    fn recovered(&mut self, cause: Cause, now: Elapsed) {
        let Some(recovery) = self.recovery.take() else { return };
        self.timers.clear(Timer::Attempt);
        self.timers.clear(Timer::Backoff);
        self.close_previous(now);
        self.connection.path.silent = false;
        self.ever_connected = true;
        self.failures.forget();
        self.shown.because(cause);
        if !recovery.reconnected {
            self.actions.push_back(Action::RequestKeyframe { generation: self.connection.generation });
        }
        self.record(cause, now);
    }

    /// The current connection is not reliable any more: builds a new one now, on whichever rung the ladder was.
    pub(super) fn rebuild_now(&mut self, cause: Cause, now: Elapsed) {
        if !self.started {
            return;
        }
        let mut recovery = self.new_recovery(cause, now);
        if let Some(old) = self.recovery.take() {
            recovery.since = old.since;
            recovery.attempt = old.attempt;
        }
        self.recovery = Some(recovery);
        self.timers.clear(Timer::Connect);
        self.shown.because(cause);
        self.attempt_with(true, cause, now);
    }

    /// Starts the ladder from the bottom, now.
    pub(super) fn start_over(&mut self, cause: Cause, now: Elapsed) {
        let Some(recovery) = &mut self.recovery else { return };
        recovery.failed = 0;
        recovery.backoffs = 0;
        recovery.exhausted = false;
        recovery.skipped = false;
        self.shown.because(cause);
        self.attempt(cause, now);
    }

    pub(super) fn woke(&mut self, now: Elapsed) {
        if self.recovery.is_some() {
            self.start_over(Cause::Woke, now);
        } else {
            self.begin_recovery(Cause::Woke, now);
        }
    }

    pub(super) fn retry(&mut self, now: Elapsed) {
        if self.recovery.is_some() {
            self.start_over(Cause::Retry, now);
        } else if !self.connection.established {
            // The first offer may be lost, ours or that of the remote.
            self.begin_recovery(Cause::Retry, now);
        }
    }

    pub(super) fn signaling_changed(&mut self, up: bool, now: Elapsed) {
        let back = up && !self.signaling;
        self.signaling = up;
        let Some(recovery) = &self.recovery else { return };
        if !back || self.connection.path.connected() {
            return;
        }
        // Attempts that could not be made say nothing about the path; those that were made stay counted, or a
        // flapping server would keep the ladder from ever being climbed.
        if recovery.skipped {
            self.start_over(Cause::SignalingBack, now);
        } else if now.saturating_sub(recovery.attempt_at) > timing::ATTEMPT / 2 {
            self.attempt(Cause::SignalingBack, now);
        }
        // A younger one was on its way when the server went, and arrives now that it is back.
    }
}
