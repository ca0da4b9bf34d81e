//! Which numbered messages of the server arrived, and when to acknowledge them. Pure.

use holdfast_protocol::{
    MessageNumber,
    limits::{ACK_DELAY, ACK_EVERY},
};
use holdfast_terms::Elapsed;

#[derive(Debug, Default)]
pub(crate) struct Inbox {
    last_seq: MessageNumber,
    unacknowledged: u64,
    ack_at: Option<Elapsed>,
}

impl Inbox {
    /// Highest number that arrived in this session of the server.
    pub(crate) fn last_seq(&self) -> MessageNumber {
        self.last_seq
    }

    /// Takes a number; `false` if it came before.
    pub(crate) fn take(&mut self, seq: MessageNumber, now: Elapsed) -> bool {
        if seq <= self.last_seq {
            return false;
        }
        self.last_seq = seq;
        self.unacknowledged += 1;
        self.ack_at.get_or_insert(now + ACK_DELAY);
        true
    }

    /// The number to acknowledge now, if enough messages came or the time is up.
    pub(crate) fn acknowledgement(&mut self, now: Elapsed) -> Option<MessageNumber> {
        let due = self.unacknowledged >= ACK_EVERY || self.ack_at.is_some_and(|at| at <= now);
        due.then(|| {
            self.unacknowledged = 0;
            self.ack_at = None;
            self.last_seq
        })
    }

    /// When [`Inbox::acknowledgement`] is due by time.
    pub(crate) fn ack_at(&self) -> Option<Elapsed> {
        self.ack_at
    }

    /// A join told the server how far we are. A new session counts from the start again.
    pub(crate) fn welcomed(&mut self, resumed: bool) {
        let last_seq = if resumed { self.last_seq } else { MessageNumber::NONE };
        *self = Self { last_seq, ..Self::default() };
    }
}
