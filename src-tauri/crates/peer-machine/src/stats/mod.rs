//! Traffic counted by our own code, because the library's statistics of the far end are always zero.
//!
//! A [`Ledger`] counts what its driver sees of each packet, a [`Window`] turns two readings into rates. Loss and round
//! trip follow RFC 3550 (6.4.1, A.3). Knows no connection and no library type.

mod by_source;
mod ledger;
mod window;

pub use by_source::{SourceCounts, SourceStats};
pub use ledger::{Ledger, ReceiverReport, Totals};
pub use window::Window;

use holdfast_terms::TrackSource;
use serde::Serialize;

/// Numbers of one remote, for people and for the debug panel.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PeerStats {
    /// RTP bytes received, headers included.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes_in: u64,
    /// RTP bytes sent, headers and retransmissions included.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes_out: u64,
    /// RTP packets received.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub packets_in: u64,
    /// RTP packets sent.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub packets_out: u64,
    /// Received in the last second, kbit/s.
    pub kbps_in: f64,
    /// Sent in the last second, kbit/s.
    pub kbps_out: f64,
    /// Latest round trip in milliseconds, from the remote's receiver reports; none before the first.
    pub rtt_ms: Option<f64>,
    /// Share of our packets that the path lost recently, 0 to 1, also if they were sent again.
    pub loss_out: Option<f64>,
    /// Share of the remote's packets that the path lost in the last second, 0 to 1, also if they were sent again.
    pub loss_in: Option<f64>,
    /// What was counted of each source, for those of which anything was.
    pub sources: Vec<SourceStats>,
    /// Commands that did not fit the command queue.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub commands_dropped: u64,
    /// Control messages that could not be read.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub control_malformed: u64,
    /// Control messages that could not be sent.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub control_dropped: u64,
    /// Control messages of the remote beyond the rate of the channel.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub control_over_rate: u64,
}

impl PeerStats {
    /// One of the counts, of all sources together.
    #[must_use]
    pub fn sum(&self, count: impl Fn(&SourceCounts) -> u64) -> u64 {
        self.sources.iter().map(|of| count(&of.counts)).sum()
    }

    /// What was counted of a source.
    #[must_use]
    pub fn of(&self, source: TrackSource) -> SourceCounts {
        self.sources.iter().find(|of| of.source == source).map(|of| of.counts).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
