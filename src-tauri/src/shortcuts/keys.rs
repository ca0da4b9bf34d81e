//! What global keys do to the microphone. Pure.

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
    /// The keys are not ours any more: nobody will tell that one went up.
    Lost,
}

/// Which keys are held, and what we opened because of one.
#[derive(Debug, Default)]
pub(super) struct Keys {
    mute_held: bool,
    /// The microphone is open only because the key is held.
    talking: bool,
}

impl Keys {
    /// What to set the microphone to, if anything. `open`: whether it is open now; nothing without a meeting.
    ///
    /// Whatever opened it by a key that is held is closed again: on release, and when the key is lost.
    pub(super) fn on(&mut self, key: Key, open: Option<bool>) -> Option<bool> {
        match key {
            Key::MuteDown => {
                if std::mem::replace(&mut self.mute_held, true) {
                    return None;
                }
                self.talking = false;
                open.map(|open| !open)
            }
            Key::MuteUp => {
                self.mute_held = false;
                None
            }
            Key::TalkDown => {
                // Where it is open already, talking needs no key, and the release is to close nothing.
                if self.talking || open != Some(false) {
                    return None;
                }
                self.talking = true;
                Some(true)
            }
            Key::TalkUp => std::mem::take(&mut self.talking).then_some(false),
            Key::Lost => {
                self.mute_held = false;
                std::mem::take(&mut self.talking).then_some(false)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_mute_key_toggles_once_however_long_it_is_held() {
        let mut keys = Keys::default();
        assert_eq!(keys.on(Key::MuteDown, Some(true)), Some(false));
        assert_eq!(keys.on(Key::MuteDown, Some(false)), None);
        keys.on(Key::MuteUp, Some(false));
        assert_eq!(keys.on(Key::MuteDown, Some(false)), Some(true));
        assert_eq!(Keys::default().on(Key::MuteDown, None), None);
    }

    #[test]
    fn talking_lasts_as_long_as_the_key_is_held() {
        let mut keys = Keys::default();
        assert_eq!(keys.on(Key::TalkDown, Some(false)), Some(true));
        assert_eq!(keys.on(Key::TalkDown, Some(true)), None);
        assert_eq!(keys.on(Key::TalkUp, Some(true)), Some(false));
        assert_eq!(keys.on(Key::TalkUp, Some(false)), None);
        assert_eq!(keys.on(Key::TalkDown, Some(true)), None, "open already");
        assert_eq!(keys.on(Key::TalkUp, Some(true)), None);
    }

    #[test]
    fn a_lost_key_leaves_nothing_open() {
        let mut keys = Keys::default();
        keys.on(Key::TalkDown, Some(false));
        assert_eq!(keys.on(Key::Lost, Some(true)), Some(false));
        assert_eq!(keys.on(Key::Lost, Some(false)), None);
    }

    #[test]
    fn whoever_mutes_while_talking_stays_muted() {
        let mut keys = Keys::default();
        keys.on(Key::TalkDown, Some(false));
        assert_eq!(keys.on(Key::MuteDown, Some(true)), Some(false));
        assert_eq!(keys.on(Key::TalkUp, Some(false)), None);
    }

    proptest! {
        /// Without the mute key, an end of all keys finds the microphone as it was before the first.
        #[test]
        fn push_to_talk_never_leaves_it_open(presses in prop::collection::vec(0..3_u8, 0..40)) {
            let (mut keys, mut open) = (Keys::default(), false);
            let presses = presses.into_iter().map(|press| [Key::TalkDown, Key::TalkUp, Key::Lost][usize::from(press)]);
            for key in presses.chain([Key::Lost]) {
                if let Some(now) = keys.on(key, Some(open)) {
                    open = now;
                }
            }
            prop_assert!(!open);
        }
    }
}
