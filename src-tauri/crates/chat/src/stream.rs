//! The messages of one author, in order.

use holdfast_protocol::MessageNumber;
use holdfast_protocol::chat::SignedMessage;

/// Messages to everyone that one author may write in one stay.
pub const AUTHOR_MESSAGES: usize = 10_000;

/// Bytes of text that one author may write to everyone in one stay.
pub const AUTHOR_BYTES: usize = 4 * 1024 * 1024;

/// Messages that one participant may write to another alone in one stay.
pub const DIRECT_MESSAGES: usize = 10_000;

/// What became of a message that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is new.
    New,
    /// It was here already.
    Repeated,
    /// One before it is missing, so it cannot be taken yet.
    Gap,
    /// The author wrote more than an author may. It counts as received, so that no one sends it again, and is dropped.
    Beyond,
}

/// The messages of one author to everyone.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    kept: Vec<SignedMessage>,
    through: u64,
    bytes: usize,
}

impl Stream {
    /// Every message up to this number was received.
    pub(crate) fn through(&self) -> MessageNumber {
        MessageNumber(self.through)
    }

    /// Whether one more message of this author would be kept.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.kept.len() as u64 == self.through
            && self.kept.len() < AUTHOR_MESSAGES
            && self.bytes + bytes <= AUTHOR_BYTES
    }

    /// What taking a message of this number would be.
    pub(crate) fn judge(&self, number: MessageNumber) -> Taken {
        match number.0.checked_sub(self.through) {
            None | Some(0) => Taken::Repeated,
            Some(1) => Taken::New,
            Some(_) => Taken::Gap,
        }
    }

    /// Takes the next message. Call it only if [`Self::judge`] says that it is new.
    pub(crate) fn take(&mut self, message: SignedMessage) -> Taken {
        let room = self.has_room(message.content.text.len());
        self.through += 1;
        if !room {
            return Taken::Beyond;
        }
        self.bytes += message.content.text.len();
        self.kept.push(message);
        Taken::New
    }

    /// Counts the next message as received and drops it.
    pub(crate) fn pass_over(&mut self) {
        self.through += 1;
    }

    /// The kept messages after this number.
    pub(crate) fn after(&self, number: MessageNumber) -> &[SignedMessage] {
        let from = usize::try_from(number.0).unwrap_or(usize::MAX).min(self.kept.len());
        &self.kept[from..]
    }
}
