//! One thing somebody sends.

use serde::{Deserialize, Serialize};

use crate::{ParticipantId, TrackSource};

/// One thing that one participant sends: their microphone, their camera, their screen or its sound. This says who sends
/// it, not which connection carries it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FeedId {
    /// Who sends it.
    pub participant: ParticipantId,
    /// What it shows or plays.
    pub source: TrackSource,
}

impl FeedId {
    /// The feed of `source` from `participant`.
    #[must_use]
    pub const fn new(participant: ParticipantId, source: TrackSource) -> Self {
        Self { participant, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_says_who_sends_and_what() {
        let feed = FeedId::new(ParticipantId::from_random(255), TrackSource::Screen);
        assert_eq!(feed.participant.as_str(), "00000000000000ff");
        assert_eq!(feed.source, TrackSource::Screen);
        let json = serde_json::to_string(&feed).ok();
        assert_eq!(json.as_deref(), Some(r#"{"participant":"00000000000000ff","source":"screen"}"#));
    }
}
