//! Sound or pictures of one source of one participant.

use holdfast_terms::{SourceTable, TrackSource};
use serde::{Deserialize, Serialize};

/// The number of a feed for the page: short, so that it fits into the header of each picture, and never given to
/// another feed within a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "number"))]
pub struct FeedNumber(pub u32);

/// One feed: the sound or the pictures of one source of one participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feed {
    /// What it shows or sounds.
    pub source: TrackSource,
    /// Its number for the page.
    pub number: FeedNumber,
    /// Whether a picture of it has arrived; for our own feed, whether there is one.
    pub has_picture: bool,
}

/// The feeds of one participant, by source. Every source has its feed from the start, whether or not it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feeds {
    by_source: SourceTable<Feed>,
}

impl Feeds {
    /// The feed of a source.
    #[must_use]
    pub fn get(&self, source: TrackSource) -> &Feed {
        &self.by_source[source]
    }

    /// The number of a source's feed.
    #[must_use]
    pub fn number(&self, source: TrackSource) -> FeedNumber {
        self.get(source).number
    }

    /// The feed with this number.
    #[must_use]
    pub fn numbered(&self, number: FeedNumber) -> Option<&Feed> {
        self.iter().find(|feed| feed.number == number)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Feed> {
        self.by_source.values()
    }

    /// Notes that there is a picture of it. Returns true the first time.
    pub(crate) fn note_picture(&mut self, source: TrackSource) -> bool {
        !std::mem::replace(&mut self.by_source[source].has_picture, true)
    }
}

/// Gives out the numbers of one meeting.
#[derive(Debug, Default)]
pub(crate) struct FeedNumbers {
    next: u32,
}

impl FeedNumbers {
    /// The feeds of a new participant. No other feed of this meeting has had their numbers.
    pub(crate) fn allot(&mut self) -> Feeds {
        let by_source = SourceTable::from_fn(|source| {
            let number = FeedNumber(self.next);
            self.next += 1;
            Feed { source, number, has_picture: false }
        });
        Feeds { by_source }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_feed_of_every_participant_has_a_number_of_its_own() {
        let mut numbers = FeedNumbers::default();
        let given: Vec<_> =
            (0..9).flat_map(|_| numbers.allot().iter().map(|feed| feed.number).collect::<Vec<_>>()).collect();
        assert_eq!(given.iter().collect::<BTreeSet<_>>().len(), given.len());
        assert_eq!(given.len(), 9 * TrackSource::ALL.len());
    }

    #[test]
    fn a_first_picture_is_noted_for_its_own_source_alone() {
        let mut feeds = FeedNumbers::default().allot();
        assert!(feeds.note_picture(TrackSource::Screen));
        assert!(!feeds.note_picture(TrackSource::Screen), "only the first is news");
        assert!(feeds.get(TrackSource::Screen).has_picture);
        assert!(!feeds.get(TrackSource::Camera).has_picture);
    }
}
