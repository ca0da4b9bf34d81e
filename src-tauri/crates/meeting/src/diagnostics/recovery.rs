//! How long people noticed a fault. Pure: it gets the visible state, and says when the badge came and when all was
//! well.

use std::time::Duration;

/// The visible state at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// Whether people see that something is wrong.
    pub(super) badge: bool,
    /// Whether nothing prevents recovery: the connection is up, the server answers.
    pub(super) whole: bool,
    /// Pieces of media that came so far; `None` while none are expected.
    pub(super) media: Option<u64>,
}

/// One fault that is being watched. Times are since it was injected.
#[derive(Debug)]
pub(super) struct Recovery {
    /// The fault itself ends here. Media before that says nothing.
    lasts: Duration,
    /// The count at the last look during the fault.
    media_then: Option<u64>,
    pub(super) badge: Option<Duration>,
    pub(super) recovered: Option<Duration>,
}

impl Recovery {
    pub(super) fn of(lasts: Duration) -> Self {
        Self { lasts, media_then: None, badge: None, recovered: None }
    }

    /// Takes a look. Returns whether there is nothing more to wait for.
    pub(super) fn look(&mut self, seen: Seen, at: Duration) -> bool {
        if seen.badge && self.badge.is_none() {
            self.badge = Some(at);
        }
        if at < self.lasts {
            self.media_then = seen.media;
            return false;
        }
        let flows = match (seen.media, self.media_then) {
            (Some(now), Some(then)) => now > then,
            (Some(_), None) => {
                // The first look comes after the fault, so media counts from here on.
                self.media_then = seen.media;
                false
            }
            (None, _) => true,
        };
        if seen.whole && flows {
            self.recovered = Some(at);
        }
        self.recovered.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn seen(badge: bool, media: u64) -> Seen {
        Seen { badge, whole: !badge, media: Some(media) }
    }

    #[test]
    fn a_cut_is_over_when_media_comes_again_after_it() {
        let mut recovery = Recovery::of(ms(5000));
        assert!(!recovery.look(seen(false, 10), ms(0)));
        assert!(!recovery.look(seen(false, 12), ms(20)), "on its way as the cut began");
        assert!(!recovery.look(seen(true, 12), ms(2100)));
        assert!(!recovery.look(seen(true, 12), ms(4990)));
        assert!(!recovery.look(seen(true, 13), ms(5020)), "still shown as wrong");
        assert!(recovery.look(seen(false, 20), ms(5040)));
        assert_eq!((recovery.badge, recovery.recovered), (Some(ms(2100)), Some(ms(5040))));
    }

    #[test]
    fn with_no_media_due_a_connection_is_enough() {
        let mut recovery = Recovery::of(ms(0));
        assert!(recovery.look(Seen { badge: false, whole: true, media: None }, ms(3)));
        assert_eq!(recovery.badge, None);
    }

    #[test]
    fn a_fault_that_does_not_last_still_wants_media_after_it() {
        let mut recovery = Recovery::of(ms(0));
        assert!(!recovery.look(seen(false, 10), ms(1)));
        assert!(!recovery.look(seen(false, 10), ms(20)));
        assert!(recovery.look(seen(false, 11), ms(40)));
    }
}
