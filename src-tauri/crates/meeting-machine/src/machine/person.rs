//! The state between us and one other participant, and what is remembered of people who left.

use std::collections::VecDeque;

use holdfast_delivery::Holder;
use holdfast_protocol::{Generation, Instance, ParticipantId, Profile};

use crate::Listening;

/// How many people, and how many goodbyes, are remembered after they left: four times a full room. Beyond it the oldest
/// is forgotten. That person would then be heard at the usual volume, and their first connection attempt may cost a
/// rebuild.
const MEMORY: usize = 64;

/// One other participant, apart from what people see of them.
#[derive(Debug, Default)]
pub(super) struct Person {
    /// The instance of their client, as they say. Another instance has forgotten everything.
    pub(super) instance: Option<Instance>,
    /// Whether they host the meeting.
    pub(super) host: bool,
    /// Which revision of our media state they have.
    pub(super) media_held: Holder,
    /// They sent their media state when there was no path back, or only another than it came on. They get an answer
    /// once there is one.
    pub(super) unanswered: bool,
    /// The server has given them up, but their media still flows: they stay as long as it does.
    pub(super) lingers: bool,
    /// They were away when we came back to a server that had forgotten what we had sent them.
    pub(super) missed: bool,
}

/// What is remembered of someone who is not here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Remembered {
    /// Generation of the last connection with them. They may still hold it.
    pub(super) generation: Generation,
    pub(super) listening: Listening,
}

/// The people who were here once.
#[derive(Debug, Default)]
pub(super) struct Memory {
    people: VecDeque<(ParticipantId, Remembered)>,
    /// Instances that left on purpose. A client that comes back has another one.
    goodbyes: VecDeque<Instance>,
}

impl Memory {
    /// Remembers this of someone, and replaces what was remembered before.
    pub(super) fn remember(&mut self, id: ParticipantId, remembered: Remembered) {
        self.people.retain(|(of, _)| *of != id);
        if self.people.len() == MEMORY {
            self.people.pop_front();
        }
        self.people.push_back((id, remembered));
    }

    /// What is remembered of someone, who counts as seen just now. For people who were never here, the default.
    pub(super) fn recall(&mut self, id: &ParticipantId) -> Remembered {
        let Some(index) = self.people.iter().position(|(of, _)| of == id) else {
            return Remembered::default();
        };
        let found = self.people.remove(index);
        let remembered = found.as_ref().map(|(_, remembered)| *remembered).unwrap_or_default();
        self.people.extend(found);
        remembered
    }

    /// This instance of a client left on purpose.
    pub(super) fn note_goodbye(&mut self, instance: Instance) {
        if self.goodbyes.len() == MEMORY {
            self.goodbyes.pop_front();
        }
        self.goodbyes.push_back(instance);
    }

    /// Whether the instance in a profile left on purpose.
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
        let loud =
            Remembered { generation: Generation(3), listening: Listening { volume: 150, muted: false } };
        for n in 0..=MEMORY {
            memory.remember(id(n), loud);
        }
        assert_eq!(memory.recall(&id(0)), Remembered::default());
        assert_eq!(memory.recall(&id(1)), loud);
        // It was just asked for, so 2 is the oldest.
        memory.remember(id(MEMORY + 1), loud);
        assert_eq!(memory.recall(&id(1)), loud);
        assert_eq!(memory.recall(&id(2)), Remembered::default());
    }
}
