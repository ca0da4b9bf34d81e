//! Whether a connection's relay is in use.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// A relay is not in use if nothing passed it for this long. On a path in use, the checks alone pass every 200 ms.
const UNUSED: Duration = Duration::from_secs(1);

/// The code that passes datagrams on notes the use here, and others read it.
#[derive(Debug)]
pub(crate) struct RelayUse {
    epoch: Instant,
    /// Milliseconds after the epoch until which the relay counts as used.
    until: AtomicU64,
    begins: Notify,
}

impl RelayUse {
    /// Not used yet.
    pub(crate) fn new(now: Instant) -> Self {
        Self { epoch: now, until: AtomicU64::new(0), begins: Notify::new() }
    }

    fn since_epoch(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.epoch).as_millis()).unwrap_or(u64::MAX)
    }

    /// Something passed the relay.
    pub(crate) fn note(&self, now: Instant) {
        let was_used = self.is_used(now);
        self.until.store(self.since_epoch(now + UNUSED), Ordering::Relaxed);
        if !was_used {
            self.begins.notify_one();
        }
    }

    /// Returns when an unused relay comes into use.
    pub(crate) async fn begins(&self) {
        self.begins.notified().await;
    }

    /// Whether something passed it recently.
    pub(crate) fn is_used(&self, now: Instant) -> bool {
        self.since_epoch(now) < self.until.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_is_used_while_something_passes() {
        let start = Instant::now();
        let usage = RelayUse::new(start);
        assert!(!usage.is_used(start));
        usage.note(start + UNUSED);
        assert!(usage.is_used(start + UNUSED + UNUSED / 2));
        assert!(!usage.is_used(start + UNUSED + UNUSED));
    }
}
