//! How often in a row things failed on a connection, and how long the next offer waits for that.

use std::{
    hash::{Hash, Hasher},
    time::Duration,
};

use crate::{limits, timing};

/// Failures in a row; a success ends both rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Failures {
    /// Offers in a row that failed.
    offers: u32,
    /// Operations of an exchange the library refused in a row.
    refusals: u32,
}

impl Failures {
    pub(super) fn offer_failed(&mut self) {
        self.offers = self.offers.saturating_add(1);
    }

    pub(super) fn operation_refused(&mut self) {
        self.refusals = self.refusals.saturating_add(1);
    }

    /// An exchange is complete, or the connection is back.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Whether the refusals are still so few that the same connection is worth another try.
    pub(super) fn few_refusals(&self) -> bool {
        self.refusals < limits::REFUSALS
    }

    /// The longest pause before the next offer. It grows with each failure, so that an offer that cannot succeed is not
    /// repeated without a pause. `None` when nothing failed.
    pub(super) fn longest_pause(&self) -> Option<Duration> {
        let doublings = self.offers.checked_sub(1)?;
        Some(timing::OFFER_RETRY.saturating_mul(1 << doublings.min(8)).min(timing::BACKOFF_MAX))
    }

    /// Puts in what the future depends on. The counts matter as far as they make a difference.
    pub(super) fn hash_future(&self, state: &mut impl Hasher) {
        let Self { offers, refusals } = self;
        (offers.min(&9), refusals.min(&limits::REFUSALS)).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_with_each_failure_up_to_its_bound_and_ends_with_a_success() {
        let mut failures = Failures::default();
        assert_eq!(failures.longest_pause(), None);
        let pauses: Vec<u64> = (0..7)
            .map(|_| {
                failures.offer_failed();
                failures.longest_pause().map_or(0, |pause| pause.as_secs())
            })
            .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
        failures.forget();
        assert_eq!(failures.longest_pause(), None);
    }

    #[test]
    fn three_refusals_in_a_row_are_not_few() {
        let mut failures = Failures::default();
        for few in [true, true, true, false] {
            assert_eq!(failures.few_refusals(), few);
            failures.operation_refused();
        }
    }
}
