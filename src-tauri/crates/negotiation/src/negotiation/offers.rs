//! Offers of the remote that are not being answered yet: one that waits for its turn, one that collided with ours, one
//! that the library refused. Knows what becomes of each when something newer comes.

use std::hash::{Hash, Hasher};

use holdfast_terms::DescriptionNumber;

use super::numbering::{is_same_life, since};
use crate::Description;

/// What the remote offered, as far as it is not being answered.
#[derive(Debug, Clone, Default)]
pub(super) struct RemoteOffers {
    /// The offer that the waiting answer task is for.
    waiting: Option<Description>,
    /// The offer that the library refused and that is applied again.
    refused: Option<Description>,
    /// The latest offer was ignored, so its candidates are too.
    ignoring: bool,
    /// That offer, until it is known whether it collided or only overtook the answer to ours.
    ignored: Option<Description>,
}

impl RemoteOffers {
    /// Whether an offer waits for its turn.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// Whether the candidates that come now belong to an offer that was ignored.
    pub(super) fn is_ignoring(&self) -> bool {
        self.ignoring
    }

    /// The offer waits for its turn to be answered, in place of one that waited and of one that was refused.
    pub(super) fn take_up(&mut self, offer: Description) {
        self.ignoring = false;
        self.refused = None;
        self.waiting = Some(offer);
    }

    /// The offer collided with ours, and the remote yields.
    pub(super) fn ignore(&mut self, offer: Description) {
        self.ignoring = true;
        self.ignored = Some(offer);
    }

    /// The answer of that number came. Gives back an ignored offer that was made after it: that one did not collide, it
    /// only overtook the answer.
    pub(super) fn answer_came(&mut self, number: Option<DescriptionNumber>) -> Option<Description> {
        self.ignoring = false;
        self.ignored
            .take()
            .filter(|offer| number.zip(offer.number).is_some_and(|(n, of)| of > n && is_same_life(of, n)))
    }

    /// Our offer is taken back, so no answer to it will show what an ignored offer was.
    pub(super) fn forget_ignored(&mut self) {
        self.ignored = None;
    }

    /// The offer is answered now, or never.
    pub(super) fn take_waiting(&mut self) -> Option<Description> {
        self.waiting.take()
    }

    /// The library refused the offer; it has another chance later.
    pub(super) fn refuse(&mut self, offer: Description) {
        self.refused = Some(offer);
    }

    /// The refused offer waits for its turn again, unless `is_latest` says otherwise or a newer one waits. Says whether
    /// it does.
    pub(super) fn take_up_refused(&mut self, is_latest: impl Fn(&Description) -> bool) -> bool {
        let Some(offer) = self.refused.take() else { return false };
        let again = self.waiting.is_none() && is_latest(&offer);
        if again {
            self.waiting = Some(offer);
        }
        again
    }

    /// The refused offer has no other chance.
    pub(super) fn forget_refused(&mut self) {
        self.refused = None;
    }

    /// Forgets all of them, since their generation is over.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Puts in what the future depends on: numbers relative to `remote_sent`, the latest the remote sent.
    pub(super) fn hash_future(&self, remote_sent: DescriptionNumber, state: &mut impl Hasher) {
        let Self { waiting, refused, ignoring, ignored } = self;
        for offer in [waiting, ignored, refused] {
            let theirs = |number: DescriptionNumber| since(remote_sent, number);
            offer.as_ref().map(|offer| (offer.number.map(theirs), &offer.sdp, &offer.tracks)).hash(state);
        }
        ignoring.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DescriptionKind, TrackMap};

    fn offer(number: u32) -> Description {
        Description {
            kind: DescriptionKind::Offer,
            number: Some(DescriptionNumber(number)),
            answers: None,
            sdp: "v=0".to_owned(),
            tracks: TrackMap::new(),
        }
    }

    #[test]
    fn an_ignored_offer_made_after_the_answer_is_given_back_and_no_other() {
        for (made, expected) in [(8, Some(8)), (6, None), (1_000_000, None)] {
            let mut offers = RemoteOffers::default();
            offers.ignore(offer(made));
            assert!(offers.is_ignoring());
            assert_eq!(
                offers
                    .answer_came(Some(DescriptionNumber(7)))
                    .and_then(|offer| offer.number)
                    .map(DescriptionNumber::get),
                expected
            );
            assert!(!offers.is_ignoring());
        }
    }

    #[test]
    fn after_a_rollback_an_ignored_offer_stays_ignored() {
        let mut offers = RemoteOffers::default();
        offers.ignore(offer(8));
        offers.forget_ignored();
        assert!(offers.is_ignoring());
        assert_eq!(offers.answer_came(Some(DescriptionNumber(7))), None);
    }

    #[test]
    fn a_refused_offer_has_another_chance_unless_something_newer_came() {
        let refused = || {
            let mut offers = RemoteOffers::default();
            offers.refuse(offer(7));
            offers
        };
        let mut offers = refused();
        assert!(offers.take_up_refused(|_| true));
        assert_eq!(offers.take_waiting(), Some(offer(7)));
        assert!(!refused().take_up_refused(|_| false));
        let mut offers = refused();
        offers.take_up(offer(9));
        assert!(!offers.take_up_refused(|_| true));
        assert_eq!(offers.take_waiting(), Some(offer(9)));
    }
}
