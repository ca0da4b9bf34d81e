//! One message as it is shown.

use holdfast_protocol::{Identity, MessageNumber, ParticipantId, Revision};

/// Who a message is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// Everyone in the meeting, also those who come later.
    Everyone,
    /// This participant only.
    One(ParticipantId),
}

/// How far a message of ours came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// No one has it yet. It goes out when a link opens.
    Waiting,
    /// Some of those who are here have it.
    Sent,
    /// All of those who are here have it, or the one it is for.
    Delivered,
    /// The one it is for left without it. It is delivered if they come back.
    NotDelivered,
}

/// Where a message stands among all others, the same for everyone. Also its key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The author's Lamport clock.
    pub clock: u64,
    /// Who wrote it.
    pub author: Identity,
    /// For whom.
    pub audience: Audience,
    /// Counts the author's messages to this audience.
    pub number: MessageNumber,
}

/// One message.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub position: Position,
    /// The participant who wrote it.
    pub participant: ParticipantId,
    /// Their name when they wrote it; from outside.
    pub name: String,
    /// When they wrote it, by their clock, in milliseconds of Unix time.
    pub at_ms: u64,
    /// What they wrote; from outside.
    pub text: String,
    /// How far it came, if we wrote it.
    pub delivery: Option<Delivery>,
    /// Whether it was written before we came.
    pub earlier: bool,
    /// Grows with each change of the chat. Of two states of this entry, the one with the greater revision is newer.
    pub revision: Revision,
}

/// Without what people wrote and without their names.
impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("position", &self.position)
            .field("delivery", &self.delivery)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}
