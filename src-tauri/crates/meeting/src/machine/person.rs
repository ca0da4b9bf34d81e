//! What is known of one other participant besides what people see of them, and what is remembered of those gone.

use std::collections::VecDeque;
use std::time::Duration;

use holdfast_protocol::{Instance, ParticipantId, Profile};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ConnectionKey, early::Early, sync::Sync};

/// People, and goodbyes, remembered after they left: a full room changed over four times. Beyond it the oldest is forgotten, who
/// would then be heard at the usual loudness, and whose first connection attempt may cost a rebuild.
const MEMORY: usize = 64;

/// Loudness of someone as they send it, in percent.
const AS_SENT: u16 = 100;

/// How someone is heard here (requirement M3). A choice of this side alone; survives every reconnect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Listening {
    /// Percent: 0 silent, 100 as sent, 200 the loudest.
    pub volume: u16,
    /// Not heard here at all.
    pub muted: bool,
}

impl Default for Listening {
    fn default() -> Self {
        Self { volume: AS_SENT, muted: false }
    }
}

impl Listening {
    /// Twice as loud as sent.
    pub const LOUDEST: u16 = 200;

    /// The same within bounds.
    #[must_use]
    pub fn clamped(self) -> Self {
        Self { volume: self.volume.min(Self::LOUDEST), ..self }
    }
}

/// A connection, attempted or made.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) key: ConnectionKey,
    pub(super) generation: u32,
    pub(super) begun: Duration,
    /// It was connected once, gave up once or took too long: it holds no place among the attempts any more.
    pub(super) settled: bool,
    pub(super) control_open: bool,
}

/// One other participant.
#[derive(Debug, Default)]
pub(super) struct Person {
    /// Their client's stay, by their own word; another one has forgotten everything.
    pub(super) instance: Option<Instance>,
    /// The meeting is theirs.
    pub(super) host: bool,
    pub(super) connection: Option<Connection>,
    pub(super) sync: Sync,
    /// They told their media state when there was no way back, or only another than it came: they are answered once
    /// there is one.
    pub(super) unanswered: bool,
    pub(super) listening: Listening,
    /// The server has given them up, but their media still flows: they stay for as long as it does.
    pub(super) lingers: bool,
    /// They were away when we came back to a server that had forgotten what we said to them.
    pub(super) missed: bool,
    /// What they said about a connection that we could not begin yet.
    pub(super) early: Early,
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
    /// Stays that ended on purpose. Whoever comes back is in another.
    goodbyes: VecDeque<Instance>,
}

impl Memory {
    pub(super) fn keep(&mut self, id: ParticipantId, remembered: Remembered) {
        self.take(&id);
        if self.people.len() == MEMORY {
            self.people.pop_front();
        }
        self.people.push_back((id, remembered));
    }

    pub(super) fn take(&mut self, id: &ParticipantId) -> Remembered {
        let index = self.people.iter().position(|(of, _)| of == id);
        index
            .and_then(|index| self.people.remove(index))
            .map(|(_, remembered)| remembered)
            .unwrap_or_default()
    }

    /// This stay of a client ended on purpose.
    pub(super) fn keep_goodbye(&mut self, instance: Instance) {
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
            memory.keep(id(n), loud);
        }
        assert_eq!(memory.take(&id(0)), Remembered::default());
        assert_eq!(memory.take(&id(1)), loud);
        assert_eq!(memory.take(&id(1)), Remembered::default(), "taken once");
    }
}
