//! Whether media is due from the remote. Knows what the remote says it sends, and when that is believed no more.

use std::hash::{Hash, Hasher};

use crate::limits;

/// What is expected of the remote.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ExpectedMedia {
    /// By its own media state the remote sends something.
    expected: bool,
    /// Attempts in a row after which only media was missing.
    silent_attempts: u32,
}

impl ExpectedMedia {
    /// Whether the remote says that it sends something.
    pub(super) fn is_expected(&self) -> bool {
        self.expected
    }

    /// Whether media is due: the remote says that it sends, and is believed.
    pub(super) fn is_due(&self) -> bool {
        self.expected && self.silent_attempts < limits::SILENCE_ATTEMPTS
    }

    pub(super) fn expect(&mut self, expected: bool) {
        self.expected = expected;
    }

    /// Media came, so the remote is believed again.
    pub(super) fn came(&mut self) {
        self.silent_attempts = 0;
    }

    /// An attempt brought everything back but the media. Says whether that was so often that the remote is believed to
    /// send nothing.
    pub(super) fn attempt_was_silent(&mut self) -> bool {
        self.silent_attempts = self.silent_attempts.saturating_add(1);
        self.silent_attempts >= limits::SILENCE_ATTEMPTS
    }

    /// Puts in what the future depends on.
    pub(super) fn hash_future(&self, state: &mut impl Hasher) {
        let Self { expected, silent_attempts } = self;
        (expected, silent_attempts).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_that_stays_silent_through_three_attempts_is_believed_again_when_media_comes() {
        let mut media = ExpectedMedia::default();
        assert!(!media.is_due());
        media.expect(true);
        assert_eq!([media.attempt_was_silent(), media.attempt_was_silent()], [false, false]);
        assert!(media.is_due());
        assert!(media.attempt_was_silent());
        assert!(!media.is_due() && media.is_expected());
        media.came();
        assert!(media.is_due());
    }
}
