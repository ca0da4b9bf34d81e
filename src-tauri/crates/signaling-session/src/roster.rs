//! Who is in the room, according to the server, and who is expected back after the server forgot everyone. Pure.

use std::collections::BTreeMap;

use holdfast_protocol::{ParticipantId, RosterEntry};
use holdfast_terms::Elapsed;

#[derive(Debug, Clone)]
struct Known {
    profile: String,
    present: bool,
    /// Set for someone whom a restarted server does not know yet: how long to expect them.
    expected_until: Option<Elapsed>,
}

#[derive(Debug, Default)]
pub(crate) struct Roster {
    known: BTreeMap<ParticipantId, Known>,
}

impl Roster {
    /// A new session began. Some people we knew may not be in the server's list. They are expected back until `until`,
    /// because the clients come back to a restarted server one by one, and their media never stopped.
    pub(crate) fn restart(&mut self, entries: Vec<RosterEntry>, until: Elapsed) {
        for known in self.known.values_mut() {
            known.present = false;
            // Someone who was already expected gets the whole time again, since this server has not met them either.
            known.expected_until = Some(until);
        }
        for RosterEntry { participant, profile, present } in entries {
            self.known.insert(participant, Known { profile, present, expected_until: None });
        }
    }

    /// We were away, and the server now sends what it knows of the expected people. None of them is given up before
    /// `until`.
    pub(crate) fn resume(&mut self, until: Elapsed) {
        for expected in self.known.values_mut().filter_map(|known| known.expected_until.as_mut()) {
            *expected = until.max(*expected);
        }
    }

    /// Someone began a session. Returns `true` if they were expected back.
    pub(crate) fn joined(&mut self, id: &ParticipantId, profile: String) -> bool {
        let known = Known { profile, present: true, expected_until: None };
        self.known.insert(id.clone(), known).is_some_and(|before| before.expected_until.is_some())
    }

    pub(crate) fn changed(&mut self, id: &ParticipantId, profile: String, present: bool) {
        self.known.insert(id.clone(), Known { profile, present, expected_until: None });
    }

    /// Whether the participant was known.
    pub(crate) fn left(&mut self, id: &ParticipantId) -> bool {
        self.known.remove(id).is_some()
    }

    /// Whether the server does not know this participant yet.
    pub(crate) fn is_expected(&self, id: &ParticipantId) -> bool {
        self.known.get(id).is_some_and(|known| known.expected_until.is_some())
    }

    /// Removes and returns the people who were expected for too long. Call it only while the server can tell of them.
    pub(crate) fn expire(&mut self, now: Elapsed) -> Vec<ParticipantId> {
        let late = |known: &Known| known.expected_until.is_some_and(|until| until <= now);
        let gone: Vec<_> =
            self.known.iter().filter(|(_, known)| late(known)).map(|(id, _)| id.clone()).collect();
        self.known.retain(|_, known| !late(known));
        gone
    }

    pub(crate) fn next_expiry(&self) -> Option<Elapsed> {
        self.known.values().filter_map(|known| known.expected_until).min()
    }

    pub(crate) fn entries(&self) -> Vec<RosterEntry> {
        let entry = |(id, known): (&ParticipantId, &Known)| RosterEntry {
            participant: id.clone(),
            profile: known.profile.clone(),
            present: known.present,
        };
        self.known.iter().map(entry).collect()
    }
}
