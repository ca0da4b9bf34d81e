//! The ICE credentials of the connection (RFC 8445, section 9): which description restarts ICE, and how often that
//! happened.

use std::hash::{Hash, Hasher};

/// The ICE user name fragment (RFC 8839, section 5.4): a new one means an ICE restart.
pub(crate) fn ufrag(sdp: &str) -> Option<String> {
    sdp.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).map(|value| value.trim().to_owned())
}

/// What is known of the credentials in force.
#[derive(Debug, Clone, Default)]
pub(super) struct Credentials {
    /// User name fragment of the remote, by the latest exchange.
    remote: Option<String>,
    /// The library may hold credentials of a restart that was not completed; the next exchange puts them in force.
    staged: bool,
    /// Exchanges that renewed the credentials, by either side.
    restarts: u64,
}

impl Credentials {
    /// Whether an offer of the remote with this fragment renews the credentials of an exchange before it.
    pub(super) fn is_restart(&self, offered: Option<&String>) -> bool {
        self.remote.is_some() && offered.is_some() && self.remote.as_ref() != offered
    }

    /// Whether the answer to an offer with this fragment drops the path: the offer restarts ICE, or the answer puts the
    /// credentials of an own restart in force that was taken back.
    pub(super) fn answer_drops_path(&self, offered: Option<&String>) -> bool {
        self.is_restart(offered) || self.staged
    }

    /// Restarts completed so far.
    pub(super) fn restarts(&self) -> u64 {
        self.restarts
    }

    /// An own restart is being made.
    pub(super) fn stage(&mut self) {
        self.staged = true;
    }

    /// An exchange is complete, with this fragment of the remote.
    pub(super) fn exchanged(&mut self, remote: Option<String>, restart: bool) {
        self.remote = remote;
        self.staged = false;
        self.restarts += u64::from(restart);
    }

    /// The connection is gone, and its credentials with it.
    pub(super) fn forget(&mut self) {
        self.remote = None;
        self.staged = false;
    }

    /// Puts in what the future depends on: the count of restarts only tells tasks apart.
    pub(super) fn hash_future(&self, state: &mut impl Hasher) {
        let Self { remote, staged, restarts: _ } = self;
        (remote, staged).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_restarts_when_its_fragment_is_another_than_that_of_the_exchange_before() {
        let (old, new) = ("old".to_owned(), "new".to_owned());
        let mut credentials = Credentials::default();
        assert!(!credentials.is_restart(Some(&new)));
        credentials.exchanged(Some(old.clone()), false);
        assert!(credentials.is_restart(Some(&new)));
        assert!(!credentials.is_restart(Some(&old)) && !credentials.is_restart(None));
    }

    #[test]
    fn a_restart_that_was_taken_back_is_put_in_force_by_the_next_exchange() {
        let mut credentials = Credentials::default();
        credentials.stage();
        assert!(credentials.answer_drops_path(None));
        credentials.exchanged(None, true);
        assert!(!credentials.answer_drops_path(None));
        assert_eq!(credentials.restarts(), 1);
        credentials.forget();
        assert_eq!(credentials.restarts(), 1);
    }

    #[test]
    fn the_fragment_is_found_in_a_description() {
        assert_eq!(ufrag("v=0\r\na=ice-ufrag:abcd \r\n").as_deref(), Some("abcd"));
        assert_eq!(ufrag("v=0\r\n"), None);
    }
}
