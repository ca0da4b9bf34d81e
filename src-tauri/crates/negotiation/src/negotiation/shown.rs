//! What people are shown: the state of the connection, why it is so, and the latest transitions.

use holdfast_terms::Elapsed;
use std::{collections::VecDeque, time::Duration};

use crate::{Cause, PeerState, Transition, limits};

/// The state people see and how it came about.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    state: PeerState,
    since: Elapsed,
    /// Why the state is what it is.
    reason: Cause,
    history: VecDeque<Transition>,
}

impl Shown {
    /// A machine that waits for its start.
    pub(super) fn new(now: Elapsed) -> Self {
        Self { state: PeerState::Waiting, since: now, reason: Cause::Started, history: VecDeque::new() }
    }

    pub(super) fn state(&self) -> PeerState {
        self.state
    }

    pub(super) fn since(&self) -> Duration {
        self.since
    }

    pub(super) fn reason(&self) -> Cause {
        self.reason
    }

    /// The latest transitions, oldest first.
    pub(super) fn history(&self) -> impl Iterator<Item = &Transition> {
        self.history.iter()
    }

    /// What follows is shown with this reason.
    pub(super) fn because(&mut self, reason: Cause) {
        self.reason = reason;
    }

    /// Shows a state. Says whether it is another one than before.
    pub(super) fn show(&mut self, state: PeerState, now: Elapsed) -> bool {
        let other = state != self.state;
        if other {
            self.state = state;
            self.since = now;
        }
        other
    }

    /// Adds a transition; the oldest goes when there are more than [`limits::HISTORY`].
    pub(super) fn record(&mut self, transition: Transition) {
        if self.history.len() == limits::HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(transition);
    }
}

#[cfg(test)]
mod tests {
    use holdfast_terms::Generation;

    use super::*;
    use crate::Phase;

    #[test]
    fn a_state_is_news_once_and_keeps_its_moment() {
        let mut shown = Shown::new(Duration::ZERO);
        assert!(shown.show(PeerState::Connecting, Duration::from_secs(1)));
        assert!(!shown.show(PeerState::Connecting, Duration::from_secs(2)));
        assert_eq!(shown.since(), Duration::from_secs(1));
    }

    #[test]
    fn the_history_holds_the_latest_transitions() {
        let mut shown = Shown::new(Duration::ZERO);
        for at_ms in 0..=limits::HISTORY as u64 {
            shown.record(Transition {
                at_ms,
                generation: Generation(1),
                phase: Phase::Stable,
                state: PeerState::Connected,
                rung: None,
                cause: Cause::Started,
            });
        }
        assert_eq!(shown.history().count(), limits::HISTORY);
        assert_eq!(shown.history().next().map(|transition| transition.at_ms), Some(1));
    }
}
