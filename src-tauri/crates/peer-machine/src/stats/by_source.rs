//! What was counted of each source.

use holdfast_terms::{SourceTable, TrackSource};
use serde::Serialize;

/// Counts of one source, since the peer was made: of what the remote sends, and of what we send it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SourceCounts {
    /// Opus packets or complete video frames received.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub received: u64,
    /// How often loss interrupted the pictures.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub interruptions: u64,
    /// Video packets that came too late, came twice or could not be read.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub useless_packets: u64,
    /// Received media for which the owner had no room.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub dropped: u64,
    /// Received packets of sound and frames that had already come over another connection.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub duplicate: u64,
    /// Keyframes we asked for.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub keyframes_asked: u64,
    /// Keyframes we were asked for.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub keyframes_requested: u64,
    /// Batches that did not fit the send queue.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub batches_dropped: u64,
    /// Video batches not sent because a keyframe had to come first.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub batches_skipped: u64,
}

/// The counts of one source, with its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct SourceStats {
    /// Which.
    pub source: TrackSource,
    /// Its counts.
    #[serde(flatten)]
    pub counts: SourceCounts,
}

/// The sources of which anything was counted, in order.
pub(super) fn counted(counts: &SourceTable<SourceCounts>) -> Vec<SourceStats> {
    let all = counts.iter().map(|(source, counts)| SourceStats { source, counts: *counts });
    all.filter(|of| of.counts != SourceCounts::default()).collect()
}
