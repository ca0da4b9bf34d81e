//! Does what the owner asks for.

use holdfast_negotiation::{Input as Negotiate, TrackSource};

use crate::convert::from_wire;
use crate::{Action, Command, PeerMachine};

impl PeerMachine {
    pub(crate) fn handle_command(&mut self, command: Command) {
        match command {
            Command::Signal { generation, message } => {
                if let Ok(message) = from_wire(message) {
                    self.negotiate(Negotiate::Remote { generation, message });
                }
            }
            Command::Control(message) => self.say(message),
            Command::SetScreen(shared) => {
                self.tracks = self.tracks.with(TrackSource::Screen, shared);
                self.negotiate(Negotiate::Wanted(self.tracks));
            }
            Command::RequestKeyframe(source) => {
                let asked =
                    self.connections.live().map(|generation| Action::AskKeyframe { generation, source });
                self.actions.extend(asked);
            }
            Command::ExpectMedia(expected) => self.negotiate(Negotiate::MediaExpected(expected)),
            Command::Signaling(reachable) => {
                self.signaling = reachable;
                self.negotiate(Negotiate::Signaling(reachable));
            }
            Command::AddressChanged => self.negotiate(Negotiate::AddressChanged),
            Command::Woke => self.negotiate(Negotiate::Woke),
            Command::RemoteRestarted => {
                // The remote counts its revisions from the start again.
                self.told_revision = None;
                self.negotiate(Negotiate::RemoteRestarted);
            }
            Command::Retry => self.negotiate(Negotiate::Retry),
        }
    }
}
