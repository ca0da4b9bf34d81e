//! Carries out what the negotiation decides.

use std::sync::Arc;

use holdfast_negotiation::{Action, DescriptionKind, Outcome, PeerState};
use holdfast_protocol::PeerMessage;
use tokio::time::Instant;

use super::Actor;
use crate::connection::{Connection, ConnectionConfig, LocalDescription, Path};
use crate::connections::{Closed, Live};
use crate::convert::{to_wire, with_generation};
use crate::error::ConnectionError;
use crate::event::PeerEvent;
use crate::intake::Intake;

impl Actor {
    pub(super) async fn perform(&mut self, action: Action) -> Result<Outcome, ConnectionError> {
        match action {
            Action::CreateConnection { generation, relay_only, .. } => {
                self.create_connection(generation, relay_only).await?;
            }
            Action::CloseConnection { generation } => self.close_connection(generation).await,
            Action::CreateOffer { generation, ice_restart, tracks, .. } => {
                let description = self.connection(generation)?.create_offer(ice_restart, tracks).await?;
                return Ok(self.described(generation, DescriptionKind::Offer, description));
            }
            Action::CreateAnswer { generation, tracks, .. } => {
                let description = self.connection(generation)?.create_answer(tracks).await?;
                return Ok(self.described(generation, DescriptionKind::Answer, description));
            }
            Action::SetLocalRollback { generation, .. } => self.connection(generation)?.rollback().await?,
            Action::ApplyRemote { generation, kind, sdp, tracks, .. } => {
                self.connection(generation)?.apply_remote(kind, sdp.clone(), tracks).await?;
                self.shared.descriptions().keep_remote(generation, kind, sdp, self.shared.now());
            }
            Action::AddRemoteCandidate { generation, candidate, .. } => {
                self.connection(generation)?.add_candidate(candidate).await?;
            }
            Action::Send { generation, message } => self.send(generation, to_wire(message)).await,
            Action::TaskFinished { id, kind, result } => {
                tracing::debug!(task = id.0, ?kind, code = result.code(), "negotiation task finished");
            }
            Action::StateChanged { state, reason } => {
                tracing::info!(?state, ?reason, "peer state");
                self.emit(PeerEvent::State(state)).await;
                if state == PeerState::Failed {
                    self.emit(PeerEvent::Failed { reason }).await;
                }
            }
            Action::Rebuilt { generation } => self.emit(PeerEvent::Rebuilt { generation }).await,
            Action::RequestKeyframe { generation } => {
                if let Some(live) = self.connections.get(generation) {
                    live.intake.wish_keyframe();
                }
            }
        }
        Ok(Outcome::Done)
    }

    fn connection(&self, generation: u32) -> Result<&Connection, ConnectionError> {
        self.connections.get(generation).map(|live| &*live.connection).ok_or(ConnectionError::NoConnection)
    }

    async fn create_connection(&mut self, generation: u32, relay_only: bool) -> Result<(), ConnectionError> {
        let intake = Arc::new(Intake::new(generation, Arc::clone(&self.delivery)));
        let config = ConnectionConfig {
            bind: self.config.bind.clone(),
            ice_servers: self.config.ice_servers.clone(),
            relay_only,
            path: Path { impairment: Arc::clone(&self.shared.impairment), epoch: self.shared.epoch },
        };
        let connection = Connection::open(&config, self.reports.clone(), Arc::clone(&intake)).await?;
        let outlet = self.shared.outbox.add(Arc::clone(&self.shared.traffic));
        outlet.set_tracks(connection.local_tracks());
        self.connections.add(Live::new(connection, intake, outlet));
        Ok(())
    }

    async fn close_connection(&mut self, generation: u32) {
        if let Some(closed) = self.connections.release(generation, Instant::now()) {
            self.forget(&closed);
        }
        self.note_control().await;
    }

    pub(super) async fn close_replaced(&mut self) {
        while let Some(closed) = self.connections.close_replaced(Instant::now()) {
            self.forget(&closed);
        }
        self.note_control().await;
    }

    fn forget(&self, closed: &Closed) {
        self.shared.outbox.remove(&closed.outlet);
        self.shared.traffic.forget_streams(closed.generation);
    }

    /// An exchange may have added the screen track.
    fn described(&self, generation: u32, kind: DescriptionKind, description: LocalDescription) -> Outcome {
        let now = self.shared.now();
        self.shared.descriptions().keep_local(generation, kind, description.sdp.clone(), now);
        if let Some(live) = self.connections.get(generation) {
            live.outlet.set_tracks(live.connection.local_tracks());
        }
        Outcome::Description { sdp: description.sdp, tracks: description.tracks }
    }

    async fn send(&mut self, generation: u32, message: PeerMessage) {
        if !self.signaling
            && let Some(live) = self.connections.control()
        {
            let other = live.generation != generation;
            let text =
                if other { with_generation(message.clone(), generation) } else { message.clone() }.to_json();
            if live.connection.send_control(&text).await {
                return;
            }
        }
        self.emit(PeerEvent::Signal { generation, message }).await;
    }
}
