//! An acknowledged register: a value with a revision that every holder must get.
//!
//! Level-triggered: the question is always which revision a holder has acknowledged, never which message was lost. The
//! value and its current revision stay with their owner, who keeps one [`Holder`] for each other side.

use holdfast_terms::{Elapsed, Revision};

/// Pauses before the value is sent again. The first is longer than any round trip with which a call is possible. After
/// the last, the present paths carry nothing, so only a new path or a new revision is worth another try.
const RESEND_AFTER: [Elapsed; 6] = [
    Elapsed::from_secs(1),
    Elapsed::from_secs(2),
    Elapsed::from_secs(4),
    Elapsed::from_secs(8),
    Elapsed::from_secs(16),
    Elapsed::from_secs(30),
];

/// What we know about one holder: what they have, and when to send them the value again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holder {
    acknowledged: Revision,
    /// They acknowledged it, but may have forgotten it meanwhile.
    doubted: bool,
    due: Option<Elapsed>,
    attempts: usize,
}

impl Holder {
    /// The revision they have, as far as they said.
    #[must_use]
    pub const fn acknowledged(&self) -> Revision {
        self.acknowledged
    }

    /// They say that they have `revision`. A revision later than `current` was never sent, and is ignored. Returns
    /// whether it is news.
    pub fn acknowledge(&mut self, revision: Revision, current: Revision) -> bool {
        let news = revision > self.acknowledged && revision <= current;
        if news {
            self.acknowledged = revision;
        }
        if revision == current {
            self.doubted = false;
        }
        if self.is_held(current) {
            self.due = None;
        }
        news
    }

    /// There is a new value, or a new path: send it at once.
    pub const fn start_over(&mut self, now: Elapsed) {
        self.due = Some(now);
        self.attempts = 0;
    }

    /// They may have forgotten what they had. Send it at once, even if they acknowledged it.
    pub const fn doubt(&mut self, now: Elapsed) {
        self.doubted = true;
        self.start_over(now);
    }

    /// Their side began anew and has nothing.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// When [`Self::take_due`] returns something.
    #[must_use]
    pub const fn poll_timeout(&self) -> Option<Elapsed> {
        self.due
    }

    /// Returns a number if a message is due and still needed: how many were sent since [`Self::start_over`]. If there
    /// are two paths, send even numbers on one and odd numbers on the other, because either path may lose messages.
    pub fn take_due(&mut self, current: Revision, now: Elapsed) -> Option<usize> {
        if self.due.is_none_or(|due| due > now) {
            return None;
        }
        if self.is_held(current) {
            self.due = None;
            return None;
        }
        let attempt = self.attempts;
        self.due = RESEND_AFTER.get(attempt).map(|&pause| now.saturating_add(pause));
        self.attempts += 1;
        Some(attempt)
    }

    /// There was no path. Call [`Self::start_over`] when there is one.
    pub const fn wait_for_a_path(&mut self) {
        self.due = None;
    }

    fn is_held(&self, current: Revision) -> bool {
        self.acknowledged == current && !self.doubted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Elapsed {
        Elapsed::from_secs(seconds)
    }

    #[test]
    fn an_unacknowledged_value_is_sent_seven_times_at_growing_pauses() {
        let mut holder = Holder::default();
        holder.start_over(s(0));
        let mut sent = Vec::new();
        while let Some(due) = holder.poll_timeout() {
            sent.extend(holder.take_due(Revision(1), due).map(|attempt| (due.as_secs(), attempt)));
        }
        assert_eq!(sent, [(0, 0), (1, 1), (3, 2), (7, 3), (15, 4), (31, 5), (61, 6)]);
    }

    #[test]
    fn an_acknowledgement_ends_it() {
        let mut holder = Holder::default();
        holder.start_over(s(0));
        assert!(holder.take_due(Revision(3), s(0)).is_some());
        assert!(holder.acknowledge(Revision(2), Revision(3)), "an older one is news but not the end");
        assert!(holder.poll_timeout().is_some());
        assert!(holder.acknowledge(Revision(3), Revision(3)));
        assert_eq!(holder.poll_timeout(), None);
    }

    #[test]
    fn what_may_be_forgotten_is_said_again_until_it_is_acknowledged_again() {
        let mut holder = Holder::default();
        holder.acknowledge(Revision(3), Revision(3));
        holder.doubt(s(10));
        assert!(holder.take_due(Revision(3), s(10)).is_some());
        assert_eq!(holder.acknowledged(), Revision(3), "until they say otherwise");
        assert!(holder.poll_timeout().is_some());
        assert!(!holder.acknowledge(Revision(3), Revision(3)), "no news");
        assert_eq!(holder.poll_timeout(), None);
    }

    #[test]
    fn an_acknowledgement_of_what_was_never_said_is_ignored() {
        let mut holder = Holder::default();
        holder.start_over(s(0));
        assert!(!holder.acknowledge(Revision(9), Revision(3)));
        assert!(!holder.acknowledge(Revision(u64::MAX), Revision(3)));
        assert_eq!(holder.acknowledged(), Revision::NONE);
        assert_eq!(holder.poll_timeout(), Some(s(0)));
    }

    #[test]
    fn a_new_holder_gets_everything_and_without_a_path_nothing_is_due() {
        let mut holder = Holder::default();
        holder.acknowledge(Revision(3), Revision(3));
        holder.forget();
        assert_eq!(holder.acknowledged(), Revision::NONE);
        holder.start_over(s(1));
        assert_eq!(holder.take_due(Revision(3), s(1)), Some(0));
        holder.wait_for_a_path();
        assert_eq!(holder.take_due(Revision(3), s(99)), None);
        holder.start_over(s(100));
        assert_eq!(holder.take_due(Revision(3), s(100)), Some(0));
    }
}
