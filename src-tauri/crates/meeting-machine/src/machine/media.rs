//! Media states: ours, which changes only here and is sent until everyone has it; theirs, kept by revision.

use holdfast_protocol::{Generation, Instance, ParticipantId, PeerMessage, Revision, ToldMediaState};

use super::turn::Turn;
use super::{Change, Effect, Machine, Now};
use crate::{Event, LinkRequest};

impl Machine {
    pub(super) fn change(&mut self, change: Change, now: Now) {
        let changed = match change {
            Change::Microphone(on) => {
                self.roster.change_own_media(now.unix_ms, |media| media.microphone = on)
            }
            Change::Camera(on) => self.roster.change_own_media(now.unix_ms, |media| media.camera = on),
            Change::Hand(up) => self.roster.change_own_media(now.unix_ms, |media| media.hand = up),
            Change::Listening(id, listening) => {
                let listening = listening.clamped();
                if self.roster.get(&id).is_none() {
                    return;
                }
                if self.roster.set_listening(&id, listening) {
                    self.emit_participant(&id);
                }
                return self.effects.push_back(Effect::Listen { id, listening });
            }
            Change::Pin(id) => return self.pin(id),
        };
        if !changed {
            return;
        }
        for person in self.people.values_mut() {
            person.media_held.start_over(now.at);
        }
        self.emit(Event::Me);
    }

    /// Someone said what they send. Each such message is answered with the revision that we have, also a repeated one:
    /// they always want to know whether we have the newest. The answer takes the path on which the message came. That
    /// path works in at least one direction; they may know that the other path does not work.
    pub(super) fn merge_media(&mut self, id: &ParticipantId, told: ToldMediaState, came_by: Turn, now: Now) {
        if self.roster.merge_media(id, told, now.unix_ms) {
            self.emit_participant(id);
        }
        self.expect_media(id);
        self.answer(id, came_by);
    }

    /// Says which revision of their state we have.
    fn answer(&mut self, id: &ParticipantId, turn: Turn) {
        let Some(participant) = self.roster.get(id) else { return };
        let revision = participant.media.revision;
        let instance = self.people.get(id).and_then(|person| person.instance.clone());
        let said = self.say(id, PeerMessage::MediaStateAck { revision, instance }, turn);
        let astray = turn == Turn::Control && !self.is_control_open(id);
        if let Some(person) = self.people.get_mut(id) {
            person.unanswered = !said || astray;
        }
    }

    /// There is a path to someone. A message that could not be answered, or only through a server that may be out of
    /// their reach, is answered now. Their next one may be half a minute away.
    pub(super) fn answer_at_last(&mut self, id: &ParticipantId) {
        if self.people.get(id).is_some_and(|person| person.unanswered) {
            self.answer(id, Turn::Control);
        }
    }

    /// Someone said which revision of our state they have. A revision of an earlier stay says nothing about this stay,
    /// which counts its revisions from the start.
    pub(super) fn media_state_acknowledged(
        &mut self,
        id: &ParticipantId,
        revision: Revision,
        instance: Option<&Instance>,
    ) {
        if instance.is_some_and(|instance| *instance != self.instance) {
            return;
        }
        let current = self.roster.me().media.revision;
        let Some(person) = self.people.get_mut(id) else { return };
        if person.media_held.acknowledge(revision, current) {
            let acknowledged = person.media_held.acknowledged();
            self.roster.set_acknowledged(id, acknowledged);
            self.emit_participant(id);
        }
    }

    /// A path to everyone opened: those who do not have our state yet get it.
    pub(super) fn a_path_opened(&mut self, now: Now) {
        for person in self.people.values_mut() {
            person.media_held.start_over(now.at);
        }
        let ids: Vec<_> = self.people.keys().cloned().collect();
        for id in ids {
            self.answer_at_last(&id);
        }
    }

    /// Sends our media state to those for whom it is due.
    pub(super) fn tell_media_state(&mut self, now: Now) {
        let (state, hand_since) = (self.roster.me().media, self.roster.me().hand_since_ms);
        let hand_for_ms = hand_since.map(|since| now.unix_ms.saturating_sub(since));
        let told = ToldMediaState { state, hand_for_ms };
        let due: Vec<_> = self
            .people
            .iter_mut()
            .filter_map(|(id, person)| {
                let attempt = person.media_held.take_due(state.revision, now.at)?;
                Some((id.clone(), Turn::of(attempt)))
            })
            .collect();
        for (id, turn) in due {
            if !self.say(&id, PeerMessage::MediaState(told), turn)
                && let Some(person) = self.people.get_mut(&id)
            {
                person.media_held.wait_for_a_path();
            }
        }
    }

    /// Sends something to someone on the path whose turn it is, or on the other one. Returns false if there is none.
    fn say(&mut self, id: &ParticipantId, message: PeerMessage, turn: Turn) -> bool {
        let control = self.is_control_open(id);
        if control && (turn == Turn::Control || !self.signaling_answers) {
            self.ask(id, LinkRequest::Control(message));
        } else if self.signaling_answers {
            self.effects.push_back(Effect::Signal { to: id.clone(), generation: Generation::NONE, message });
        } else {
            return false;
        }
        true
    }
}
