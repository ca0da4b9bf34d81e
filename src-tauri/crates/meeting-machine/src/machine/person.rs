//! How things stand between us and one other participant, and what is remembered of those gone.

use std::collections::VecDeque;

use holdfast_delivery::Holder;
use holdfast_protocol::{Instance, ParticipantId, Profile};

use crate::Listening;

/// People, and goodbyes, remembered after they left: a full room changed over four times. Beyond it the oldest is
/// forgotten, who would then be heard at the usual loudness, and whose first connection attempt may cost a rebuild.
const MEMORY: usize = 64;

/// One other participant, besides what people see of them.
#[derive(Debug, Default)]
pub(super) struct Person {
    /// Their client's stay, by their own word; another one has forgotten everything.
    pub(super) instance: Option<Instance>,
    /// The meeting is theirs.
    pub(super) host: bool,
    /// Which revision of our media state they hold.
    pub(super) media_held: Holder,
    /// They told their media state when there was no way back, or only another than it came: they are answered once
    /// there is one.
    pub(super) unanswered: bool,
    /// The server has given them up, but their media still flows: they stay for as long as it does.
    pub(super) lingers: bool,
    /// They were away when we came back to a server that had forgotten what we said to them.
    pub(super) missed: bool,
}

/// What is remembered of someone who is not here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Remembered {
    /// Generation of the last connection with them, 0 for none. They may still hold it.
    pub(super) generation: u32,
    pub(super) listening: Listening,
}

/// Those who were here once.
#[derive(Debug, Default)]
pub(super) struct Memory {
    people: VecDeque<(ParticipantId, Remembered)>,
    /// Stays that ended on purpose. A client that comes back is in another.
    goodbyes: VecDeque<Instance>,
}

impl Memory {
    /// Remembers this of someone, in place of what was remembered before.
    pub(super) fn remember(&mut self, id: ParticipantId, remembered: Remembered) {
        self.people.retain(|(of, _)| *of != id);
        if self.people.len() == MEMORY {
            self.people.pop_front();
        }
        self.people.push_back((id, remembered));
    }

    /// What is remembered of someone; they count as seen just now. Nothing is remembered of those never here.
    pub(super) fn recall(&mut self, id: &ParticipantId) -> Remembered {
        let Some(index) = self.people.iter().position(|(of, _)| of == id) else {
            return Remembered::default();
        };
        let found = self.people.remove(index);
        let remembered = found.as_ref().map(|(_, remembered)| *remembered).unwrap_or_default();
        self.people.extend(found);
        remembered
    }

    /// This stay of a client ended on purpose.
    pub(super) fn note_goodbye(&mut self, instance: Instance) {
        if self.goodbyes.len() == MEMORY {
            self.goodbyes.pop_front();
        }
        self.goodbyes.push_back(instance);
    }

    /// Whether the stay a profile tells of has ended on purpose.
    pub(super) fn said_goodbye(&self, profile: &Profile) -> bool {
        profile.instance.as_ref().is_some_and(|instance| self.goodbyes.contains(instance))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn memory_is_bounded_and_forgets_the_oldest() {
        let mut memory = Memory::default();
        let id = |n: usize| -> ParticipantId { format!("{n:016x}").parse().unwrap() };
        let loud = Remembered { generation: 3, listening: Listening { volume: 150, muted: false } };
        for n in 0..=MEMORY {
            memory.remember(id(n), loud);
        }
        assert_eq!(memory.recall(&id(0)), Remembered::default());
        assert_eq!(memory.recall(&id(1)), loud);
        // Asked for just now, so 2 is the oldest.
        memory.remember(id(MEMORY + 1), loud);
        assert_eq!(memory.recall(&id(1)), loud);
        assert_eq!(memory.recall(&id(2)), Remembered::default());
    }
}
