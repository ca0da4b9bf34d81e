//! The ways to the remote: the current connection's and, while its successor is being built, the previous one's.
//! Knows whether a way works and when the previous connection is closed; does not know what is tried to get one back.

use holdfast_terms::{Elapsed, Generation};

use super::current::Previous;
use super::path::Path;
use super::{Negotiation, descriptions::Exchange};
use crate::{Action, Cause, TransportState, timer::Timer, timing};

impl Negotiation {
    /// Lets go of the current connection, if there is one. It goes on beside its successor if `keep` is set and it may
    /// still carry something; otherwise it is closed. There are never more than two connections. Of two, the older one
    /// is known to have worked.
    pub(super) fn release_connection(&mut self, keep: bool, cause: Cause, now: Elapsed) {
        let useful = self.connection.release(now);
        if !matches!(self.exchange, Exchange::NoConnection | Exchange::Closed) {
            match useful.filter(|_| keep && self.previous.is_none()) {
                Some(previous) => {
                    self.counters.kept = self.counters.kept.saturating_add(1);
                    if let Some(at) = self.timers.get(Timer::Silence) {
                        self.timers.set(Timer::PreviousSilence, at);
                    }
                    self.previous = Some(previous);
                }
                None => {
                    let generation = self.connection.generation();
                    self.actions.push_back(Action::CloseConnection { generation });
                }
            }
            self.enter(Exchange::NoConnection, cause, now);
        }
        self.timers.clear(Timer::Silence);
    }

    /// The previous connection is not needed any more, or no longer works.
    pub(super) fn close_previous(&mut self, now: Elapsed) {
        let Some(previous) = self.previous.take() else { return };
        self.timers.clear(Timer::PreviousSilence);
        self.actions.push_back(Action::CloseConnection { generation: previous.generation() });
        self.record(Cause::PreviousClosed, now);
    }

    /// The previous connection, if the report is about it.
    fn previous_of(&mut self, generation: Generation) -> Option<&mut Previous> {
        self.previous.as_mut().filter(|previous| previous.generation() == generation)
    }

    /// Takes a report about the previous connection's transport; false when it is not about it.
    pub(super) fn previous_transport(
        &mut self,
        generation: Generation,
        state: TransportState,
        now: Elapsed,
    ) -> bool {
        let reachable = self.reachable();
        let Some(previous) = self.previous_of(generation) else { return false };
        if previous.path_mut().enter(state, now) {
            match state {
                TransportState::Connected => self.actions.push_back(Action::RequestKeyframe { generation }),
                TransportState::Failed | TransportState::Closed => self.close_previous(now),
                TransportState::New | TransportState::Connecting | TransportState::Disconnected => {}
            }
            self.notice_reachable(reachable, now);
        }
        true
    }

    /// Takes news of media on the previous connection; false when it did not come on it.
    pub(super) fn previous_media(&mut self, generation: Generation) -> bool {
        let Some(previous) = self.previous_of(generation) else { return false };
        previous.path_mut().hear();
        self.media.came();
        self.timers.clear(Timer::PreviousSilence);
        true
    }

    /// Media was due on the previous connection and did not come.
    pub(super) fn previous_silent(&mut self) {
        if let Some(previous) = &mut self.previous {
            previous.path_mut().fall_silent();
        }
    }

    pub(super) fn control_changed(&mut self, generation: Generation, open: bool, now: Elapsed) {
        let reachable = self.reachable();
        if let Some(previous) = self.previous_of(generation) {
            previous.path_mut().control_changed(open);
        } else if self.is_current(generation) {
            self.connection.path_mut().control_changed(open);
        }
        self.notice_reachable(reachable, now);
    }

    /// Makes the attempts that were skipped, once there is a way to the remote again.
    fn notice_reachable(&mut self, before: bool, now: Elapsed) {
        let skipped = self.recovery.as_ref().is_some_and(|recovery| recovery.was_skipped());
        if skipped && !before && self.reachable() {
            self.start_over(Cause::ReachableAgain, now);
        }
    }

    /// Whether a message has any way to the remote.
    pub(super) fn reachable(&self) -> bool {
        self.signaling || self.paths().any(Path::carries_messages)
    }

    /// Whether the answer to a restart of the current connection has a way to the remote. The side that answers drops
    /// the path before it sends the answer, and a previous connection may be closed at any moment.
    pub(super) fn answer_has_a_way(&self) -> bool {
        self.signaling
    }

    /// A path came late in an attempt, or in the pause after it: what is due over it has a moment to come. To try again
    /// now would close it, and with it what the remote says over its control channel.
    pub(super) fn await_media(&mut self, now: Elapsed) {
        if self.recovery.is_none() {
            return;
        }
        let enough = now + timing::FIRST_MEDIA;
        for timer in [Timer::Attempt, Timer::Backoff] {
            if self.timers.get(timer).is_some_and(|due| due < enough) {
                self.timers.set(timer, enough);
            }
        }
    }

    /// Whether media is due from the remote.
    pub(super) fn needs_media(&self) -> bool {
        self.media.is_due()
    }

    /// Whether a path answers and carries what is due; then nothing is wrong as far as people can tell.
    pub(super) fn works(&self) -> bool {
        let due = self.needs_media();
        self.paths().any(|path| path.carries(due))
    }

    /// Whether the current connection does.
    pub(super) fn current_works(&self) -> bool {
        self.connection.path().carries(self.needs_media())
    }

    fn paths(&self) -> impl Iterator<Item = &Path> {
        self.previous.iter().map(Previous::path).chain([self.connection.path()])
    }

    /// Keeps the timer running exactly while the control channel is gone and nothing else is wrong.
    pub(super) fn watch_control(&mut self, now: Elapsed) {
        let path = self.connection.path();
        let gone = path.has_lost_control() && path.connected();
        if !(gone && self.recovery.is_none() && self.reachable()) {
            self.timers.clear(Timer::Control);
        } else if self.timers.get(Timer::Control).is_none() {
            let polite = self.config.polite();
            let wait = if polite { timing::CONTROL_WAIT_POLITE } else { timing::CONTROL_WAIT };
            self.timers.set(Timer::Control, now + wait);
        }
    }

    /// Keeps each silence timer running exactly while silence would be news.
    pub(super) fn watch_silence(&mut self, now: Elapsed) {
        let due = self.needs_media();
        let path = self.connection.path();
        // A restart by the remote may be the answer to a path that broke here too: that it is being checked does not
        // hide that media is missing.
        let checked = path.is_checked() && self.timers.get(Timer::Silence).is_some();
        let current = match &self.recovery {
            None => path.connected() || checked,
            Some(_) => path.is_heard(),
        };
        let previous = self.previous.as_ref().is_some_and(|previous| previous.path().is_heard());
        for (timer, watched) in [(Timer::Silence, current), (Timer::PreviousSilence, previous)] {
            if !(due && watched) {
                self.timers.clear(timer);
            } else if self.timers.get(timer).is_none() {
                self.timers.set(timer, now + timing::SILENCE);
            }
        }
    }
}
