//! How often the pictures on their way to the pages hit a bound.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use holdfast_meeting::BoundHit;

/// A bound that pictures may hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// Frames that were older than the backlog when their reader got to them.
    Lagged,
    /// Frames that were not sent to a page because it had not taken the earlier ones: it is slow, or out of sight.
    NotTaken,
    /// Frames that we could not decode for a page.
    Undecodable,
    /// Requests for a keyframe that found their queue full.
    KeyframeRequests,
    /// Feeds forgotten because there were too many.
    Feeds,
    /// Connections to the frame socket beyond those a page needs.
    Connections,
}

const ALL: [Bound; 6] = [
    Bound::Lagged,
    Bound::NotTaken,
    Bound::Undecodable,
    Bound::KeyframeRequests,
    Bound::Feeds,
    Bound::Connections,
];

impl Bound {
    fn name(self) -> &'static str {
        match self {
            Self::Lagged => "frames.lagged",
            Self::NotTaken => "frames.not_taken",
            Self::Undecodable => "frames.undecodable",
            Self::KeyframeRequests => "frames.keyframe_requests",
            Self::Feeds => "frames.feeds",
            Self::Connections => "frames.connections",
        }
    }
}

/// Counts of one hub. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts(Arc<[AtomicU64; ALL.len()]>);

impl Counts {
    pub(crate) fn add(&self, bound: Bound, count: u64) {
        self.0[bound as usize].fetch_add(count, Ordering::Relaxed);
    }

    /// Another meeting begins.
    pub(crate) fn reset(&self) {
        self.0.iter().for_each(|count| count.store(0, Ordering::Relaxed));
    }

    /// All counts, also those that are zero.
    pub(crate) fn all(&self) -> Vec<BoundHit> {
        let count = |bound: Bound| self.0[bound as usize].load(Ordering::Relaxed);
        ALL.map(|bound| BoundHit { name: bound.name().to_owned(), count: count(bound) }).into()
    }
}
