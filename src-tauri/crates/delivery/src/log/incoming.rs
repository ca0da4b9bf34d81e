//! The receiving half of a log: once, and in order.

use std::collections::VecDeque;

use holdfast_terms::{Elapsed, MessageNumber};

use crate::channel::ChannelBounds;

/// An acknowledgement is sent after at most this many messages ...
const ACK_EVERY: u32 = 16;
/// ... and at most this long after the first of them.
const ACK_DELAY: Elapsed = Elapsed::from_millis(100);

/// What came of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It was the next one. Deliver it.
    Next,
    /// It came before.
    Double,
    /// Another one is missing before it.
    Early,
    /// It was the next one, but the queue of untaken messages is full.
    NoRoom,
}

#[derive(Debug, Default)]
pub(super) struct Incoming {
    through: MessageNumber,
    waiting: VecDeque<Vec<u8>>,
    waiting_bytes: usize,
    unacknowledged: u32,
    ack_due: Option<Elapsed>,
    /// There is a gap after `through`. It was named, or will be.
    gap: Option<Named>,
    /// Bytes of a message that was refused because there was no room.
    refused: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Due,
    Done,
}

impl Incoming {
    /// The remote began anew, and numbers its messages from the start. Its earlier messages that wait here are still
    /// delivered.
    pub(super) fn begin(&mut self) {
        let Self { waiting, waiting_bytes, .. } = std::mem::take(self);
        *self = Self { waiting, waiting_bytes, ..Self::default() };
    }

    pub(super) fn message(
        &mut self,
        number: MessageNumber,
        payload: &[u8],
        bounds: ChannelBounds,
        now: Elapsed,
    ) -> Arrival {
        // In any case its sender waits for an acknowledgement.
        self.speak_by(now.saturating_add(ACK_DELAY));
        if number <= self.through {
            return Arrival::Double;
        }
        if number > self.through.next() {
            if self.gap.is_none() {
                self.gap = Some(Named::Due);
            }
            return Arrival::Early;
        }
        if !self.has_room(payload.len(), bounds) {
            self.refused = Some(payload.len());
            return Arrival::NoRoom;
        }
        self.refused = None;
        self.through = number;
        self.gap = None;
        self.waiting_bytes += payload.len();
        self.waiting.push_back(payload.to_vec());
        self.unacknowledged += 1;
        if self.unacknowledged >= ACK_EVERY {
            self.speak_by(now);
        }
        Arrival::Next
    }

    /// An acknowledgement is due at this moment, if none is due earlier.
    pub(super) fn speak_by(&mut self, at: Elapsed) {
        self.ack_due = Some(self.ack_due.map_or(at, |due| due.min(at)));
    }

    pub(super) fn take(&mut self, bounds: ChannelBounds) -> Option<Vec<u8>> {
        let message = self.waiting.pop_front()?;
        self.waiting_bytes -= message.len();
        if self.refused.is_some_and(|bytes| self.has_room(bytes, bounds)) {
            self.refused = None;
            // There is room again. Asks for the refused messages.
            self.gap = Some(Named::Due);
        }
        Some(message)
    }

    fn has_room(&self, bytes: usize, bounds: ChannelBounds) -> bool {
        bounds.has_room((self.waiting.len(), self.waiting_bytes), bytes)
    }

    /// Whether [`Self::take_acknowledgement`] has one now.
    pub(super) fn owes(&self, now: Elapsed) -> bool {
        self.gap == Some(Named::Due) || self.ack_due.is_some_and(|due| due <= now)
    }

    /// What to acknowledge now, and whether there is a gap.
    pub(super) fn take_acknowledgement(&mut self, now: Elapsed) -> Option<(MessageNumber, bool)> {
        if !self.owes(now) {
            return None;
        }
        let gap = self.gap == Some(Named::Due);
        if gap {
            self.gap = Some(Named::Done);
        }
        self.ack_due = None;
        self.unacknowledged = 0;
        Some((self.through, gap))
    }

    pub(super) const fn through(&self) -> MessageNumber {
        self.through
    }

    pub(super) const fn poll_timeout(&self) -> Option<Elapsed> {
        self.ack_due
    }

    pub(super) fn waiting(&self) -> (usize, usize) {
        (self.waiting.len(), self.waiting_bytes)
    }
}
