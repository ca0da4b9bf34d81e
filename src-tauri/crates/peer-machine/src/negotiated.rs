//! Carries out what the negotiation decides.

use holdfast_negotiation::{Action as Negotiated, PeerState};

use crate::machine::Operating;
use crate::{Action, Note, Operation, PeerEvent, PeerMachine};

impl PeerMachine {
    pub(crate) fn carry_out(&mut self, action: Negotiated) {
        let action = match Operation::of(action) {
            Ok((op, operation)) => {
                let creates = match &operation {
                    Operation::CreateConnection { generation, .. } => Some(*generation),
                    _ => None,
                };
                self.operating = Some(Operating { op, creates });
                return self.actions.push_back(Action::Operate { op, operation });
            }
            Err(action) => action,
        };
        match action {
            Negotiated::CloseConnection { generation } => {
                if self.connections.release(generation, self.now) {
                    self.actions.push_back(Action::CloseConnection { generation });
                }
                if !self.is_closing() {
                    self.note_control();
                }
            }
            Negotiated::Send { generation, message } => self.send(generation, message),
            Negotiated::TaskFinished { id, kind, result } => {
                self.actions.push_back(Action::Log(Note::TaskFinished { id, kind, result }));
            }
            Negotiated::StateChanged { state, reason } => {
                self.actions.push_back(Action::Log(Note::State { state, reason }));
                self.emit(PeerEvent::State(state));
                if state == PeerState::Failed {
                    self.emit(PeerEvent::Failed { reason });
                }
            }
            Negotiated::Rebuilt { generation } => self.emit(PeerEvent::Rebuilt { generation }),
            Negotiated::RequestKeyframe { generation } => {
                if self.connections.is_live(generation) {
                    self.actions.push_back(Action::AskKeyframe { generation, source: None });
                }
            }
            // Operations, above.
            Negotiated::CreateConnection { .. }
            | Negotiated::CreateOffer { .. }
            | Negotiated::CreateAnswer { .. }
            | Negotiated::SetLocalRollback { .. }
            | Negotiated::ApplyRemote { .. }
            | Negotiated::AddRemoteCandidate { .. } => {}
        }
    }
}
