//! When which connection is begun, and what its states mean for the meeting.

use std::time::Duration;

use holdfast_protocol::{ParticipantId, PeerMessage};

use super::person::Connection;
use super::{ConnectionKey, Effect, Machine, Now, PeerRequest};
use crate::view::ConnectionState;

/// Connections attempted at once (requirement M7). Each costs a few hundred packets and a key agreement; with four,
/// eight people meet in two rounds of about a tenth of a second, and a slow machine still draws its window.
const ATTEMPTS: usize = 4;

/// How long an attempt may hold its place. Someone who cannot be reached must not keep the others waiting.
const ATTEMPT_HOLDS: Duration = Duration::from_secs(5);

impl Machine {
    /// Our devices are open, or waiting for them was given up.
    pub(super) fn start_connections(&mut self, now: Now) {
        if !std::mem::replace(&mut self.devices_ready, true) {
            self.connect_more(now);
        }
    }

    /// Begins connections while there are places.
    pub(super) fn connect_more(&mut self, now: Now) {
        if !self.devices_ready {
            return;
        }
        for connection in self.people.values_mut().filter_map(|person| person.connection.as_mut()) {
            connection.settled |= connection.begun + ATTEMPT_HOLDS <= now.at;
        }
        while self.attempts().count() < ATTEMPTS {
            let waiting = self.roster.others().iter().filter_map(|view| {
                let person = self.people.get(&view.id).filter(|person| person.connection.is_none())?;
                // Whoever spoke to us first holds a place on their side already.
                Some(((!person.host, person.early.is_empty()), &view.id))
            });
            // The first of equals is the one who is here longest.
            let Some((_, id)) = waiting.min_by_key(|(order, _)| *order) else { return };
            self.connect(&id.clone(), now);
        }
    }

    /// When a place becomes free by itself, while someone waits for one.
    pub(super) fn next_slot(&self) -> Option<Duration> {
        if !self.devices_ready || self.people.values().all(|person| person.connection.is_some()) {
            return None;
        }
        self.attempts().map(|connection| connection.begun + ATTEMPT_HOLDS).min()
    }

    fn attempts(&self) -> impl Iterator<Item = &Connection> {
        self.people.values().filter_map(|person| person.connection.as_ref()).filter(|c| !c.settled)
    }

    fn connect(&mut self, id: &ParticipantId, now: Now) {
        let (Some(view), Some(person)) = (self.roster.get(id), self.people.get_mut(id)) else { return };
        let remembered = self.memory.take(id);
        self.memory.keep(id.clone(), remembered);
        self.next_instance += 1;
        let key = ConnectionKey { id: id.clone(), instance: self.next_instance };
        let generation = remembered.generation + 1;
        person.connection = Some(Connection {
            key: key.clone(),
            generation,
            begun: now.at,
            settled: false,
            control_open: false,
        });
        let early = person.early.take();
        let listening = person.listening;
        let tile = view.tile;
        self.effects.push_back(Effect::Connect { key, tile, first_generation: generation, listening });
        if !self.signaling_answers {
            self.ask(id, PeerRequest::Signaling(false));
        }
        self.expect_media(id);
        for (generation, message) in early {
            self.ask(id, PeerRequest::Signal { generation, message });
        }
    }

    /// Tells the connection whether silence of theirs means trouble: not where they said that they send nothing, and not
    /// where they could not say so, without a control channel and with the server out of reach for them or for us.
    pub(super) fn expect_media(&mut self, id: &ParticipantId) {
        let (Some(view), Some(person)) = (self.roster.get(id), self.people.get(id)) else { return };
        let media = view.media;
        let control_open = person.connection.as_ref().is_some_and(|connection| connection.control_open);
        let could_say = control_open || view.present && self.signaling_answers;
        let sends = media.microphone || media.camera || media.screen;
        self.ask(id, PeerRequest::ExpectMedia(could_say && sends));
    }

    /// Their way to the server or ours came or went. Where there is a control channel it makes no difference.
    pub(super) fn server_reach_changed(&mut self, id: &ParticipantId) {
        let connection = self.people.get(id).and_then(|person| person.connection.as_ref());
        if connection.is_some_and(|connection| !connection.control_open) {
            self.expect_media(id);
        }
    }

    /// A description or a candidate of someone.
    pub(super) fn connection_message(
        &mut self,
        from: &ParticipantId,
        generation: u32,
        message: PeerMessage,
        now: Now,
    ) {
        let Some(person) = self.people.get_mut(from) else { return };
        if person.connection.is_none() {
            if !self.devices_ready {
                self.drops.early += u64::from(!person.early.push(generation, message));
                return;
            }
            // They have a place on their side; refusing it here would only cost both a timeout.
            self.connect(from, now);
        }
        self.ask(from, PeerRequest::Signal { generation, message });
    }

    /// A connection's state, as people see it, changed.
    pub(super) fn connection_state(&mut self, id: &ParticipantId, state: ConnectionState, now: Now) {
        let before = self.roster.get(id).map(|view| view.state);
        if !self.roster.set_state(id, state, now.unix_ms) {
            return;
        }
        let Some(person) = self.people.get_mut(id) else { return };
        if let Some(connection) = &mut person.connection {
            connection.settled |= matches!(state, ConnectionState::Connected | ConnectionState::Failed);
        }
        if state != ConnectionState::Connected {
            // What they hear now is theirs to say when they can again.
            self.roster.set_hears(id, None);
        }
        if person.lingers && state != ConnectionState::Connected {
            // The server gave them up before; now so does their media.
            return self.forget(id);
        }
        self.emit_participant(id);
        let troubled = |state| matches!(state, Some(ConnectionState::Reconnecting | ConnectionState::Failed));
        if troubled(Some(state)) && !troubled(before) {
            // What stopped the media may have stopped the server's path too, which would say nothing for long.
            self.effects.push_back(Effect::CheckSignaling);
        }
        if state == ConnectionState::Connected && troubled(before) {
            self.came_back(id, now);
        }
    }

    /// Media flows again: whatever was missed meanwhile is said now.
    fn came_back(&mut self, id: &ParticipantId, now: Now) {
        if let Some(person) = self.people.get_mut(id) {
            person.sync.start_over(now.at);
        }
        if !self.signaling_answers {
            // The network is back, so the server may be.
            self.effects.push_back(Effect::CheckSignaling);
        }
    }

    /// The control channel of a connection opened.
    pub(super) fn control_opened(&mut self, id: &ParticipantId, now: Now) {
        let Some(person) = self.people.get_mut(id) else { return };
        if let Some(connection) = &mut person.connection {
            connection.control_open = true;
        }
        // A new connection is often made because they forgot us, and what we told them with it.
        person.sync.doubt(now.at);
        self.expect_media(id);
        self.answer_at_last(id);
        self.tell_hearing(id);
    }

    /// The control channel of a connection closed.
    pub(super) fn control_closed(&mut self, id: &ParticipantId) {
        if let Some(connection) = self.people.get_mut(id).and_then(|person| person.connection.as_mut()) {
            connection.control_open = false;
        }
        self.expect_media(id);
    }

    /// The connection was replaced by one of the next generation.
    pub(super) fn rebuilt(&mut self, id: &ParticipantId, generation: u32) {
        if let Some(connection) = self.people.get_mut(id).and_then(|person| person.connection.as_mut()) {
            connection.generation = connection.generation.max(generation);
        }
    }
}
