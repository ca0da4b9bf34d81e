//! Takes in what the connections report: their state, their candidates and what came over their control channels.

use std::sync::atomic::Ordering;

use holdfast_negotiation::{Input, TransportState};
use holdfast_protocol::{PeerMessage, ToldMediaState};
use tokio::time::Instant;

use super::Actor;
use crate::connection::ConnectionEvent;
use crate::convert::{from_wire, named_generation};
use crate::event::PeerEvent;

impl Actor {
    pub(super) async fn handle_report(&mut self, generation: u32, report: ConnectionEvent) {
        if self.connections.was_replaced(generation) {
            return self.handle_late_report(generation, report).await;
        }
        let Some(live) = self.connections.get(generation) else { return };
        match report {
            ConnectionEvent::Transport(state) => {
                tracing::debug!(?state, generation, "transport");
                if state == TransportState::Connected {
                    live.outlet.open();
                    // The remote can show nothing before a keyframe, and asking for one takes a round trip.
                    self.shared.traffic.want_own_keyframe();
                }
                self.connections.set_transport(generation, state, Instant::now());
                self.note_control().await;
                self.input(Input::Transport { generation, state });
            }
            ConnectionEvent::LocalCandidate(candidate) => {
                self.input(Input::LocalCandidate { generation, candidate });
            }
            ConnectionEvent::ControlOpen => {
                if !self.set_control(generation, true).await {
                    // Another one was open already, but this is the one that will last.
                    self.emit(PeerEvent::ControlOpen).await;
                }
            }
            ConnectionEvent::ControlClosed => {
                self.set_control(generation, false).await;
            }
            ConnectionEvent::Control(text) => self.handle_control(generation, &text).await,
        }
    }

    /// The negotiation has let go of this connection; messages still pass.
    async fn handle_late_report(&mut self, generation: u32, report: ConnectionEvent) {
        match report {
            ConnectionEvent::Transport(state) => {
                self.connections.set_transport(generation, state, Instant::now());
            }
            ConnectionEvent::ControlClosed => {
                self.connections.set_control(generation, false, Instant::now());
            }
            ConnectionEvent::Control(text) => self.handle_control(generation, &text).await,
            ConnectionEvent::ControlOpen | ConnectionEvent::LocalCandidate(_) => {}
        }
        self.note_control().await;
    }

    /// Returns whether the owner was told that what it says is carried now, or no longer.
    async fn set_control(&mut self, generation: u32, open: bool) -> bool {
        self.connections.set_control(generation, open, Instant::now());
        self.input(Input::ControlOpen { generation, open });
        self.note_control().await
    }

    /// Tells the owner when messages begin or cease to be carried; returns whether that was so.
    pub(super) async fn note_control(&self) -> bool {
        let flows = self.connections.control_flows(Instant::now());
        let changed = self.shared.control_open.swap(flows, Ordering::AcqRel) != flows;
        if changed {
            self.emit(if flows { PeerEvent::ControlOpen } else { PeerEvent::ControlClosed }).await;
        }
        changed
    }

    async fn handle_control(&mut self, generation: u32, text: &str) {
        let Ok(message) = PeerMessage::parse(text) else {
            self.shared.traffic.control_malformed();
            return;
        };
        let generation = named_generation(&message).unwrap_or(generation);
        match from_wire(message) {
            Ok(message) => self.input(Input::Remote { generation, message }),
            Err(message) => {
                match &message {
                    PeerMessage::MediaState(ToldMediaState { state, .. }) => {
                        self.input(Input::MediaExpected(state.microphone || state.camera || state.screen));
                    }
                    PeerMessage::Goodbye {} => self.input(Input::Close),
                    PeerMessage::Description { .. }
                    | PeerMessage::Candidate { .. }
                    | PeerMessage::MediaStateAck { .. }
                    | PeerMessage::Hears { .. } => {}
                }
                self.emit(PeerEvent::Control(message)).await;
            }
        }
    }
}
