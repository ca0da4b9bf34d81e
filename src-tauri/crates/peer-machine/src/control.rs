//! The messages that come over the control channels of one remote, and their counts.

use holdfast_terms::{Elapsed, Generation};

use holdfast_delivery::{Channel, ChannelMessage, ChannelSnapshot, RateLimit};
use holdfast_protocol::PeerMessage;

/// A text of at most this many bytes is read although it is beyond the rate. A goodbye has a third of them.
const LAST_WORD_BYTES: usize = 64;

/// The control channel over all connections with a remote: one rate for all of them.
#[derive(Debug)]
pub(crate) struct Control {
    row: &'static Channel,
    limit: RateLimit,
    pub(crate) sent: u64,
    received: u64,
    pub(crate) malformed: u64,
    pub(crate) dropped: u64,
    pub(crate) over_rate: u64,
    /// Bytes not acknowledged, as last read.
    pub(crate) outstanding: usize,
}

impl Control {
    pub(crate) fn new(row: &'static Channel, now: Elapsed) -> Self {
        Self {
            row,
            limit: RateLimit::new(row.bounds.rate, now),
            sent: 0,
            received: 0,
            malformed: 0,
            dropped: 0,
            over_rate: 0,
            outstanding: 0,
        }
    }

    /// Reads a message. `None` if it is beyond the rate or cannot be read.
    pub(crate) fn take_in(&mut self, message: &ChannelMessage, now: Elapsed) -> Option<PeerMessage> {
        let ChannelMessage::Text(text) = message else {
            self.malformed += 1;
            return None;
        };
        // Other messages are sent again when they are lost, or another attempt repairs the loss. So they may be dropped
        // here, too. A goodbye is sent only once, so it counts even beyond the rate. A flood of goodbyes is impossible:
        // after the first one nothing is read.
        if !self.limit.allow(now) && !is_last_word(text) {
            self.over_rate += 1;
            return None;
        }
        let parsed = PeerMessage::parse(text).ok().filter(|_| text.len() <= self.row.bounds.message_bytes);
        let count = if parsed.is_some() { &mut self.received } else { &mut self.malformed };
        *count += 1;
        parsed
    }

    pub(crate) fn snapshot(&self, generation: Option<Generation>, now: Elapsed) -> ChannelSnapshot {
        ChannelSnapshot {
            label: self.row.label.to_owned(),
            generation: generation.map(Generation::get),
            queued_bytes: u32::try_from(self.outstanding).unwrap_or(u32::MAX),
            sent: self.sent,
            received: self.received,
            dropped: self.dropped,
            over_rate: self.over_rate,
            malformed: self.malformed,
            allowance: self.limit.allowance(now),
            burst: self.row.bounds.rate.burst,
            ..ChannelSnapshot::default()
        }
    }
}

/// Whether a text is a goodbye.
pub(crate) fn is_last_word(text: &str) -> bool {
    text.len() <= LAST_WORD_BYTES
        && PeerMessage::parse(text).is_ok_and(|message| message == PeerMessage::Goodbye {})
}
