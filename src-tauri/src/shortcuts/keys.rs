//! What global keys do to the microphone. Pure.

use std::time::Duration;

/// Longest time that a key held to talk keeps the microphone open. No system promises to report that a key went up
/// (another session, a lock screen, an unplugged keyboard). An open microphone that the person does not know of is
/// worse than one that closes: a person who really speaks for this long is told, and presses again.
pub(super) const LONGEST_HOLD: Duration = Duration::from_secs(120);

/// What happened to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// The mute key went down; systems repeat this while it is held.
    MuteDown,
    /// The mute key went up.
    MuteUp,
    /// The push-to-talk key went down; systems repeat this while it is held.
    TalkDown,
    /// The push-to-talk key went up.
    TalkUp,
    /// The keys are not ours any more, so we do not hear when one goes up.
    Lost,
    /// [`Keys::poll_timeout`] has come.
    HeldTooLong,
}

/// Which keys are held, and what we opened because of them.
#[derive(Debug, Default)]
pub(super) struct Keys {
    mute_held: bool,
    /// The microphone is open only because the key is held, and at most until this time.
    talking: Option<Duration>,
}

impl Keys {
    /// What to set the microphone to, if anything. `open`: whether it is open now; `None` without a meeting.
    ///
    /// A microphone that a held key opened closes again: on release, when the key is lost, and when we hear nothing of
    /// it for [`LONGEST_HOLD`].
    pub(super) fn on(&mut self, key: Key, open: Option<bool>, now: Duration) -> Option<bool> {
        match key {
            Key::MuteDown => {
                if std::mem::replace(&mut self.mute_held, true) {
                    return None;
                }
                self.talking = None;
                open.map(|open| !open)
            }
            Key::MuteUp => {
                self.mute_held = false;
                None
            }
            Key::TalkDown => {
                // If it is open already, talking needs no key, and the release must close nothing.
                if self.talking.is_some() || open != Some(false) {
                    return None;
                }
                self.talking = Some(now + LONGEST_HOLD);
                Some(true)
            }
            Key::TalkUp | Key::HeldTooLong => self.talking.take().map(|_| false),
            Key::Lost => {
                self.mute_held = false;
                self.talking.take().map(|_| false)
            }
        }
    }

    /// When to say [`Key::HeldTooLong`], if nothing else happens.
    pub(super) fn poll_timeout(&self) -> Option<Duration> {
        self.talking
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Duration = Duration::from_secs(7);

    #[test]
    fn the_mute_key_toggles_once_however_long_it_is_held() {
        let mut keys = Keys::default();
        assert_eq!(keys.on(Key::MuteDown, Some(true), NOW), Some(false));
        assert_eq!(keys.on(Key::MuteDown, Some(false), NOW), None);
        keys.on(Key::MuteUp, Some(false), NOW);
        assert_eq!(keys.on(Key::MuteDown, Some(false), NOW), Some(true));
        assert_eq!(Keys::default().on(Key::MuteDown, None, NOW), None);
    }

    #[test]
    fn talking_lasts_as_long_as_the_key_is_held() {
        let mut keys = Keys::default();
        assert_eq!(keys.on(Key::TalkDown, Some(false), NOW), Some(true));
        assert_eq!(keys.on(Key::TalkDown, Some(true), NOW), None);
        assert_eq!(keys.on(Key::TalkUp, Some(true), NOW), Some(false));
        assert_eq!(keys.on(Key::TalkUp, Some(false), NOW), None);
        assert_eq!(keys.on(Key::TalkDown, Some(true), NOW), None, "open already");
        assert_eq!(keys.on(Key::TalkUp, Some(true), NOW), None);
    }

    #[test]
    fn a_lost_key_leaves_nothing_open() {
        let mut keys = Keys::default();
        keys.on(Key::TalkDown, Some(false), NOW);
        assert_eq!(keys.on(Key::Lost, Some(true), NOW), Some(false));
        assert_eq!(keys.on(Key::Lost, Some(false), NOW), None);
    }

    #[test]
    fn a_key_that_never_goes_up_does_not_keep_it_open() {
        let mut keys = Keys::default();
        assert_eq!(keys.poll_timeout(), None);
        assert_eq!(keys.on(Key::TalkDown, Some(false), NOW), Some(true));
        assert_eq!(keys.on(Key::TalkDown, Some(true), NOW * 2), None, "repeated");
        assert_eq!(keys.poll_timeout(), Some(NOW + LONGEST_HOLD));
        assert_eq!(keys.on(Key::HeldTooLong, Some(true), NOW + LONGEST_HOLD), Some(false));
        assert_eq!(keys.poll_timeout(), None);
        assert_eq!(keys.on(Key::TalkUp, Some(false), NOW * 99), None, "it was closed already");
        assert_eq!(keys.on(Key::TalkDown, Some(false), NOW * 99), Some(true), "and can be pressed again");
    }

    #[test]
    fn a_person_who_mutes_while_talking_stays_muted() {
        let mut keys = Keys::default();
        keys.on(Key::TalkDown, Some(false), NOW);
        assert_eq!(keys.on(Key::MuteDown, Some(true), NOW), Some(false));
        assert_eq!(keys.on(Key::TalkUp, Some(false), NOW), None);
    }

    proptest! {
        /// Without the mute key, whenever the microphone is open there is a time at which it will close, whatever
        /// reports of keys come or do not come.
        #[test]
        fn push_to_talk_never_leaves_it_open(presses in prop::collection::vec((0..3_u8, 0..90_u64), 0..40)) {
            let (mut keys, mut open, mut now) = (Keys::default(), false, Duration::ZERO);
            for (press, seconds) in presses {
                let key = [Key::TalkDown, Key::TalkUp, Key::Lost][usize::from(press)];
                open = keys.on(key, Some(open), now).unwrap_or(open);
                prop_assert_eq!(open, keys.poll_timeout().is_some());
                now += Duration::from_secs(seconds);
                if keys.poll_timeout().is_some_and(|at| at <= now) {
                    open = keys.on(Key::HeldTooLong, Some(open), now).unwrap_or(open);
                }
            }
            if keys.poll_timeout().is_some() {
                open = keys.on(Key::HeldTooLong, Some(open), now + LONGEST_HOLD).unwrap_or(open);
            }
            prop_assert!(!open);
        }
    }
}
