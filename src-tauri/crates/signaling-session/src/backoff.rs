//! How long to wait before trying again. Pure: the randomness is seeded.

use std::time::Duration;

/// Shortest wait: a server needs about this long to restart.
const SHORTEST: Duration = Duration::from_secs(1);

/// Longest wait: once the network is back, a person should not see "Reconnecting…" for longer.
const LONGEST: Duration = Duration::from_secs(30);

/// Exponential backoff with full jitter between [`SHORTEST`] and a ceiling that doubles up to [`LONGEST`], so
/// that a room full of clients does not come back in one instant.
#[derive(Debug)]
pub(crate) struct Backoff {
    ceiling: Duration,
    random: SplitMix64,
}

impl Backoff {
    pub(crate) fn new(seed: u64) -> Self {
        Self { ceiling: SHORTEST, random: SplitMix64(seed) }
    }

    /// The next wait.
    pub(crate) fn next(&mut self) -> Duration {
        self.ceiling = (self.ceiling * 2).min(LONGEST);
        let span = u64::try_from((self.ceiling - SHORTEST).as_micros()).unwrap_or(u64::MAX - 1);
        SHORTEST + Duration::from_micros(self.random.next() % (span + 1))
    }

    /// After a success: the next wait is short again.
    pub(crate) fn reset(&mut self) {
        self.ceiling = SHORTEST;
    }
}

/// The only source of chance (SplitMix64; Steele, Lea, Flood 2014): for jitter, not for secrets.
#[derive(Debug)]
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_from_one_second_to_thirty_and_start_over_after_success() {
        let mut longest_first = Duration::ZERO;
        let mut longest = Duration::ZERO;
        for seed in 0..200 {
            let mut backoff = Backoff::new(seed);
            let first = backoff.next();
            longest_first = longest_first.max(first);
            for wait in std::iter::once(first).chain((0..8).map(|_| backoff.next())) {
                assert!((SHORTEST..=LONGEST).contains(&wait), "{wait:?}");
                longest = longest.max(wait);
            }
            backoff.reset();
            assert!(backoff.next() <= 2 * SHORTEST);
        }
        assert!(longest_first <= 2 * SHORTEST);
        assert!(longest > LONGEST * 9 / 10, "{longest:?} is the longest of 1800 waits");
    }

    #[test]
    fn two_clients_do_not_come_back_together() {
        assert_ne!(Backoff::new(1).next(), Backoff::new(2).next());
        assert_eq!(Backoff::new(1).next(), Backoff::new(1).next());
    }
}
