//! When which link is begun, and what its states mean for the meeting.

use std::time::Duration;

use holdfast_negotiation::PeerState;
use holdfast_protocol::{Generation, ParticipantId, PeerMessage};
use holdfast_terms::Elapsed;

use super::person::Remembered;
use super::{Effect, Machine, Now};
use crate::link::{Begun, Link};
use crate::{LinkKey, LinkRequest, routing};

/// How many links are attempted at once (requirement M7). Each costs a few hundred packets and a key agreement. With
/// four, eight people meet in two rounds of about a tenth of a second, and a slow machine still draws its window.
const ATTEMPTS: usize = 4;

/// How long an attempt may keep its place. A person who cannot be reached must not make the others wait.
const ATTEMPT_HOLDS: Duration = Duration::from_secs(5);

impl Machine {
    /// Our devices are open, or we stopped waiting for them.
    pub(super) fn start_connections(&mut self, now: Now) {
        if !std::mem::replace(&mut self.devices_ready, true) {
            self.connect_more(now);
        }
    }

    /// Begins links while there are free places.
    pub(super) fn connect_more(&mut self, now: Now) {
        if !self.devices_ready {
            return;
        }
        for begun in self.links.values_mut().filter_map(|link| link.begun.as_mut()) {
            begun.settled |= begun.at + ATTEMPT_HOLDS <= now.at;
        }
        while self.attempts().count() < ATTEMPTS {
            let waiting = self.roster.others().iter().filter_map(|participant| {
                let remote = routing::remote_for(&participant.id);
                let link = self.links.get(remote).filter(|link| link.begun.is_none())?;
                let host = self.people.get(&participant.id).is_some_and(|person| person.host);
                // A person who sent us something first already uses a place on their side.
                Some(((!host, link.held.is_empty()), remote))
            });
            // Among equals, the one who is here longest comes first.
            let Some((_, remote)) = waiting.min_by_key(|(order, _)| *order) else { return };
            self.connect(&remote.clone(), now);
        }
    }

    /// When a place becomes free by itself, if someone waits for one.
    pub(super) fn next_slot(&self) -> Option<Elapsed> {
        if !self.devices_ready || self.links.values().all(|link| link.begun.is_some()) {
            return None;
        }
        self.attempts().map(|begun| begun.at + ATTEMPT_HOLDS).min()
    }

    fn attempts(&self) -> impl Iterator<Item = &Begun> {
        self.links.values().filter_map(|link| link.begun.as_ref()).filter(|begun| !begun.settled)
    }

    fn connect(&mut self, remote: &ParticipantId, now: Now) {
        let (Some(participant), Some(link)) = (self.roster.get(remote), self.links.get_mut(remote)) else {
            return;
        };
        self.next_instance += 1;
        let key = LinkKey { remote: remote.clone(), instance: self.next_instance };
        let generation = self.memory.recall(remote).generation.next();
        link.begun =
            Some(Begun { key: key.clone(), generation, at: now.at, settled: false, control_open: false });
        let held = link.held.take();
        self.effects.push_back(Effect::Connect {
            link: key,
            feeds: participant.feeds.clone(),
            first_generation: generation,
            listening: participant.listening,
        });
        if !self.signaling_answers {
            self.ask(remote, LinkRequest::Signaling(false));
        }
        self.expect_media(remote);
        for (generation, message) in held {
            self.ask(remote, LinkRequest::Signal { generation, message });
        }
    }

    /// Gives up the link to a remote, and remembers its generation.
    pub(super) fn disconnect(&mut self, remote: &ParticipantId) {
        let Some(Link { begun: Some(begun), .. }) = self.links.remove(remote) else { return };
        let listening = self.roster.get(remote).map(|participant| participant.listening).unwrap_or_default();
        self.memory.remember(remote.clone(), Remembered { generation: begun.generation, listening });
        self.effects.push_back(Effect::Disconnect { link: begun.key });
    }

    /// Tells the link whether silence on it means trouble. It does not if the participants whose feeds it carries said
    /// that they send nothing. It also does not if they could not say so: without a control channel, and with the
    /// server out of reach for them or for us.
    pub(super) fn expect_media(&mut self, remote: &ParticipantId) {
        let Some(link) = self.links.get(remote) else { return };
        let control_open = link.is_control_open();
        let due = routing::senders_over(remote, &self.roster).any(|sender| {
            let could_say = control_open || sender.present && self.signaling_answers;
            could_say && sender.feeds.iter().any(|feed| sender.sends(feed.source))
        });
        self.ask(remote, LinkRequest::ExpectMedia(due));
    }

    /// Their way to the server, or ours, came or went. If there is a control channel, this changes nothing.
    pub(super) fn server_reach_changed(&mut self, remote: &ParticipantId) {
        if self.links.get(remote).is_some_and(|link| link.begun.is_some() && !link.is_control_open()) {
            self.expect_media(remote);
        }
    }

    /// A description or a candidate of someone.
    pub(super) fn connection_message(
        &mut self,
        from: &ParticipantId,
        generation: Generation,
        message: PeerMessage,
        now: Now,
    ) {
        let Some(link) = self.links.get_mut(from) else { return };
        if link.begun.is_none() {
            if !self.devices_ready {
                self.drops.held_messages += u64::from(!link.held.push(generation, message));
                return;
            }
            // They already use a place on their side. A refusal here would only cost both a timeout.
            self.connect(from, now);
        }
        self.ask(from, LinkRequest::Signal { generation, message });
    }

    /// A link's state, as people see it, changed.
    pub(super) fn link_state(&mut self, remote: &ParticipantId, state: PeerState, now: Now) {
        let Some(link) = self.links.get_mut(remote) else { return };
        let before = link.state();
        if !link.set_state(state, now.unix_ms) {
            return;
        }
        let connected = link.is_connected();
        if !connected {
            // They will say again what they hear, once they can.
            self.roster.set_hears(remote, None);
            if self.people.get(remote).is_some_and(|person| person.lingers) {
                // The server gave them up before; now their media has stopped too.
                return self.forget(remote);
            }
        }
        self.emit_participant(remote);
        let troubled = |state| matches!(state, PeerState::Reconnecting | PeerState::Failed);
        if troubled(state) && !troubled(before) {
            // What stopped the media may also have stopped the path to the server, which would not report it for a long
            // time.
            self.effects.push_back(Effect::CheckSignaling);
        }
        if connected && troubled(before) {
            self.came_back(remote, now);
        }
    }

    /// Media flows again: sends now what was missed meanwhile.
    fn came_back(&mut self, id: &ParticipantId, now: Now) {
        if let Some(person) = self.people.get_mut(id) {
            person.media_held.start_over(now.at);
        }
        if !self.signaling_answers {
            // The network is back, so the server may be.
            self.effects.push_back(Effect::CheckSignaling);
        }
    }

    /// The control channel of a link opened.
    pub(super) fn control_opened(&mut self, id: &ParticipantId, now: Now) {
        self.set_control_open(id, true);
        let Some(person) = self.people.get_mut(id) else { return };
        // A new connection often means that they forgot us, and with us what we told them.
        person.media_held.doubt(now.at);
        self.expect_media(id);
        self.answer_at_last(id);
        self.tell_hearing(id);
    }

    /// The control channel of a link closed.
    pub(super) fn control_closed(&mut self, remote: &ParticipantId) {
        self.set_control_open(remote, false);
        self.expect_media(remote);
    }

    fn set_control_open(&mut self, remote: &ParticipantId, open: bool) {
        if let Some(begun) = self.links.get_mut(remote).and_then(|link| link.begun.as_mut()) {
            begun.control_open = open;
        }
    }

    pub(super) fn is_control_open(&self, remote: &ParticipantId) -> bool {
        self.links.get(remote).is_some_and(Link::is_control_open)
    }

    /// The connection of a link was replaced by one of the next generation.
    pub(super) fn rebuilt(&mut self, remote: &ParticipantId, generation: Generation) {
        if let Some(begun) = self.links.get_mut(remote).and_then(|link| link.begun.as_mut()) {
            begun.generation = begun.generation.max(generation);
        }
    }
}
