//! Whether someone else's copy of our media state is the current one, and when it is sent again if not.
//!
//! Level-triggered: the question is always which revision they have acknowledged, never which message was lost.

use std::time::Duration;

/// Pauses before the state is sent once more. The first is longer than any round trip a call can be held over; after
/// the last, nobody is listening on the paths there are, and only a new path or a new revision is worth a try.
const RESEND_AFTER: [Duration; 6] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
    Duration::from_secs(30),
];

/// What one other participant is known to hold of our media state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sync {
    acknowledged: u64,
    /// They acknowledged it, but may have forgotten it since.
    doubted: bool,
    due: Option<Duration>,
    sent: usize,
}

/// Which path to prefer for the next message: they take turns, since either may be the one that loses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Control,
    Signaling,
}

impl Sync {
    /// The revision of ours they hold, 0 for none.
    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// They say they hold `revision`. One that was never `current` is a lie and ignored. Returns whether it is news.
    pub(super) fn acknowledge(&mut self, revision: u64, current: u64) -> bool {
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

    /// There is something new to say, or a path that was not there: say it at once.
    pub(super) fn start_over(&mut self, now: Duration) {
        self.due = Some(now);
        self.sent = 0;
    }

    /// They may have forgotten what they held: say it at once, whatever they acknowledged.
    pub(super) fn doubt(&mut self, now: Duration) {
        self.doubted = true;
        self.start_over(now);
    }

    /// Their client began anew and holds nothing.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// When [`Self::take_due`] has something.
    pub(super) fn due(&self) -> Option<Duration> {
        self.due
    }

    /// Whose turn it is, when a message is due and still needed.
    pub(super) fn take_due(&mut self, current: u64, now: Duration) -> Option<Turn> {
        if self.due.is_none_or(|due| due > now) {
            return None;
        }
        if self.is_held(current) {
            self.due = None;
            return None;
        }
        let turn = if self.sent.is_multiple_of(2) { Turn::Control } else { Turn::Signaling };
        self.due = RESEND_AFTER.get(self.sent).map(|&pause| now + pause);
        self.sent += 1;
        Some(turn)
    }

    fn is_held(&self, current: u64) -> bool {
        self.acknowledged == current && !self.doubted
    }

    /// There was no path to send on: [`Self::start_over`] when there is one.
    pub(super) fn wait_for_a_path(&mut self) {
        self.due = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn an_unacknowledged_state_is_sent_seven_times_on_both_paths_in_turn() {
        let mut sync = Sync::default();
        sync.start_over(s(0));
        let mut sent = Vec::new();
        while let Some(due) = sync.due() {
            sent.extend(sync.take_due(1, due).map(|turn| (due.as_secs(), turn)));
        }
        let (control, signaling) = (Turn::Control, Turn::Signaling);
        assert_eq!(
            sent,
            [
                (0, control),
                (1, signaling),
                (3, control),
                (7, signaling),
                (15, control),
                (31, signaling),
                (61, control)
            ]
        );
    }

    #[test]
    fn an_acknowledgement_ends_it() {
        let mut sync = Sync::default();
        sync.start_over(s(0));
        assert!(sync.take_due(3, s(0)).is_some());
        assert!(sync.acknowledge(2, 3), "an older one is news but not the end");
        assert!(sync.due().is_some());
        assert!(sync.acknowledge(3, 3));
        assert_eq!(sync.due(), None);
    }

    #[test]
    fn what_may_be_forgotten_is_said_again_until_it_is_acknowledged_again() {
        let mut sync = Sync::default();
        sync.acknowledge(3, 3);
        sync.doubt(s(10));
        assert!(sync.take_due(3, s(10)).is_some());
        assert_eq!(sync.acknowledged(), 3, "until they say otherwise");
        assert!(sync.due().is_some());
        assert!(!sync.acknowledge(3, 3), "no news");
        assert_eq!(sync.due(), None);
    }

    #[test]
    fn nobody_can_acknowledge_what_was_never_said() {
        let mut sync = Sync::default();
        assert!(!sync.acknowledge(9, 3));
        assert_eq!(sync.acknowledged(), 0);
    }
}
