//! The only source of chance: SplitMix64 (Steele, Lea, Flood 2014), seeded by the caller. For jitter, not for
//! secrets.

use std::time::Duration;

#[derive(Debug, Clone, Hash)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in `[low, high)`, to the millisecond; `low` when the range is empty.
    pub(crate) fn between(&mut self, low: Duration, high: Duration) -> Duration {
        let span = u64::try_from(high.saturating_sub(low).as_millis()).unwrap_or(u64::MAX);
        if span == 0 {
            return low;
        }
        low + Duration::from_millis(self.next() % span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_numbers_within_the_range() {
        let (low, high) = (Duration::from_millis(10), Duration::from_millis(20));
        let draw = |seed| {
            let mut rng = Rng::new(seed);
            (0..200).map(|_| rng.between(low, high)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert!(draw(7).iter().all(|d| *d >= low && *d < high));
        assert!(draw(7).contains(&low));
    }
}
