//! Calls of the library: how long a call takes, whether it fails or hangs, and what it does.

use std::time::Duration;

use holdfast_connection_model::Refused;
use holdfast_negotiation::{DescriptionKind, OpId, Outcome, timing};
use holdfast_peer_machine::{Input, Operation};

use crate::checks::Invariant;
use crate::person::Call;
use crate::queue::{Event, PeerKey};
use crate::world::{Work, World};

/// The library refused a call that the machine should not have made.
fn out_of_turn(refused: Refused) -> String {
    format!("asked for what the library refuses: {refused}")
}

impl World {
    pub(crate) fn begin_call(&mut self, key: PeerKey, op: OpId, operation: Operation) {
        let takes = if self.random.rarely(self.hanging_calls) {
            timing::OPERATION_WAIT
        } else if self.random.percent(2) {
            self.random.millis(10, 300)
        } else {
            self.random.between(Duration::from_micros(100), Duration::from_millis(6))
        };
        let at = self.now + takes;
        let hangs = takes == timing::OPERATION_WAIT;
        let fails = hangs || self.random.rarely(self.failing_calls);
        if let Some(process) = self.process(key.process) {
            process.calls += 1;
        }
        let (seat, other) = self.pair_of(key);
        self.note_two(seat, other, || format!("calls {}", brief(&operation)));
        if let (true, Some(other)) = (hangs, other) {
            // Until then, any trouble is the library's fault.
            let pair = self.checks.pair(seat, other);
            self.checks.hung[pair] = self.checks.hung[pair].max(at);
        }
        if let Some(peer) = self.peer(key) {
            peer.call = Some(Call { op, operation, fails });
        }
        self.queue.push(at, Event::CallDone(key));
    }

    pub(crate) fn call_done(&mut self, key: PeerKey) {
        let Some(call) = self.peer(key).and_then(|peer| peer.call.take()) else { return };
        let op = call.op;
        let outcome = match self.operate(key, call) {
            Ok(outcome) => outcome,
            Err(why) => {
                let (seat, other) = self.pair_of(key);
                self.note_two(seat, other, || format!("the call failed: {why}"));
                if let Some(other) = other {
                    // The library causes this fault, and the cost of the recovery from it.
                    self.checks.disturbed_pair(seat, other, self.now);
                }
                Outcome::Failed
            }
        };
        self.input(key, Input::Outcome { op, outcome });
        self.work.push_back(Work::Turn(key));
    }

    fn operate(&mut self, key: PeerKey, call: Call) -> Result<Outcome, String> {
        let Call { operation, fails, .. } = call;
        if fails {
            return Err("the library says no".into());
        }
        let seat = key.process.seat;
        let now = self.local(seat);
        if let Operation::CreateConnection { generation, .. } = operation {
            self.create_end(key, generation);
            return Ok(Outcome::Done);
        }
        let end = self.end_of(key, operation.generation());
        let Some(number) = end else { return Err("no such connection".into()) };
        let address = self.network.links[seat].address;
        let (pair_seat, other) = self.pair_of(key);
        let Some(end) = self.ends[number].as_mut() else { return Err("no such connection".into()) };
        let model = &mut end.model;
        let done = match operation {
            Operation::CreateOffer { ice_restart, tracks, .. } => {
                model.offer(ice_restart, tracks).map(|made| (made.gathers, Some(made)))
            }
            Operation::CreateAnswer { tracks, .. } => {
                model.answer(tracks, true).map(|made| (made.gathers, Some(made)))
            }
            Operation::SetLocalRollback { .. } => model.roll_back().map(|()| (false, None)),
            Operation::ApplyRemote { kind: DescriptionKind::Offer, sdp, .. } => {
                model.apply_offer(&sdp).map(|_| (false, None))
            }
            Operation::ApplyRemote { kind: DescriptionKind::Answer, sdp, .. } => {
                model.apply_answer(&sdp).map(|gathers| (gathers, None))
            }
            Operation::AddRemoteCandidate { candidate, .. } => {
                model.add_candidate(&candidate.candidate).map(|()| (false, None))
            }
            Operation::CreateConnection { .. } => return Err("no call".into()),
        };
        let (gathers, described) = match done {
            Ok(done) => done,
            Err(refused) => {
                let why = out_of_turn(refused);
                self.violated(Invariant::Calls, pair_seat, other, || why.clone());
                return Err(why);
            }
        };
        if gathers {
            end.address = Some(address);
            let text = end.model.candidate();
            for (low, high) in [(1, 8), (10, 80)] {
                let at = self.now + self.random.millis(low, high);
                self.queue.push(at, Event::Candidate { end: number, text: text.clone() });
            }
        }
        let outcome = match described {
            None => Outcome::Done,
            Some(described) => Outcome::Description { sdp: described.sdp, tracks: described.tracks },
        };
        self.credentials_may_have_changed(number, now);
        Ok(outcome)
    }
}

fn brief(operation: &Operation) -> String {
    match operation {
        Operation::CreateConnection { generation, relay_only, .. } => {
            format!("create connection {generation}{}", if *relay_only { ", relay only" } else { "" })
        }
        Operation::CreateOffer { generation, ice_restart, .. } => {
            format!("create offer {generation}{}", if *ice_restart { ", ICE restart" } else { "" })
        }
        Operation::CreateAnswer { generation, .. } => format!("create answer {generation}"),
        Operation::SetLocalRollback { generation, .. } => format!("roll back {generation}"),
        Operation::ApplyRemote { generation, kind, .. } => format!("apply {kind:?} {generation}"),
        Operation::AddRemoteCandidate { generation, .. } => format!("add candidate {generation}"),
    }
}
