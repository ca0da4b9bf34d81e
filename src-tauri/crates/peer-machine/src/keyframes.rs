//! When to tell the owner that the remote wants a keyframe of ours.

use holdfast_terms::Elapsed;
use std::time::Duration;

/// Shortest time between two keyframe events of one source: several requests at once usually mean one loss. It is not
/// longer, because the first keyframe of a call may come before the remote's handshake is done; the remote then asks
/// for another at once.
pub const KEYFRAME_INTERVAL: Duration = Duration::from_millis(100);

/// The requests for one source.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct KeyframePace {
    wanted: bool,
    last: Option<Duration>,
}

impl KeyframePace {
    pub(crate) fn want(&mut self) {
        self.wanted = true;
    }

    /// Whether to tell the owner now.
    pub(crate) fn take_due(&mut self, now: Elapsed) -> bool {
        let due = self.poll_timeout().is_some_and(|at| at <= now);
        if due {
            *self = Self { wanted: false, last: Some(now) };
        }
        due
    }

    /// When to call [`Self::take_due`].
    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        self.wanted.then(|| self.last.map_or(Duration::ZERO, |last| last + KEYFRAME_INTERVAL))
    }
}
