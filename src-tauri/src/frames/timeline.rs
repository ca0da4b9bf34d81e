//! Makes RTP time monotonic: the page's decoder needs timestamps that grow, and RTP's 32 bits wrap every 13 hours.

/// Ticks of RTP video time per second (RFC 7741 section 4.1).
const CLOCK_HZ: u64 = 90_000;

/// Follows the timestamps of one feed. The first counts as one wrap after zero, so that a frame from slightly before it
/// does not underflow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timeline {
    last: Option<(u32, u64)>,
}

impl Timeline {
    /// The timestamp in microseconds.
    pub(crate) fn microseconds(&mut self, timestamp: u32) -> u64 {
        let ticks = match self.last {
            None => (1 << 32) + u64::from(timestamp),
            Some((last, ticks)) => {
                // The nearer of the two directions: a step of less than half the range, forward or back.
                let step = timestamp.wrapping_sub(last).cast_signed();
                ticks.saturating_add_signed(i64::from(step))
            }
        };
        self.last = Some((timestamp, ticks));
        // u64 ticks of 90 kHz last for millions of years, even after the multiplication.
        ticks.saturating_mul(1_000_000) / CLOCK_HZ
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_across_the_wrap() {
        let mut timeline = Timeline::default();
        let before = timeline.microseconds(u32::MAX - 1499);
        let after = timeline.microseconds(1500);
        assert_eq!(after - before, 33_333);
        assert_eq!(after - timeline.microseconds(0), 16_666 + 1);
    }
}
