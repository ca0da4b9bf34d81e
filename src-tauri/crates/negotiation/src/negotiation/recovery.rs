//! What is known of an outage while it is repaired: how many attempts were made, which rung is next, what came back.

use std::hash::{Hash, Hasher};
use std::time::Duration;

use holdfast_terms::Elapsed;

use crate::{Cause, RecoverySnapshot, Rung, limits, timing};

/// Something is wrong, and this is what is done about it.
#[derive(Debug, Clone)]
pub(super) struct Recovery {
    cause: Cause,
    since: Elapsed,
    rung: Rung,
    /// Attempts begun, by either side.
    attempt: u32,
    /// Attempts of this ladder that failed.
    failed: u32,
    /// Background retries so far.
    backoffs: u32,
    attempt_at: Elapsed,
    /// An attempt was skipped because nothing would have reached the remote.
    skipped: bool,
    /// No rung is left.
    exhausted: bool,
    /// The transport has connected since the latest attempt began, or since recovery began when no attempt succeeded.
    reconnected: bool,
    /// The latest attempt's exchange is complete.
    exchanged: bool,
    /// Media came over the path that is back.
    media: bool,
    /// The library refused something of the latest attempt, so the attempt cannot succeed on any network.
    refused: bool,
}

/// What the next attempt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attempt {
    pub(super) rung: Rung,
    /// A connection that is made uses only relayed candidates.
    pub(super) relay_only: bool,
}

/// What an attempt can do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Means {
    /// An ICE restart of the current connection is possible.
    pub(super) restart: bool,
    /// There is a TURN server.
    pub(super) relay: bool,
    /// A message has a way to the remote.
    pub(super) reachable: bool,
}

impl Recovery {
    pub(super) fn new(cause: Cause, now: Elapsed) -> Self {
        Self {
            cause,
            since: now,
            rung: Rung::IceRestart,
            attempt: 0,
            failed: 0,
            backoffs: 0,
            attempt_at: now,
            skipped: false,
            exhausted: false,
            reconnected: false,
            exchanged: false,
            media: false,
            refused: false,
        }
    }

    /// A new ladder in the outage that `before` was about: people see one outage and count its attempts.
    pub(super) fn anew(before: Option<Self>, cause: Cause, now: Elapsed) -> Self {
        let new = Self::new(cause, now);
        match before {
            Some(before) => Self { since: before.since, attempt: before.attempt, ..new },
            None => new,
        }
    }

    /// The rung of the latest attempt.
    pub(super) fn rung(&self) -> Rung {
        self.rung
    }

    /// Attempts begun, by either side.
    pub(super) fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Whether no rung is left, so that it goes on in the background.
    pub(super) fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// Whether an attempt was skipped because nothing would have reached the remote.
    pub(super) fn was_skipped(&self) -> bool {
        self.skipped
    }

    /// Whether the transport has connected in the latest attempt.
    pub(super) fn has_reconnected(&self) -> bool {
        self.reconnected
    }

    /// Whether the latest attempt has had half of its time, so another one now does not belong to the same moment.
    pub(super) fn is_past_its_beginning(&self, now: Elapsed) -> bool {
        now.saturating_sub(self.attempt_at) > timing::ATTEMPT / 2
    }

    /// Begins the next attempt on the rung whose turn it is.
    pub(super) fn next_attempt(&mut self, means: Means, now: Elapsed) -> Attempt {
        self.rung = if self.exhausted || self.failed > limits::DIRECT_ATTEMPTS {
            Rung::Background
        } else if self.failed == limits::DIRECT_ATTEMPTS && means.relay {
            Rung::RelayOnly
        } else if self.failed < limits::RESTARTS && means.restart {
            Rung::IceRestart
        } else {
            Rung::Rebuild
        };
        self.begin_attempt(now);
        self.skipped |= !means.reachable;
        // In the background both ways take turns: the direct path may be back, the relay may be.
        let relay_only = match self.rung {
            Rung::RelayOnly => true,
            Rung::Background => means.relay && self.backoffs.is_multiple_of(2),
            Rung::IceRestart | Rung::Rebuild => false,
        };
        Attempt { rung: self.rung, relay_only }
    }

    /// The remote makes an attempt. `established` says whether a connection was established before.
    pub(super) fn remote_attempt(&mut self, established: bool, now: Elapsed) {
        // It follows from the previous one having failed, unless both acted at nearly the same moment.
        if self.attempt > 0 && self.is_past_its_beginning(now) {
            self.failed = self.failed.saturating_add(1);
        }
        if !established {
            self.rung = Rung::Rebuild;
        }
        self.begin_attempt(now);
    }

    fn begin_attempt(&mut self, now: Elapsed) {
        self.attempt = self.attempt.saturating_add(1);
        self.attempt_at = now;
        self.reconnected = false;
        self.exchanged = false;
        self.media = false;
    }

    /// The latest attempt failed. Returns whether the library had refused something of it.
    pub(super) fn fail(&mut self) -> bool {
        self.failed = self.failed.saturating_add(1);
        std::mem::take(&mut self.refused)
    }

    /// Whether no rung is left; it stays so until [`Self::start_over`].
    pub(super) fn exhaust(&mut self, relay: bool) -> bool {
        let rungs = limits::DIRECT_ATTEMPTS + u32::from(relay);
        self.exhausted |= self.failed >= rungs;
        self.exhausted
    }

    /// Goes on in the background. Returns the longest pause before the next attempt.
    pub(super) fn back_off(&mut self) -> Duration {
        self.rung = Rung::Background;
        let longest = timing::BACKOFF_MIN.saturating_mul(1 << self.backoffs.min(8)).min(timing::BACKOFF_MAX);
        self.backoffs = self.backoffs.saturating_add(1);
        longest
    }

    /// The ladder begins at its lowest rung again.
    pub(super) fn start_over(&mut self) {
        self.failed = 0;
        self.backoffs = 0;
        self.exhausted = false;
        self.skipped = false;
    }

    /// The library refused something of the latest attempt.
    pub(super) fn refuse(&mut self) {
        self.refused = true;
    }

    /// The exchange of the latest attempt is complete.
    pub(super) fn exchange_completed(&mut self) {
        self.exchanged = true;
    }

    /// The transport is connected, or is not any more.
    pub(super) fn transport_changed(&mut self, connected: bool) {
        self.reconnected = connected;
    }

    /// Media came over the current connection.
    pub(super) fn media_came(&mut self) {
        self.media = true;
    }

    /// Whether the connected path is one of the latest attempt.
    pub(super) fn has_new_path(&self) -> bool {
        self.reconnected || self.exchanged
    }

    /// Why the connection counts as back, if it does: its path answers and brings media if it has to.
    pub(super) fn back(&mut self, media_is_due: bool) -> Option<Cause> {
        let path = self.has_new_path() || (self.cause == Cause::Silence && self.media);
        if !path {
            // Media on the old path says nothing about the new one.
            self.media = false;
            return None;
        }
        match (self.media, media_is_due) {
            (true, _) => Some(Cause::MediaBack),
            (false, false) => Some(Cause::TransportConnected),
            (false, true) => None,
        }
    }

    /// What others may see of it. `since_ms_ago` and `next_attempt_in_ms` are for the clock of the snapshot.
    pub(super) fn snapshot(
        &self,
        ms_ago: impl Fn(Elapsed) -> u64,
        next_attempt_in_ms: Option<u64>,
    ) -> RecoverySnapshot {
        RecoverySnapshot {
            cause: self.cause,
            rung: self.rung,
            attempt: self.attempt,
            failed: self.failed,
            since_ms_ago: ms_ago(self.since),
            next_attempt_in_ms,
        }
    }

    /// Puts in what the future depends on. What only grows counts as far as it makes a difference.
    pub(super) fn hash_future(&self, now: Elapsed, state: &mut impl Hasher) {
        let Self {
            cause,
            since: _,
            rung,
            attempt,
            failed,
            backoffs,
            attempt_at,
            skipped,
            exhausted,
            reconnected,
            exchanged,
            media,
            refused,
        } = self;
        (cause, rung, attempt.min(&1), failed.min(&(limits::DIRECT_ATTEMPTS + 1))).hash(state);
        (backoffs.min(&8), backoffs % 2).hash(state);
        let recent = now.saturating_sub(*attempt_at) <= timing::ATTEMPT / 2;
        (recent, skipped, exhausted, reconnected, exchanged, media, refused).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Elapsed = Elapsed::ZERO;
    const ALL: Means = Means { restart: true, relay: true, reachable: true };

    /// The rungs of attempts that all fail, until none is left.
    fn climbed(means: Means) -> Vec<Rung> {
        let mut recovery = Recovery::new(Cause::TransportFailed, NOW);
        let mut rungs = Vec::new();
        while !recovery.exhaust(means.relay) {
            rungs.push(recovery.next_attempt(means, NOW).rung);
            recovery.fail();
        }
        rungs
    }

    #[test]
    fn rungs_follow_each_other_and_what_is_impossible_is_left_out() {
        use Rung::{IceRestart, Rebuild, RelayOnly};
        let restarts = limits::RESTARTS as usize;
        let direct = limits::DIRECT_ATTEMPTS as usize;
        let whole = climbed(ALL);
        assert_eq!(whole[..restarts], vec![IceRestart; restarts]);
        assert_eq!(whole[restarts..direct], vec![Rebuild; direct - restarts]);
        assert_eq!(whole[direct..], [RelayOnly]);
        assert_eq!(climbed(Means { relay: false, ..ALL }), whole[..direct]);
        assert_eq!(climbed(Means { restart: false, relay: false, ..ALL }), vec![Rebuild; direct]);
    }

    #[test]
    fn in_the_background_the_direct_path_and_the_relay_take_turns_after_growing_pauses() {
        let mut recovery = Recovery::new(Cause::TransportFailed, NOW);
        while !recovery.exhaust(true) {
            recovery.fail();
        }
        let (mut pauses, mut relayed) = (Vec::new(), Vec::new());
        for _ in 0..12 {
            pauses.push(recovery.back_off());
            relayed.push(recovery.next_attempt(ALL, NOW).relay_only);
        }
        assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!((pauses[0], pauses[11]), (timing::BACKOFF_MIN, timing::BACKOFF_MAX));
        assert!(relayed.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn what_came_over_the_old_path_does_not_count_for_the_new_one() {
        let mut recovery = Recovery::new(Cause::TransportFailed, NOW);
        recovery.next_attempt(ALL, NOW);
        recovery.media_came();
        assert_eq!(recovery.back(true), None, "the path is not new");
        recovery.exchange_completed();
        assert_eq!(recovery.back(true), None, "that media came before");
        assert_eq!(recovery.clone().back(false), Some(Cause::TransportConnected));
        recovery.media_came();
        assert_eq!(recovery.back(true), Some(Cause::MediaBack));
    }

    #[test]
    fn silence_ends_with_media_although_nothing_was_exchanged() {
        let mut recovery = Recovery::new(Cause::Silence, NOW);
        recovery.next_attempt(ALL, NOW);
        recovery.media_came();
        assert_eq!(recovery.back(true), Some(Cause::MediaBack));
    }

    #[test]
    fn an_attempt_of_the_remote_counts_as_a_failure_of_ours_only_some_time_after_it() {
        let at = |percent| timing::ATTEMPT * percent / 100;
        for (percent, failed) in [(10, 0), (50, 0), (51, 1)] {
            let mut recovery = Recovery::new(Cause::TransportFailed, NOW);
            recovery.next_attempt(ALL, NOW);
            recovery.remote_attempt(true, at(percent));
            let seen = recovery.snapshot(|_| 0, None);
            assert_eq!((seen.attempt, seen.failed), (2, failed), "after {percent} %");
        }
        let mut first = Recovery::new(Cause::NewerGeneration, NOW);
        first.remote_attempt(false, at(99));
        assert_eq!((first.snapshot(|_| 0, None).failed, first.rung()), (0, Rung::Rebuild));
    }

    #[test]
    fn a_new_ladder_in_the_same_outage_keeps_when_it_began_and_its_attempts() {
        let mut before = Recovery::new(Cause::Silence, NOW);
        before.next_attempt(Means { reachable: false, ..ALL }, NOW);
        before.fail();
        assert!(before.was_skipped());
        let new = Recovery::anew(Some(before), Cause::AddressChanged, timing::ATTEMPT);
        let seen = new.snapshot(|since| u64::from(since == NOW), None);
        assert_eq!(
            (seen.cause, seen.attempt, seen.failed, seen.since_ms_ago),
            (Cause::AddressChanged, 1, 0, 1)
        );
        assert!(!new.was_skipped());
    }
}
