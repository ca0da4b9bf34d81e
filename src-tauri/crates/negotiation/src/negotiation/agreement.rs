//! Which tracks are wanted and which were agreed on last. Knows whether the two differ; does not know how an agreement
//! is reached.

use std::hash::{Hash, Hasher};

use crate::Tracks;

/// The tracks of both sides.
#[derive(Debug, Clone)]
pub(super) struct TrackAgreement {
    wanted: Tracks,
    /// What this side sends by the latest exchange. `None` while it is uncertain what the remote knows.
    negotiated: Option<Tracks>,
    /// What the remote sends by the latest exchange.
    remote: Tracks,
}

impl TrackAgreement {
    /// Nothing is agreed on yet.
    pub(super) fn new(wanted: Tracks) -> Self {
        Self { wanted, negotiated: None, remote: Tracks::NONE }
    }

    /// What this side wants to send.
    pub(super) fn wanted(&self) -> Tracks {
        self.wanted
    }

    /// What this side sends by the latest exchange, while that is certain.
    pub(super) fn negotiated(&self) -> Option<Tracks> {
        self.negotiated
    }

    /// What the remote sends by the latest exchange.
    pub(super) fn remote(&self) -> Tracks {
        self.remote
    }

    /// Whether an offer would change something.
    pub(super) fn differs(&self) -> bool {
        self.negotiated != Some(self.wanted)
    }

    /// This side wants to send these tracks from now on.
    pub(super) fn want(&mut self, tracks: Tracks) {
        self.wanted = tracks;
    }

    /// An offer of ours is out: from here on the remote may or may not have seen it.
    pub(super) fn offered(&mut self) {
        self.negotiated = None;
    }

    /// An exchange is complete.
    pub(super) fn agreed(&mut self, own: Tracks, remote: Tracks) {
        self.negotiated = Some(own);
        self.remote = remote;
    }

    /// The connection is gone, and with it what was agreed on.
    pub(super) fn forget(&mut self) {
        self.negotiated = None;
        self.remote = Tracks::NONE;
    }

    /// Puts in what the future depends on.
    pub(super) fn hash_future(&self, state: &mut impl Hasher) {
        let Self { wanted, negotiated, remote } = self;
        (wanted, negotiated, remote).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TrackSource;

    #[test]
    fn an_offer_changes_something_unless_what_is_wanted_was_agreed_on_for_certain() {
        let mut tracks = TrackAgreement::new(Tracks::default());
        assert!(tracks.differs());
        tracks.agreed(Tracks::default(), Tracks::NONE);
        assert!(!tracks.differs());
        tracks.want(Tracks::default().with(TrackSource::Screen, true));
        assert!(tracks.differs());
        tracks.want(Tracks::default());
        tracks.offered();
        assert!(tracks.differs());
    }

    #[test]
    fn with_the_connection_goes_what_was_agreed_on_and_not_what_is_wanted() {
        let mut tracks = TrackAgreement::new(Tracks::default());
        tracks.agreed(Tracks::default(), Tracks::default());
        tracks.forget();
        assert_eq!(
            (tracks.wanted(), tracks.negotiated(), tracks.remote()),
            (Tracks::default(), None, Tracks::NONE)
        );
    }
}
