//! How the messages of one channel are carried: plainly, by a log, or only the newest one.

use holdfast_terms::{Elapsed, Generation};

use super::queue::Queue;
use super::snapshot::Counts;
use crate::channel::{Carried, Channel, ChannelMessage, Payload};
use crate::end::EndId;
use crate::log::{Log, Refusal};
use crate::newest::{NewestReceiver, NewestSender};

#[derive(Debug)]
pub(super) enum Carrier {
    Plain { outgoing: Queue, incoming: Queue },
    Log(Box<Log>),
    Newest(Newest),
}

/// A channel on which only the newest message counts.
#[derive(Debug)]
pub(super) struct Newest {
    sender: NewestSender,
    receiver: NewestReceiver,
    /// Not sent yet.
    outgoing: Option<Vec<u8>>,
    /// The frame that was sent last. It is sent again over a new connection.
    sent: Option<Vec<u8>>,
    again: bool,
    /// Not taken yet.
    incoming: Option<ChannelMessage>,
}

impl Carrier {
    pub(super) fn new(row: &Channel, own: EndId) -> Self {
        match row.carried {
            Carried::Not => Self::Plain { outgoing: Queue::default(), incoming: Queue::default() },
            Carried::Log => Self::Log(Box::new(Log::new(own, row.bounds))),
            Carried::Newest => Self::Newest(Newest {
                sender: NewestSender::new(own),
                receiver: NewestReceiver::default(),
                outgoing: None,
                sent: None,
                again: false,
                incoming: None,
            }),
        }
    }

    pub(super) fn push(
        &mut self,
        row: &Channel,
        message: ChannelMessage,
        counts: &mut Counts,
        now: Elapsed,
    ) -> Result<(), Refusal> {
        match self {
            Self::Plain { outgoing, .. } => outgoing.push(message, row.bounds),
            Self::Log(log) => log.push(message.into_bytes(), now),
            Self::Newest(newest) => {
                counts.overtaken += u64::from(newest.outgoing.replace(message.into_bytes()).is_some());
                Ok(())
            }
        }
    }

    /// Whether a message for this connection waits. `carries` tells whether this connection carries the channel.
    pub(super) fn wants(&self, generation: Generation, carries: bool, now: Elapsed) -> bool {
        match self {
            Self::Plain { outgoing, .. } => carries && !outgoing.is_empty(),
            Self::Log(log) => log.wants_transmit_on(generation, now),
            Self::Newest(newest) => carries && (newest.outgoing.is_some() || newest.again),
        }
    }

    /// The next message to send over this connection.
    pub(super) fn next(
        &mut self,
        generation: Generation,
        counts: &mut Counts,
        now: Elapsed,
    ) -> Option<ChannelMessage> {
        match self {
            Self::Plain { outgoing, .. } => {
                let message = outgoing.pop()?;
                counts.sent += 1;
                Some(message)
            }
            Self::Log(log) => log.poll_transmit_on(generation, now).map(ChannelMessage::Binary),
            Self::Newest(newest) => {
                let frame = match newest.outgoing.take() {
                    Some(value) => {
                        counts.sent += 1;
                        newest.sender.frame(&value)
                    }
                    None => {
                        counts.resent += 1;
                        newest.sent.take()?
                    }
                };
                newest.again = false;
                newest.sent = Some(frame.clone());
                Some(ChannelMessage::Binary(frame))
            }
        }
    }

    /// Now another connection carries the channel.
    pub(super) fn moved(&mut self) {
        if let Self::Newest(newest) = self {
            newest.again = newest.sent.is_some();
        }
    }

    pub(super) fn arrived(
        &mut self,
        row: &Channel,
        generation: Generation,
        message: ChannelMessage,
        counts: &mut Counts,
        now: Elapsed,
    ) {
        match (self, message) {
            (Self::Plain { incoming, .. }, message) => {
                if message.payload() != row.payload || message.len() > row.bounds.message_bytes {
                    counts.malformed += 1;
                } else if incoming.push(message, row.bounds).is_ok() {
                    counts.received += 1;
                } else {
                    counts.no_room += 1;
                }
            }
            (Self::Log(log), ChannelMessage::Binary(frame)) => log.handle_frame(generation, &frame, now),
            (Self::Newest(newest), ChannelMessage::Binary(frame)) => {
                let Some(value) = newest.receiver.accept(generation, &frame) else { return };
                let fits = value.len() <= row.bounds.message_bytes;
                match of_kind(row, value.to_vec()).filter(|_| fits) {
                    Some(message) => {
                        counts.received += 1;
                        counts.overtaken += u64::from(newest.incoming.replace(message).is_some());
                    }
                    None => counts.malformed += 1,
                }
            }
            // Both have a header, which is not text.
            (Self::Log(_) | Self::Newest(_), ChannelMessage::Text(_)) => counts.malformed += 1,
        }
    }

    /// The next message for the listener.
    pub(super) fn take(&mut self, row: &Channel, counts: &mut Counts) -> Option<ChannelMessage> {
        match self {
            Self::Plain { incoming, .. } => incoming.pop(),
            Self::Newest(newest) => newest.incoming.take(),
            Self::Log(log) => loop {
                match of_kind(row, log.poll_message()?) {
                    Some(message) => return Some(message),
                    None => counts.malformed += 1,
                }
            },
        }
    }

    /// How many messages and bytes wait to be sent or acknowledged.
    pub(super) fn waiting(&self) -> (usize, usize) {
        match self {
            Self::Plain { outgoing, .. } => outgoing.waiting(),
            Self::Log(log) => log.snapshot().unacknowledged,
            Self::Newest(newest) => newest.outgoing.as_ref().map_or((0, 0), |value| (1, value.len())),
        }
    }

    /// All counts, with those that the carrier keeps itself.
    pub(super) fn counts(&self, counts: Counts) -> Counts {
        match self {
            Self::Plain { .. } => counts,
            Self::Log(log) => {
                let of_log = log.snapshot().counts;
                Counts {
                    sent: of_log.sent,
                    resent: of_log.resent,
                    received: of_log.received,
                    no_room: of_log.no_room,
                    malformed: counts.malformed + of_log.malformed + of_log.impossible,
                    ..counts
                }
            }
            Self::Newest(newest) => {
                let of_receiver = newest.receiver.counts();
                Counts {
                    malformed: counts.malformed + of_receiver.malformed,
                    overtaken: counts.overtaken + of_receiver.stale,
                    ..counts
                }
            }
        }
    }

    pub(super) fn log(&mut self) -> Option<&mut Log> {
        match self {
            Self::Log(log) => Some(log),
            Self::Plain { .. } | Self::Newest(_) => None,
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Elapsed> {
        match self {
            Self::Log(log) => log.poll_timeout(),
            Self::Plain { .. } | Self::Newest(_) => None,
        }
    }
}

/// The bytes as a message of the kind that the channel carries.
fn of_kind(row: &Channel, bytes: Vec<u8>) -> Option<ChannelMessage> {
    match row.payload {
        Payload::Binary => Some(ChannelMessage::Binary(bytes)),
        Payload::Text => String::from_utf8(bytes).ok().map(ChannelMessage::Text),
    }
}
