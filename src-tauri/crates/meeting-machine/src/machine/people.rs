//! Who is here: joining, coming back, being given up, leaving.

use holdfast_protocol::{LeaveReason, ParticipantId, Profile};
use holdfast_signaling_session::Member;

use super::person::{Person, Remembered};
use super::{Machine, Now};
use crate::link::Link;
use crate::{Event, LinkRequest, routing};

impl Machine {
    /// Adds someone, or updates what we know of them.
    pub(super) fn add(&mut self, id: ParticipantId, profile: Profile, present: bool, now: Now) {
        let Profile { name, instance, host } = profile;
        self.roster.add(id.clone(), name, now.unix_ms);
        let turned = self.roster.set_present(&id, present);
        let mut new = false;
        let person = self.people.entry(id.clone()).or_insert_with(|| {
            new = true;
            Person::default()
        });
        person.lingers &= !present;
        person.instance = instance;
        person.host = host;
        if new {
            // They hear what we send before a link is made.
            person.media_held.start_over(now.at);
            self.roster.set_listening(&id, self.memory.recall(&id).listening);
            let remote = routing::remote_for(&id).clone();
            self.links.entry(remote).or_insert_with(|| Link::wanted(now.unix_ms));
        }
        if turned {
            self.server_reach_changed(routing::remote_for(&id));
        }
        self.emit_participant(&id);
    }

    /// Someone began a session with the server.
    pub(super) fn joined(&mut self, id: ParticipantId, profile: Profile, now: Now) {
        if self.memory.said_goodbye(&profile) {
            return;
        }
        let Some(person) = self.people.get(&id) else { return self.add(id, profile, true, now) };
        // Their server session is new. If their client is the same, its end of our connection still exists. If not, it
        // knows nothing of us.
        let same_client = profile.instance.is_some() && profile.instance == person.instance;
        self.add(id.clone(), profile, true, now);
        if same_client {
            return self.may_have_missed(&id, now);
        }
        self.roster.restart(&id);
        if let Some(person) = self.people.get_mut(&id) {
            person.media_held.forget();
            person.unanswered = false;
            person.media_held.start_over(now.at);
        }
        let remote = routing::remote_for(&id);
        if let Some(link) = self.links.get_mut(remote) {
            link.held.clear();
        }
        self.ask(remote, LinkRequest::ExpectMedia(false));
        self.ask(remote, LinkRequest::RemoteRestarted);
        self.emit_participant(&id);
    }

    /// Something about someone changed. People who were expected back after the server had forgotten everyone also come
    /// back with this message, perhaps as another client.
    pub(super) fn changed(&mut self, id: ParticipantId, profile: Profile, present: bool, now: Now) {
        let same_client = self.people.get(&id).map(|person| person.instance == profile.instance);
        match same_client {
            Some(true) => {
                self.add(id.clone(), profile, present, now);
                self.catch_up(&id, present, now);
            }
            Some(false) | None if present => self.joined(id, profile, now),
            Some(false) | None => {}
        }
    }

    /// Someone who was away when our session was lost is back.
    fn catch_up(&mut self, id: &ParticipantId, present: bool, now: Now) {
        if present && self.people.get(id).is_some_and(|person| person.missed) {
            self.may_have_missed(id, now);
        }
    }

    /// A session with the server was lost, and with it what we sent through it, or they sent to us. A lost offer would
    /// be repeated only after its own timeout, and a state only after half a minute.
    fn may_have_missed(&mut self, id: &ParticipantId, now: Now) {
        if let Some(person) = self.people.get_mut(id) {
            person.missed = false;
            person.media_held.doubt(now.at);
        }
        // While the connection works, this does nothing.
        self.ask(routing::remote_for(id), LinkRequest::Retry);
    }

    /// The server says that someone is gone.
    pub(super) fn left(&mut self, id: &ParticipantId, reason: LeaveReason) {
        let connected = self.link(id).is_some_and(Link::is_connected);
        if reason == LeaveReason::TimedOut && connected {
            // Only their way to the server is gone. We still see and hear them.
            if let Some(person) = self.people.get_mut(id) {
                person.lingers = true;
            }
            self.set_present(id, false);
        } else {
            self.forget(id);
        }
    }

    /// Notes whether someone's signaling connection is alive.
    fn set_present(&mut self, id: &ParticipantId, present: bool) {
        if self.roster.set_present(id, present) {
            self.server_reach_changed(routing::remote_for(id));
            self.emit_participant(id);
        }
    }

    /// After the server was away: compares its list with ours. If it continued our session, the missed events follow.
    pub(super) fn reconcile(&mut self, resumed: bool, mut roster: Vec<Member>, now: Now) {
        roster.retain(|member| !self.memory.said_goodbye(&member.profile));
        let difference = self.roster.difference(roster.iter().map(|member| &member.participant));
        for ghost in &difference.ghosts {
            self.left(ghost, LeaveReason::TimedOut);
        }
        for Member { participant, profile, present } in roster {
            let known = self.people.get(&participant).map(|person| &person.instance);
            if difference.missing.contains(&participant) {
                self.add(participant, profile, present, now);
            } else if present && !(resumed && known == Some(&profile.instance)) {
                // This also handles a client that began anew while we were away.
                self.joined(participant, profile, now);
            } else {
                if let Some(person) = self.people.get_mut(&participant) {
                    person.missed |= !resumed;
                }
                self.set_present(&participant, present);
                self.catch_up(&participant, present, now);
            }
        }
    }

    /// Someone leaves on purpose. The server may not know it for a minute, and lists them until then.
    pub(super) fn goodbye(&mut self, id: &ParticipantId) {
        if let Some(instance) = self.people.get_mut(id).and_then(|person| person.instance.take()) {
            self.memory.note_goodbye(instance);
        }
        self.forget(id);
    }

    /// Someone is gone for good: removes their link and their media. Only their volume here is remembered.
    pub(super) fn forget(&mut self, id: &ParticipantId) {
        self.disconnect(routing::remote_for(id));
        self.people.remove(id);
        if let Some(gone) = self.roster.remove(id) {
            let generation = self.memory.recall(id).generation;
            self.memory.remember(id.clone(), Remembered { generation, listening: gone.listening });
            self.emit(Event::ParticipantLeft(id.clone()));
        }
    }
}
