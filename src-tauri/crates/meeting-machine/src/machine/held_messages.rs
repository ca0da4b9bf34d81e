//! What someone said about a link that cannot begin yet. Pure.

use std::collections::VecDeque;

use holdfast_protocol::{Generation, PeerMessage};

/// How many messages may wait per link: an offer and its candidates, of which a machine with many addresses has a few
/// dozen.
const HELD_MESSAGES: usize = 64;

/// The messages in the order they came, each with its generation. Their sender would repeat them only after half a
/// minute.
#[derive(Debug, Default)]
pub(crate) struct HeldMessages {
    waiting: VecDeque<(Generation, PeerMessage)>,
}

impl HeldMessages {
    /// Holds one more; false when another one had to go for it. Candidates go before descriptions, since a connection
    /// comes about with a few of them and not without an offer, and of each kind the oldest go first.
    pub(super) fn push(&mut self, generation: Generation, message: PeerMessage) -> bool {
        self.waiting.push_back((generation, message));
        if self.waiting.len() <= HELD_MESSAGES {
            return true;
        }
        let candidate =
            |(_, message): &(Generation, PeerMessage)| matches!(message, PeerMessage::Candidate { .. });
        self.waiting.remove(self.waiting.iter().position(candidate).unwrap_or(0));
        false
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Drops them: they do not matter any more.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// All of them, in order; none is held any longer.
    pub(super) fn take(&mut self) -> impl Iterator<Item = (Generation, PeerMessage)> + use<> {
        std::mem::take(&mut self.waiting).into_iter()
    }
}
