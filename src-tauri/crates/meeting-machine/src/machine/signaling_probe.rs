//! When to look for a signaling server that is away, in addition to the signaling client's own attempts.
//!
//! The client waits up to 30 s between attempts, which an overloaded server needs. But during a meeting, no one can be
//! let in or found again without the server, and one more attempt every few seconds costs it little. This lasts only
//! for a while. After that only the client's own attempts go on.

use std::time::Duration;

use holdfast_terms::Elapsed;

/// Shortest time from the beginning of one probe to that of the next. A probe without any answer lasts this long by
/// itself.
const PAUSE: Duration = Duration::from_secs(3);

/// The next probe is up to this much later, so that the people of a room do not all come back at the same moment.
const SPREAD: Duration = Duration::from_secs(2);

/// How long the probes go on: longer than a restart or an update of a server takes.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// The probes for a server that is away.
#[derive(Debug, Default)]
pub(super) struct SignalingProbe {
    away_since: Option<Elapsed>,
    next: Option<Elapsed>,
}

impl SignalingProbe {
    /// The server is away: an attempt of `tried` failed, and the client itself tries again only after `retry_in`.
    pub(super) fn lost(&mut self, tried: Duration, retry_in: Duration, now: Elapsed) {
        let away_since = *self.away_since.get_or_insert(now);
        // The client's pause is random already.
        let spread = u64::try_from(retry_in.as_micros() % SPREAD.as_micros()).unwrap_or_default();
        let pause = PAUSE.saturating_sub(tried) + Duration::from_micros(spread);
        self.next = (pause < retry_in && now < away_since + PATIENCE).then(|| now + pause);
    }

    /// The server is back.
    pub(super) fn found(&mut self) {
        *self = Self::default();
    }

    /// When [`Self::take_due`] is true.
    pub(super) fn due(&self) -> Option<Elapsed> {
        self.next
    }

    /// Whether to probe now.
    pub(super) fn take_due(&mut self, now: Elapsed) -> bool {
        self.next.take_if(|at| *at <= now).is_some()
    }
}
