//! Does what the owner of the peer asks for.

use std::sync::Arc;

use holdfast_negotiation::{Input, TrackSource};
use holdfast_protocol::PeerMessage;
use tokio::sync::oneshot;

use super::Actor;
use crate::convert::from_wire;
use crate::diagnostics::ConnectionDiagnostics;
use crate::peer::Command;

impl Actor {
    pub(super) async fn handle_command(&mut self, command: Command) {
        match command {
            Command::Signal { generation, message } => {
                if let Ok(message) = from_wire(message) {
                    self.input(Input::Remote { generation, message });
                }
            }
            Command::Control(message) => self.send_control(&message).await,
            Command::SetScreen(shared) => {
                self.tracks = self.tracks.with(TrackSource::Screen, shared);
                self.input(Input::Wanted(self.tracks));
            }
            Command::RequestKeyframe => {
                for live in self.connections.iter() {
                    live.intake.wish_keyframe();
                }
            }
            Command::ExpectMedia(expected) => self.input(Input::MediaExpected(expected)),
            Command::Signaling(reachable) => {
                self.signaling = reachable;
                self.input(Input::Signaling(reachable));
            }
            Command::AddressChanged => self.input(Input::AddressChanged),
            Command::Woke => self.input(Input::Woke),
            Command::RemoteRestarted => self.input(Input::RemoteRestarted),
            Command::Retry => self.input(Input::Retry),
            Command::Inspect(reply) => self.inspect(reply),
        }
    }

    /// Asks the library, beside whatever this task does next.
    fn inspect(&self, reply: oneshot::Sender<Vec<ConnectionDiagnostics>>) {
        let mut connections: Vec<_> =
            self.connections.iter().map(|live| Arc::clone(&live.connection)).collect();
        connections.reverse();
        tokio::spawn(async move {
            let mut found = Vec::with_capacity(connections.len());
            for connection in connections {
                found.push(connection.inspect().await);
            }
            // Whoever asked may have given up.
            let _ = reply.send(found);
        });
    }

    async fn send_control(&self, message: &PeerMessage) {
        let sent = match self.connections.control() {
            Some(live) => live.connection.send_control(&message.to_json()).await,
            None => false,
        };
        if !sent {
            self.shared.traffic.control_dropped();
        }
    }
}
