//! Carries out the operations of a connection.

use holdfast_terms::Generation;
use std::sync::Arc;

use holdfast_negotiation::{DescriptionKind, Outcome};
use holdfast_peer_machine::Operation;

use super::{Actor, Live};
use crate::connection::{Connection, ConnectionConfig, LocalDescription, Path};
use crate::error::ConnectionError;
use crate::intake::Intake;

impl Actor {
    pub(super) async fn operate(&mut self, operation: Operation) -> Result<Outcome, ConnectionError> {
        match operation {
            Operation::CreateConnection { generation, relay_only } => {
                self.create_connection(generation, relay_only).await?;
            }
            Operation::CreateOffer { generation, ice_restart, tracks } => {
                let description = self.connection(generation)?.create_offer(ice_restart, tracks).await?;
                return Ok(self.described(generation, DescriptionKind::Offer, description));
            }
            Operation::CreateAnswer { generation, tracks } => {
                let description = self.connection(generation)?.create_answer(tracks).await?;
                return Ok(self.described(generation, DescriptionKind::Answer, description));
            }
            Operation::SetLocalRollback { generation } => self.connection(generation)?.rollback().await?,
            Operation::ApplyRemote { generation, kind, sdp, tracks } => {
                self.connection(generation)?.apply_remote(kind, sdp.clone(), tracks).await?;
                self.shared.descriptions().keep_remote(generation, kind, sdp, self.shared.now());
            }
            Operation::AddRemoteCandidate { generation, candidate } => {
                self.connection(generation)?.add_candidate(candidate).await?;
            }
        }
        Ok(Outcome::Done)
    }

    fn connection(&self, generation: Generation) -> Result<&Connection, ConnectionError> {
        self.live(generation).map(|live| &*live.connection).ok_or(ConnectionError::NoConnection)
    }

    async fn create_connection(
        &mut self,
        generation: Generation,
        relay_only: bool,
    ) -> Result<(), ConnectionError> {
        let intake = Arc::new(Intake::new(generation, Arc::clone(&self.delivery)));
        let config = ConnectionConfig {
            bind: self.config.bind.clone(),
            ice_servers: self.config.ice_servers.clone(),
            relay_only,
            channels: self.config.channels,
            path: Path { impairment: Arc::clone(&self.shared.impairment), epoch: self.shared.epoch },
        };
        let connection =
            Connection::open(&config, self.reports.clone(), Arc::clone(&intake), &self.shared.data).await?;
        let outlet = self.shared.outbox.add(Arc::clone(&self.shared.traffic));
        outlet.set_tracks(connection.local_tracks());
        self.connections.push(Live { generation, connection: Arc::new(connection), intake, outlet });
        Ok(())
    }

    /// An exchange may have added the screen track.
    fn described(
        &self,
        generation: Generation,
        kind: DescriptionKind,
        description: LocalDescription,
    ) -> Outcome {
        let now = self.shared.now();
        self.shared.descriptions().keep_local(generation, kind, description.sdp.clone(), now);
        if let Some(live) = self.live(generation) {
            live.outlet.set_tracks(live.connection.local_tracks());
        }
        Outcome::Description { sdp: description.sdp, tracks: description.tracks }
    }
}
