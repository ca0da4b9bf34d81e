//! How a channel stands, for people.

use serde::Serialize;

/// What happened to the messages of one channel so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) sent: u64,
    pub(crate) resent: u64,
    pub(crate) received: u64,
    /// Refused here, or lost between here and the library.
    pub(crate) dropped: u64,
    /// Came while the queue of received messages was full.
    pub(crate) no_room: u64,
    /// A newer one made them useless.
    pub(crate) overtaken: u64,
    pub(crate) over_rate: u64,
    pub(crate) malformed: u64,
}

/// How a channel stands, for the debug panel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ChannelSnapshot {
    /// Its label.
    pub label: String,
    /// The connection that carries messages now; none if no path works.
    pub generation: Option<u32>,
    /// Messages that wait to be sent or acknowledged. Not known for `control`.
    pub queued_messages: u32,
    /// Bytes of these messages.
    pub queued_bytes: u32,
    /// Messages sent, each counted once.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub sent: u64,
    /// Messages sent again.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub resent: u64,
    /// Messages received, each counted once.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub received: u64,
    /// Messages that could not be sent, or not be kept when they came.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub dropped: u64,
    /// Messages that a newer one made useless.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub overtaken: u64,
    /// Messages of the remote beyond the rate of the channel.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub over_rate: u64,
    /// Messages that could not be read.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub malformed: u64,
    /// Messages the remote may send at once now, of at most `burst`.
    pub allowance: u32,
    /// Messages the remote may send at once after a rest.
    pub burst: u32,
}

/// A count for the panel. A larger number becomes the largest one that fits.
pub(crate) fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
