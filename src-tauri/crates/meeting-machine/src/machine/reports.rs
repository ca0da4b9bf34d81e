//! What the signaling client and the links report.

use holdfast_peer_machine::PeerEvent;
use holdfast_protocol::{Generation, ParticipantId, PeerMessage};
use holdfast_signaling_session::{DropReason, SignalingEvent};

use super::turn::Turn;
use super::{Effect, Machine, Now};
use crate::{Event, LinkEvent, LinkKey, LinkRequest, Notice, SignalingState, routing};

impl Machine {
    pub(super) fn handle_signaling(&mut self, event: SignalingEvent, now: Now) {
        match event {
            SignalingEvent::Joined { participant, profile } => self.joined(participant, profile, now),
            SignalingEvent::Changed { participant, profile, present } => {
                self.changed(participant, profile, present, now);
            }
            SignalingEvent::Left { participant, reason } => self.left(&participant, reason),
            SignalingEvent::Message { from, generation, message } => {
                self.handle_message(&from, generation, message, Turn::Signaling, now);
            }
            SignalingEvent::Silent => self.signaling_answers(false, now),
            SignalingEvent::Heard => self.signaling_answers(true, now),
            SignalingEvent::Disconnected { tried, retry_in } => {
                self.probe.lost(tried, retry_in, now.at);
                self.signaling_answers(false, now);
                self.set_signaling(SignalingState::Reconnecting);
            }
            SignalingEvent::Reconnected { resumed, roster } => {
                self.probe.found();
                self.reconcile(resumed, roster, now);
                self.set_signaling(SignalingState::Connected);
                self.signaling_answers(true, now);
            }
            SignalingEvent::Dropped { reason, count } => {
                tracing::debug!(code = reason.code(), count, "signaling dropped");
                // The other reasons are normal: a message crosses with a leave, or a reconnect repeats an event.
                if reason == DropReason::QueueOverflow {
                    self.emit(Event::Notice(Notice::QueueOverflow));
                }
            }
            // The end of the meeting; the driver handles it.
            SignalingEvent::Refused(_) => {}
        }
    }

    fn handle_message(
        &mut self,
        from: &ParticipantId,
        generation: Generation,
        message: PeerMessage,
        came_by: Turn,
        now: Now,
    ) {
        if !self.people.contains_key(from) {
            self.drops.unknown_sender += 1;
            return;
        }
        match message {
            PeerMessage::MediaState(told) => self.merge_media(from, told, came_by, now),
            PeerMessage::MediaStateAck { revision, instance } => {
                self.media_state_acknowledged(from, revision, instance.as_ref());
            }
            PeerMessage::Hears { participants } => self.they_hear(from, participants),
            PeerMessage::Goodbye {} => self.goodbye(from),
            message @ (PeerMessage::Description { .. } | PeerMessage::Candidate { .. }) => {
                self.connection_message(from, generation, message, now);
            }
        }
    }

    pub(super) fn handle_link(&mut self, key: &LinkKey, event: LinkEvent, now: Now) {
        if !self.is_current(key) {
            return;
        }
        match event {
            LinkEvent::Peer(event) => self.handle_peer(&key.remote, event, now),
            LinkEvent::FirstPicture(source) => {
                let sender = routing::sender_of(key, source);
                if self.roster.note_picture(sender, source) {
                    self.emit_participant(sender);
                }
            }
        }
    }

    fn handle_peer(&mut self, id: &ParticipantId, event: PeerEvent, now: Now) {
        match event {
            PeerEvent::Signal { generation, message } => {
                self.effects.push_back(Effect::Signal { to: id.clone(), generation, message });
            }
            PeerEvent::State(state) => self.link_state(id, state, now),
            PeerEvent::Attempt(attempt) => {
                if self.links.get_mut(id).is_some_and(|link| link.set_attempt(attempt)) {
                    self.emit_participant(id);
                }
            }
            PeerEvent::ControlOpen => self.control_opened(id, now),
            PeerEvent::ControlClosed => self.control_closed(id),
            PeerEvent::Control(message) => {
                self.handle_message(id, Generation::NONE, message, Turn::Control, now);
            }
            PeerEvent::KeyframeRequested(source) => self.effects.push_back(Effect::OwnKeyframe(source)),
            PeerEvent::Failed { reason } => tracing::warn!(%id, ?reason, "connection failed"),
            PeerEvent::Rebuilt { generation } => {
                tracing::info!(%id, generation = generation.get(), "connection rebuilt");
                self.rebuilt(id, generation);
            }
        }
    }

    fn set_signaling(&mut self, state: SignalingState) {
        if std::mem::replace(&mut self.signaling, state) != state {
            self.emit(Event::Signaling(state));
        }
    }

    fn signaling_answers(&mut self, answers: bool, now: Now) {
        if std::mem::replace(&mut self.signaling_answers, answers) == answers {
            return;
        }
        self.ask_all(&LinkRequest::Signaling(answers));
        let ids: Vec<_> = self.people.keys().cloned().collect();
        for id in ids {
            self.server_reach_changed(&id);
        }
        if answers {
            self.a_path_opened(now);
        }
    }
}
