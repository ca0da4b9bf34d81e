//! What the connections report, and when the current one counts as back.

use holdfast_terms::{Elapsed, Generation};

use super::Negotiation;
use crate::{Action, Cause, TransportState, timer::Timer, timing};

impl Negotiation {
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
            recovery.exchange_completed();
        }
        self.check_recovered(now);
    }

    pub(super) fn transport_changed(&mut self, generation: Generation, state: TransportState, now: Elapsed) {
        if self.previous_transport(generation, state, now)
            || !self.is_current(generation)
            || !self.connection.path_mut().enter(state, now)
        {
            return;
        }
        if let Some(recovery) = &mut self.recovery {
            recovery.transport_changed(state == TransportState::Connected);
        }
        match state {
            TransportState::New | TransportState::Connecting => {
                // A restart of the remote: usually back in a moment, but nothing else would notice if not.
                if self.ever_connected && self.recovery.is_none() {
                    self.timers.set(Timer::Connect, now + timing::CONNECT_WAIT);
                }
            }
            TransportState::Connected => self.connected(generation, now),
            TransportState::Disconnected => self.begin_recovery(Cause::TransportDisconnected, now),
            TransportState::Failed | TransportState::Closed => {
                self.begin_recovery(Cause::TransportFailed, now);
            }
        }
    }

    fn connected(&mut self, generation: Generation, now: Elapsed) {
        self.actions.push_back(Action::RequestKeyframe { generation });
        self.timers.clear(Timer::Connect);
        if self.recovery.is_some() {
            self.check_recovered(now);
            return self.await_media(now);
        }
        self.connection.path_mut().hear();
        if !self.ever_connected {
            self.ever_connected = true;
            self.shown.because(Cause::TransportConnected);
        }
    }

    pub(super) fn media_received(&mut self, generation: Generation, now: Elapsed) {
        if self.previous_media(generation) || !self.is_current(generation) {
            return;
        }
        self.connection.path_mut().hear();
        self.media.came();
        self.timers.clear(Timer::Silence);
        if let Some(recovery) = &mut self.recovery {
            recovery.media_came();
            self.check_recovered(now);
        }
    }

    /// Connected means that a path answers *and* that media comes when some is due.
    pub(super) fn check_recovered(&mut self, now: Elapsed) {
        if !self.connection.path().connected() {
            return;
        }
        let due = self.needs_media();
        if let Some(cause) = self.recovery.as_mut().and_then(|recovery| recovery.back(due)) {
            self.recovered(cause, now);
        }
    }

    /// Nothing is wrong any more.
    pub(super) fn recovered(&mut self, cause: Cause, now: Elapsed) {
        let Some(recovery) = self.recovery.take() else { return };
        self.timers.clear(Timer::Attempt);
        self.timers.clear(Timer::Backoff);
        self.close_previous(now);
        self.connection.path_mut().hear();
        self.ever_connected = true;
        self.failures.forget();
        self.shown.because(cause);
        if !recovery.has_reconnected() {
            self.actions.push_back(Action::RequestKeyframe { generation: self.connection.generation() });
        }
        self.record(cause, now);
    }
}
