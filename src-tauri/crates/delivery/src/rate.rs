//! How many messages someone may still send.

use holdfast_terms::Elapsed;

/// A bound on how often something may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// On average, per second.
    pub per_second: u32,
    /// At once, before the average counts.
    pub burst: u32,
}

/// A token bucket: it holds the burst and fills at the average.
#[derive(Debug, Clone)]
pub struct RateLimit {
    rate: Rate,
    tokens: f64,
    filled_at: Elapsed,
}

impl RateLimit {
    /// A full bucket.
    #[must_use]
    pub fn new(rate: Rate, now: Elapsed) -> Self {
        Self { rate, tokens: f64::from(rate.burst), filled_at: now }
    }

    /// Takes one message from the bucket; `false` when it is empty. A clock that goes back gives nothing.
    pub fn allow(&mut self, now: Elapsed) -> bool {
        let ready = self.is_ready(now);
        if ready {
            self.tokens -= 1.0;
        }
        ready
    }

    /// Whether [`Self::allow`] would take one now.
    pub fn is_ready(&mut self, now: Elapsed) -> bool {
        let gained = now.saturating_sub(self.filled_at).as_secs_f64() * f64::from(self.rate.per_second);
        self.tokens = (self.tokens + gained).min(f64::from(self.rate.burst));
        self.filled_at = self.filled_at.max(now);
        self.tokens >= 1.0
    }

    /// How many messages the bucket lets through at once.
    #[must_use]
    pub fn allowance(&self, now: Elapsed) -> u32 {
        let mut later = self.clone();
        later.is_ready(now);
        // Between 0 and the burst, so the whole part fits.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let whole = later.tokens.max(0.0) as u32;
        whole
    }

    /// When the next message may pass, as of the last look into the bucket. Rounded up, so that a timer set to it does
    /// not come too early.
    #[must_use]
    pub fn next_at(&self) -> Elapsed {
        let missing = (1.0 - self.tokens).max(0.0) / f64::from(self.rate.per_second) + 0.001;
        self.filled_at + Elapsed::from_secs_f64(missing)
    }

    /// Fills the bucket, because the other side began to count anew.
    pub fn refill(&mut self) {
        self.tokens = f64::from(self.rate.burst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { per_second: 100, burst: 200 };

    fn allowed(limit: &mut RateLimit, now: Elapsed, attempts: usize) -> usize {
        (0..attempts).filter(|_| limit.allow(now)).count()
    }

    #[test]
    fn a_burst_then_the_average() {
        let mut limit = RateLimit::new(RATE, Elapsed::ZERO);
        assert_eq!(allowed(&mut limit, Elapsed::ZERO, 300), 200);
        assert_eq!(allowed(&mut limit, Elapsed::from_secs(1), 300), 100);
        assert_eq!(allowed(&mut limit, Elapsed::from_secs(3600), 300), 200);
    }

    #[test]
    fn a_timer_set_to_the_next_one_finds_it() {
        let mut limit = RateLimit::new(RATE, Elapsed::ZERO);
        assert_eq!(allowed(&mut limit, Elapsed::ZERO, 300), 200);
        let next = limit.next_at();
        assert!(next <= Elapsed::from_millis(11), "{next:?}");
        assert!(!limit.is_ready(Elapsed::ZERO) && limit.is_ready(next) && limit.allow(next));
        assert!(!limit.is_ready(next));
        limit.refill();
        assert_eq!(allowed(&mut limit, next, 300), 200);
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing() {
        let mut limit = RateLimit::new(RATE, Elapsed::from_secs(10));
        assert_eq!(allowed(&mut limit, Elapsed::from_secs(10), 300), 200);
        assert_eq!(allowed(&mut limit, Elapsed::from_secs(5), 1), 0);
        assert_eq!(allowed(&mut limit, Elapsed::from_secs(10), 1), 0);
    }
}
