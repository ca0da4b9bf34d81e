//! The table of channels: one row for each, and everything that differs between them.

use thiserror::Error;

use crate::log::HEADER_BYTES;
use crate::newest::NEWEST_HEADER_BYTES;
use crate::rate::Rate;

/// The id of a channel. Messages are addressed by it, and the row of the table says the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelId(pub u8);

impl ChannelId {
    /// Media states, negotiation while the server is out of reach, goodbyes.
    pub const CONTROL: Self = Self(0);
    /// What people write to each other.
    pub const CHAT: Self = Self(1);
}

/// Whether a connection sends again what its path lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reliability {
    /// Until it arrives, or the connection ends.
    Reliable,
    /// Never: what is lost is lost (`maxRetransmits` 0).
    Unrepeated,
}

/// What a message consists of. A log or a newest channel puts a header in front of each message, so there text is sent
/// as binary, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// UTF-8.
    Text,
    /// Bytes.
    Binary,
}

/// One message of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelMessage {
    /// A string message (RFC 8831 section 6.6).
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
}

impl ChannelMessage {
    /// Its length in bytes.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }

    /// The bytes alone.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.into_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    /// Whether it has no bytes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What it consists of.
    #[must_use]
    pub const fn payload(&self) -> Payload {
        match self {
            Self::Text(_) => Payload::Text,
            Self::Binary(_) => Payload::Binary,
        }
    }
}

/// Which channel goes first when several have something to send (RFC 8831 section 6.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Must never delay anything else.
    VeryLow,
    /// Can wait a moment.
    Low,
    /// What people wait for.
    Medium,
    /// What keeps the meeting together.
    High,
}

/// What happens to a message when the connection it was sent on is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    /// It may be lost. Its sender can handle that.
    Not,
    /// It is delivered once and in order, even if connections come and go ([`crate::Log`]).
    Log,
    /// Only the newest message is delivered, older ones are dropped ([`crate::NewestReceiver`]).
    Newest,
}

/// The bounds of a channel, the same for both ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelBounds {
    /// The longest message in bytes. A longer one is refused by its sender and dropped by its receiver.
    pub message_bytes: usize,
    /// Bytes that may wait to be sent; of `control`, that the remote may not have acknowledged yet, on one connection.
    pub queue_bytes: usize,
    /// Messages that may wait in the same sense.
    pub queue_messages: usize,
    /// How many messages a remote may send. More are dropped and counted.
    pub rate: Rate,
}

impl ChannelBounds {
    /// Whether the queue takes one more message of so many bytes, while so many messages and bytes wait in it.
    #[must_use]
    pub const fn has_room(&self, (messages, bytes): (usize, usize), more: usize) -> bool {
        messages < self.queue_messages && bytes.saturating_add(more) <= self.queue_bytes
    }
}

/// One channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channel {
    /// Messages are addressed by this id.
    pub id: ChannelId,
    /// Its label. Both ends make the channel by themselves (`negotiated`), so the label never travels.
    pub label: &'static str,
    /// Its SCTP stream, the same at both ends (`id` in WebRTC). 65,535 is not a stream (RFC 8832 section 6).
    pub stream: u16,
    /// Whether messages of one connection arrive in the order they were sent.
    pub ordered: bool,
    /// Whether a connection sends again what its path lost.
    pub reliability: Reliability,
    /// What a message consists of.
    pub payload: Payload,
    /// Which channel goes first.
    pub priority: Priority,
    /// What happens to a message when its connection is replaced.
    pub carried: Carried,
    /// How long messages may be, and how many may wait or come.
    pub bounds: ChannelBounds,
}

/// The longest message that every implementation takes (RFC 8841 section 6.1).
const MESSAGE_BYTES: usize = 64 * 1024;

/// A sender gives a connection a quarter of the burst at once, and that is at least one message.
const SMALLEST_BURST: u32 = 4;

impl Channel {
    const fn header_bytes(&self) -> usize {
        match self.carried {
            Carried::Not => 0,
            Carried::Log => HEADER_BYTES,
            Carried::Newest => NEWEST_HEADER_BYTES,
        }
    }

    const fn keeps_all(&self) -> bool {
        self.ordered && matches!(self.reliability, Reliability::Reliable)
    }

    const fn is_control(&self) -> bool {
        self.id.0 == ChannelId::CONTROL.0
            && self.keeps_all()
            && matches!(self.payload, Payload::Text)
            && matches!(self.carried, Carried::Not)
    }
}

/// Media states, negotiation while the server is out of reach, goodbyes. Nothing carries a message over to another
/// connection: a media state is acknowledged and sent again by the meeting, a description by the negotiation.
pub const CONTROL: Channel = Channel {
    id: ChannelId::CONTROL,
    label: "control",
    stream: 0,
    ordered: true,
    reliability: Reliability::Reliable,
    payload: Payload::Text,
    priority: Priority::High,
    carried: Carried::Not,
    bounds: ChannelBounds {
        // As long as a message through the server, because the same messages may go either way.
        message_bytes: 64 * 1024,
        // Messages are small, and late ones are useless. If more than this waits, the other side does not read.
        queue_bytes: 1024 * 1024,
        queue_messages: 512,
        // The same rate that the server allows for a whole room. A remote sends a few dozen candidates at once, and
        // then almost nothing. Messages that waited while a path was down come in one burst.
        rate: Rate { per_second: 100, burst: 200 },
    },
};

/// What people write to each other, and who has it. Nothing that was given to it is lost when a connection is replaced.
pub const CHAT: Channel = Channel {
    id: ChannelId::CHAT,
    label: "chat",
    stream: 1,
    ordered: true,
    reliability: Reliability::Reliable,
    payload: Payload::Text,
    priority: Priority::Medium,
    carried: Carried::Log,
    bounds: ChannelBounds {
        // The longest text is 8 KiB, and JSON makes it twice as long at most.
        message_bytes: 32 * 1024,
        // Four times what the chat has on its way over one link at most.
        queue_bytes: 512 * 1024,
        queue_messages: 512,
        // A person writes a few messages a minute. The messages of an hour that someone missed come as a burst of full
        // frames.
        rate: Rate { per_second: 50, burst: 200 },
    },
};

/// The channels that every connection has, in the order of their ids.
pub const CHANNELS: Channels = match Channels::new(&[CONTROL, CHAT]) {
    Ok(channels) => channels,
    Err(_) => panic!("the table of channels contradicts itself"),
};

/// A table that contradicts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TableError {
    /// Ids do not grow from row to row: two rows could share one.
    #[error("the ids of the channels do not grow")]
    Id,
    /// The first row is not `control`: ordered, reliable, text, and not carried over. The connection needs this
    /// channel.
    #[error("the first channel is not control")]
    Control,
    /// Two rows share an SCTP stream, or one has a number that is not a stream.
    #[error("two channels share a stream, or one has none")]
    Stream,
    /// A bound is so small that no message with its header could be queued or sent, or would fit into a remote's burst.
    #[error("a bound of a channel lets nothing through")]
    Bounds,
    /// A log needs an ordered and reliable connection. On any other, each loss would make it send everything after it
    /// again.
    #[error("a log is carried by a channel that loses or reorders")]
    Log,
}

/// Rows that fit together. The first one is `control`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channels(&'static [Channel]);

impl Channels {
    /// Checks the rows. A `const fn`, so that the real table is checked when it is compiled.
    ///
    /// # Errors
    /// If two rows contradict each other, or one row contradicts itself.
    pub const fn new(rows: &'static [Channel]) -> Result<Self, TableError> {
        if rows.is_empty() || !rows[0].is_control() {
            return Err(TableError::Control);
        }
        let mut at = 0;
        while at < rows.len() {
            let row = rows[at];
            if at > 0 && rows[at - 1].id.0 >= row.id.0 {
                return Err(TableError::Id);
            }
            let mut before = 0;
            while before < at {
                if rows[before].stream == row.stream {
                    return Err(TableError::Stream);
                }
                before += 1;
            }
            if row.stream == u16::MAX {
                return Err(TableError::Stream);
            }
            let bounds = row.bounds;
            if bounds.message_bytes == 0
                || bounds.message_bytes > bounds.queue_bytes
                || bounds.queue_messages == 0
                || bounds.rate.per_second == 0
                || bounds.rate.burst < SMALLEST_BURST
                || bounds.message_bytes + row.header_bytes() > MESSAGE_BYTES
            {
                return Err(TableError::Bounds);
            }
            if matches!(row.carried, Carried::Log) && !row.keeps_all() {
                return Err(TableError::Log);
            }
            at += 1;
        }
        Ok(Self(rows))
    }

    /// The rows, in the order of their ids.
    #[must_use]
    pub const fn rows(self) -> &'static [Channel] {
        self.0
    }

    /// The row that every table has.
    #[must_use]
    pub const fn control(self) -> &'static Channel {
        &self.0[0]
    }

    /// All rows except `control`.
    #[must_use]
    pub fn others(self) -> &'static [Channel] {
        self.0.get(1..).unwrap_or_default()
    }

    /// The row of a channel.
    #[must_use]
    pub fn get(self, id: ChannelId) -> Option<&'static Channel> {
        self.0.iter().find(|row| row.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER: Channel = Channel {
        id: ChannelId(1),
        label: "other",
        stream: 1,
        // Leaves room for the header of a log.
        bounds: ChannelBounds { message_bytes: 32 * 1024, ..CONTROL.bounds },
        ..CONTROL
    };

    fn check(rows: Vec<Channel>) -> Result<Channels, TableError> {
        Channels::new(rows.leak())
    }

    #[test]
    fn a_row_is_found_by_its_id() {
        let found = |id| CHANNELS.get(id).map(|row| (row.label, row.stream));
        assert_eq!(found(ChannelId::CONTROL), Some(("control", 0)));
        assert_eq!(found(ChannelId::CHAT), Some(("chat", 1)));
        assert_eq!(found(ChannelId(255)), None);
    }

    #[test]
    fn rows_that_exclude_each_other_are_no_table() {
        assert!(check(vec![CONTROL, OTHER]).is_ok());
        assert_eq!(check(vec![CONTROL, OTHER, OTHER]), Err(TableError::Id));
        assert_eq!(check(vec![CONTROL, CONTROL]), Err(TableError::Id));
        assert_eq!(check(vec![CONTROL, Channel { stream: 0, ..OTHER }]), Err(TableError::Stream));
        assert_eq!(check(vec![CONTROL, Channel { stream: u16::MAX, ..OTHER }]), Err(TableError::Stream));
    }

    #[test]
    fn every_table_begins_with_control() {
        assert_eq!(
            check(vec![CONTROL, OTHER]).map(|table| (table.control().id, table.others().len())),
            Ok((ChannelId::CONTROL, 1))
        );
        for first in [
            OTHER,
            Channel { ordered: false, ..CONTROL },
            Channel { reliability: Reliability::Unrepeated, ..CONTROL },
            Channel { payload: Payload::Binary, ..CONTROL },
            Channel { carried: Carried::Newest, ..CONTROL },
        ] {
            assert_eq!(check(vec![first, OTHER]), Err(TableError::Control), "{first:?}");
        }
        assert_eq!(check(Vec::new()), Err(TableError::Control));
    }

    #[test]
    fn a_row_that_lets_no_message_through_is_refused() {
        let with = |bounds| check(vec![Channel { bounds, ..CONTROL }]);
        let bounds = CONTROL.bounds;
        assert!(with(ChannelBounds { queue_bytes: bounds.message_bytes, ..bounds }).is_ok());
        for wrong in [
            ChannelBounds { message_bytes: 0, ..bounds },
            ChannelBounds { queue_bytes: bounds.message_bytes - 1, ..bounds },
            ChannelBounds { queue_messages: 0, ..bounds },
            ChannelBounds { rate: Rate { per_second: 0, burst: 1 }, ..bounds },
            ChannelBounds { rate: Rate { per_second: 1, burst: 3 }, ..bounds },
            ChannelBounds { message_bytes: 64 * 1024 + 1, ..bounds },
        ] {
            assert_eq!(with(wrong), Err(TableError::Bounds), "{wrong:?}");
        }
    }

    #[test]
    fn a_log_wants_an_ordered_and_reliable_channel() {
        let log = Channel { carried: Carried::Log, ..OTHER };
        assert!(check(vec![CONTROL, log]).is_ok());
        assert_eq!(check(vec![CONTROL, Channel { ordered: false, ..log }]), Err(TableError::Log));
        let unrepeated = Channel { reliability: Reliability::Unrepeated, ..log };
        assert_eq!(check(vec![CONTROL, unrepeated]), Err(TableError::Log));
    }
}
