//! Takes in what the connections report: their state, their candidates and what came over their control channels.

use holdfast_delivery::{ChannelId, ChannelMessage};
use holdfast_negotiation::{Input as Negotiate, TransportState};
use holdfast_protocol::{PeerMessage, ToldMediaState};
use holdfast_terms::Generation;

use crate::convert::{from_wire, named_generation};
use crate::{Action, PeerEvent, PeerMachine, Report};

impl PeerMachine {
    pub(crate) fn handle_report(&mut self, generation: Generation, report: Report) {
        if self.connections.was_replaced(generation) {
            return self.handle_late_report(generation, report);
        }
        // Reports of a connection that was closed meanwhile do not count.
        if !self.connections.is_live(generation) {
            return;
        }
        match report {
            Report::Transport(state) => {
                if state == TransportState::Connected {
                    self.actions.push_back(Action::OpenOutlet { generation });
                    self.connections.open_outlet(generation);
                    // The remote can show nothing before a keyframe, and asking for one takes a round trip.
                    for source in self.tracks.sources() {
                        self.want_keyframe(source);
                    }
                }
                self.connections.set_transport(generation, state, self.now);
                self.note_control();
                self.negotiate(Negotiate::Transport { generation, state });
            }
            Report::LocalCandidate(candidate) => {
                self.negotiate(Negotiate::LocalCandidate { generation, candidate });
            }
            Report::ChannelOpen { channel: ChannelId::CONTROL } => {
                if !self.set_control(generation, true) {
                    // Another one was open already, but this is the one that will last.
                    self.emit(PeerEvent::ControlOpen);
                }
            }
            Report::ChannelClosed { channel: ChannelId::CONTROL } => {
                self.set_control(generation, false);
            }
            Report::Message { channel: ChannelId::CONTROL, message } => {
                self.handle_control(generation, message)
            }
            Report::Unread { channel: ChannelId::CONTROL, messages } => self.control.over_rate += messages,
            // Messages of the other channels do not come here.
            Report::ChannelOpen { .. }
            | Report::ChannelClosed { .. }
            | Report::Message { .. }
            | Report::Unread { .. } => {}
        }
    }

    /// The negotiation no longer uses this connection, but messages still pass.
    fn handle_late_report(&mut self, generation: Generation, report: Report) {
        match report {
            Report::Transport(state) => self.connections.set_transport(generation, state, self.now),
            Report::ChannelClosed { channel: ChannelId::CONTROL } => {
                self.connections.set_control(generation, false, self.now);
            }
            Report::Message { channel: ChannelId::CONTROL, message } => {
                self.handle_control(generation, message)
            }
            Report::Unread { channel: ChannelId::CONTROL, messages } => self.control.over_rate += messages,
            Report::ChannelOpen { .. }
            | Report::ChannelClosed { .. }
            | Report::Message { .. }
            | Report::Unread { .. }
            | Report::LocalCandidate(_) => {}
        }
        self.note_control();
    }

    /// Returns whether the owner was told of a change.
    fn set_control(&mut self, generation: Generation, open: bool) -> bool {
        self.connections.set_control(generation, open, self.now);
        self.negotiate(Negotiate::ControlOpen { generation, open });
        self.note_control()
    }

    fn handle_control(&mut self, generation: Generation, message: ChannelMessage) {
        let Some(message) = self.control.take_in(&message, self.now) else { return };
        let generation = named_generation(&message).unwrap_or(generation);
        match from_wire(message) {
            Ok(message) => self.negotiate(Negotiate::Remote { generation, message }),
            Err(message) => {
                match &message {
                    PeerMessage::MediaState(told) => self.media_state_told(told),
                    PeerMessage::Goodbye {} => self.negotiate(Negotiate::Close),
                    PeerMessage::Description { .. }
                    | PeerMessage::Candidate { .. }
                    | PeerMessage::MediaStateAck { .. }
                    | PeerMessage::Hears { .. } => {}
                }
                self.emit(PeerEvent::Control(message));
            }
        }
    }

    /// Only a newer revision counts: an older one may come late, over the connection that is being replaced.
    fn media_state_told(&mut self, told: &ToldMediaState) {
        let state = told.state;
        if self.told_revision.is_none_or(|newest| state.revision > newest) {
            self.told_revision = Some(state.revision);
            self.negotiate(Negotiate::MediaExpected(state.microphone || state.camera || state.screen));
        }
    }
}
