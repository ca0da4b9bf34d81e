//! A bad path on purpose: loses traffic to and from one remote, for a while. For the debug panel.
//!
//! Knows how much is lost and until when. The sockets ask it for every datagram. Without an impairment, that is one
//! load of an atomic.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

/// Everything is lost.
pub(crate) const CUT: u8 = 100;

/// The impairment of one remote's path.
#[derive(Debug, Default)]
pub(crate) struct Impairment {
    /// Percent of datagrams lost in each direction; 0 for an unimpaired path.
    loss: AtomicU8,
    /// When it ends, in milliseconds on the clock of the peer.
    until_ms: AtomicU64,
}

impl Impairment {
    /// Loses `percent` of everything until `until`; 0 ends it now.
    pub(crate) fn set(&self, percent: u8, until: Duration) {
        self.until_ms.store(u64::try_from(until.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.loss.store(percent.min(CUT), Ordering::Release);
    }

    /// Whether anything may be lost. Asked before reading the clock and drawing a random number.
    pub(crate) fn is_on(&self) -> bool {
        self.loss.load(Ordering::Relaxed) != 0
    }

    /// How many percent are lost at `now`.
    pub(crate) fn percent(&self, now: Duration) -> u8 {
        let over = now.as_millis() >= u128::from(self.until_ms.load(Ordering::Relaxed));
        if over { 0 } else { self.loss.load(Ordering::Relaxed) }
    }

    /// Whether a datagram is lost at `now`. `chance` is uniform below [`CUT`].
    pub(crate) fn loses(&self, now: Duration, chance: u8) -> bool {
        let loss = self.loss.load(Ordering::Acquire);
        if loss == 0 {
            return false;
        }
        if now.as_millis() >= u128::from(self.until_ms.load(Ordering::Relaxed)) {
            self.loss.store(0, Ordering::Relaxed);
            return false;
        }
        chance < loss
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_cut_loses_everything_until_it_ends_and_nothing_after() {
        let path = Impairment::default();
        assert!(!path.is_on());
        path.set(CUT, 3 * SECOND);
        assert!((0..CUT).all(|chance| path.loses(2 * SECOND, chance)));
        assert!(!path.loses(3 * SECOND, 0));
        assert!(!path.is_on(), "it has no cost any more");
    }

    #[test]
    fn loss_takes_its_share() {
        let path = Impairment::default();
        path.set(20, SECOND);
        let lost = (0..CUT).filter(|chance| path.loses(Duration::ZERO, *chance)).count();
        assert_eq!(lost, 20);
    }
}
