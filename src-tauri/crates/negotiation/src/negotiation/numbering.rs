//! The numbers on descriptions, of both sides. Knows which descriptions are old, and which come from an earlier life of
//! the remote; does not know what a description is for.

use std::{
    hash::{Hash, Hasher},
    time::Duration,
};

use holdfast_terms::{DescriptionNumber, Elapsed};

use crate::{limits, timing};

/// Whether two descriptions are numbered by the same life of their maker. A life begins anywhere and goes on by ones.
pub(super) fn is_same_life(a: DescriptionNumber, b: DescriptionNumber) -> bool {
    a.distance(b) <= limits::NUMBER_STEP
}

/// How many descriptions the same side sent after the earlier one. A number from another life may be greater: what comes
/// out then still tells two numbers apart.
pub(super) fn since(latest: DescriptionNumber, earlier: DescriptionNumber) -> u32 {
    latest.get().wrapping_sub(earlier.get())
}

/// What was numbered, by this side and by the remote.
#[derive(Debug, Clone)]
pub(super) struct Numbering {
    /// Number of the latest description sent; starts anywhere.
    sent: DescriptionNumber,
    /// Highest number seen from the remote in this generation.
    seen: Option<DescriptionNumber>,
    /// The remote has answered an offer of this generation, so `seen` is of its present life.
    proven: bool,
    /// Number of the latest description from the remote in any generation.
    latest: Option<DescriptionNumber>,
    /// When a remote that began anew was met by its own offer.
    met_anew: Option<Duration>,
}

impl Numbering {
    /// The first description sent has the number after `sent`.
    pub(super) fn new(sent: DescriptionNumber) -> Self {
        Self { sent, seen: None, proven: false, latest: None, met_anew: None }
    }

    /// The number of the description that is sent now.
    pub(super) fn number_next(&mut self) -> DescriptionNumber {
        self.sent = self.sent.next();
        self.sent
    }

    /// Whether this side may have sent a description of that number.
    pub(super) fn may_have_sent(&self, number: DescriptionNumber) -> bool {
        number <= self.sent
    }

    /// Whether a description of the remote came before, or was overtaken. Once the remote has answered, what comes from
    /// an earlier life of either side is old however high its number is.
    pub(super) fn is_old(&self, number: DescriptionNumber) -> bool {
        self.seen.is_some_and(|seen| number <= seen || self.proven && !is_same_life(number, seen))
    }

    /// Whether the remote said nothing newer than an offer of that number.
    pub(super) fn is_latest(&self, number: Option<DescriptionNumber>) -> bool {
        self.seen <= number
    }

    /// An offer of the remote came. `may_open`: it can be the one that opens this generation, as this side does not. A
    /// client that began anew numbers its descriptions from anywhere. When it opens the generation, it has met us
    /// before the server told us of it.
    pub(super) fn offer_came(&mut self, number: Option<DescriptionNumber>, may_open: bool, now: Elapsed) {
        let Some(number) = number else { return };
        let opens = may_open && self.seen.is_none();
        let before = self.latest.replace(number);
        if opens && before.is_some_and(|before| !is_same_life(before, number)) {
            self.met_anew = Some(now);
        }
        self.seen = self.seen.max(Some(number));
    }

    /// The answer to our offer came; `names_offer`: it says which offer it answers. The remote that answers is the
    /// present one: a number seen before that is far from its own was of an earlier life.
    pub(super) fn answer_came(&mut self, number: Option<DescriptionNumber>, names_offer: bool) {
        let seen = self.seen.filter(|seen| number.is_none_or(|n| is_same_life(n, *seen)));
        self.seen = seen.max(number);
        self.proven |= number.is_some() && names_offer;
        self.latest = number.or(self.latest);
    }

    /// Another generation begins: what was seen in this one counts no more.
    pub(super) fn forget_generation(&mut self) {
        self.seen = None;
        self.proven = false;
    }

    /// Whether a remote that began anew was met a moment ago, by its own offer. Said once.
    pub(super) fn take_met_anew(&mut self, now: Elapsed) -> bool {
        self.met_anew.take().is_some_and(|at| now.saturating_sub(at) <= timing::TOLD_WITHIN)
    }

    /// How long ago, in numbers, this side sent the description of that number.
    pub(super) fn sent_ago(&self, number: DescriptionNumber) -> u32 {
        since(self.sent, number)
    }

    /// Puts in what the future depends on: the remote's numbers relative to `remote_sent`, the latest it sent.
    pub(super) fn hash_future(&self, now: Elapsed, remote_sent: DescriptionNumber, state: &mut impl Hasher) {
        let Self { sent: _, seen, proven, latest, met_anew } = self;
        let theirs = |number: DescriptionNumber| since(remote_sent, number);
        (seen.map(theirs), proven, latest.map(theirs)).hash(state);
        met_anew.map(|at| now.saturating_sub(at) <= timing::TOLD_WITHIN).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);
    const FAR: DescriptionNumber = DescriptionNumber(1_000_000);

    #[test]
    fn own_descriptions_are_numbered_by_ones() {
        let mut numbering = Numbering::new(DescriptionNumber(41));
        assert_eq!(
            (numbering.number_next(), numbering.number_next()),
            (DescriptionNumber(42), DescriptionNumber(43))
        );
        assert!(
            numbering.may_have_sent(DescriptionNumber(43)) && !numbering.may_have_sent(DescriptionNumber(44))
        );
        assert_eq!(numbering.sent_ago(DescriptionNumber(42)), 1);
    }

    #[test]
    fn what_came_before_or_was_overtaken_is_old() {
        let mut numbering = Numbering::new(DescriptionNumber(0));
        assert!(!numbering.is_old(DescriptionNumber(7)));
        numbering.offer_came(Some(DescriptionNumber(7)), true, NOW);
        assert!(
            numbering.is_old(DescriptionNumber(6))
                && numbering.is_old(DescriptionNumber(7))
                && !numbering.is_old(DescriptionNumber(8))
        );
        assert!(
            numbering.is_latest(Some(DescriptionNumber(7)))
                && !numbering.is_latest(Some(DescriptionNumber(6)))
                && !numbering.is_latest(None)
        );
        numbering.forget_generation();
        assert!(!numbering.is_old(DescriptionNumber(7)));
    }

    #[test]
    fn another_life_is_old_only_once_the_remote_has_answered() {
        let mut numbering = Numbering::new(DescriptionNumber(0));
        numbering.offer_came(Some(DescriptionNumber(7)), true, NOW);
        assert!(!numbering.is_old(FAR));
        numbering.answer_came(Some(DescriptionNumber(8)), false);
        assert!(!numbering.is_old(FAR));
        numbering.answer_came(Some(DescriptionNumber(9)), true);
        assert!(numbering.is_old(FAR) && !numbering.is_old(DescriptionNumber(10)));
    }

    #[test]
    fn a_remote_that_answers_is_the_present_one_also_where_a_higher_number_was_seen() {
        let mut numbering = Numbering::new(DescriptionNumber(0));
        numbering.offer_came(Some(FAR), true, NOW);
        numbering.answer_came(Some(DescriptionNumber(8)), true);
        assert!(!numbering.is_old(DescriptionNumber(9)));
    }

    #[test]
    fn a_remote_that_opens_with_numbers_of_another_life_was_met_anew_for_a_while_and_once() {
        let met = |may_open, second| {
            let mut numbering = Numbering::new(DescriptionNumber(0));
            numbering.offer_came(Some(DescriptionNumber(7)), true, NOW);
            numbering.forget_generation();
            numbering.offer_came(Some(second), may_open, NOW);
            numbering
        };
        let mut numbering = met(true, FAR);
        assert!(numbering.take_met_anew(NOW + timing::TOLD_WITHIN));
        assert!(!numbering.take_met_anew(NOW));
        assert!(!met(true, FAR).take_met_anew(NOW + timing::TOLD_WITHIN + Duration::from_millis(1)));
        assert!(!met(false, FAR).take_met_anew(NOW));
        assert!(!met(true, DescriptionNumber(8)).take_met_anew(NOW));
    }
}
