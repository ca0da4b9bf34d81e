//! How many messages one connection may still send. Pure: the time is passed in.

use std::time::Duration;

use holdfast_protocol::limits::{RATE_BURST, RATE_PER_SECOND};

/// A token bucket of [`RATE_BURST`] messages that fills at [`RATE_PER_SECOND`].
#[derive(Debug)]
pub struct RateLimit {
    tokens: f64,
    filled_at: Duration,
}

impl RateLimit {
    /// A full bucket.
    pub fn new(now: Duration) -> Self {
        Self { tokens: f64::from(RATE_BURST), filled_at: now }
    }

    /// Takes one message from the bucket; `false` when it is empty.
    pub fn allow(&mut self, now: Duration) -> bool {
        let gained = now.saturating_sub(self.filled_at).as_secs_f64() * f64::from(RATE_PER_SECOND);
        self.tokens = (self.tokens + gained).min(f64::from(RATE_BURST));
        self.filled_at = self.filled_at.max(now);
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(limit: &mut RateLimit, now: Duration, attempts: u32) -> u32 {
        (0..attempts).filter(|_| limit.allow(now)).count() as u32
    }

    #[test]
    fn a_burst_then_the_average() {
        let mut limit = RateLimit::new(Duration::ZERO);
        assert_eq!(allowed(&mut limit, Duration::ZERO, 300), RATE_BURST);
        assert_eq!(allowed(&mut limit, Duration::from_secs(1), 300), RATE_PER_SECOND);
        assert_eq!(allowed(&mut limit, Duration::from_secs(3600), 300), RATE_BURST);
    }

    #[test]
    fn a_clock_that_goes_backwards_gives_nothing() {
        let mut limit = RateLimit::new(Duration::from_secs(10));
        assert_eq!(allowed(&mut limit, Duration::from_secs(10), 300), RATE_BURST);
        assert_eq!(allowed(&mut limit, Duration::from_secs(5), 1), 0);
        assert_eq!(allowed(&mut limit, Duration::from_secs(10), 1), 0);
    }
}
