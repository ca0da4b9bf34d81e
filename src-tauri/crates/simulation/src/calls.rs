//! Calls of the library: how long one takes, whether it fails or hangs, and what it does.

use std::time::Duration;

use holdfast_connection_model::Refused;
use holdfast_negotiation::{Action, DescriptionKind, Input, Outcome, timing};

use crate::checks::Invariant;
use crate::queue::{Event, PeerKey};
use crate::world::{Work, World};

/// A refused call that the machine should not have made.
fn out_of_turn(refused: Refused) -> String {
    format!("asked for what the library refuses: {refused}")
}

impl World {
    pub(crate) fn begin_call(&mut self, key: PeerKey, action: Action) {
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
        self.note_two(seat, other, || format!("calls {}", brief(&action)));
        if let (true, Some(other)) = (hangs, other) {
            // What is wrong until then is the library's fault.
            let pair = self.checks.pair(seat, other);
            self.checks.hung[pair] = self.checks.hung[pair].max(at);
        }
        if let Some(peer) = self.peer(key) {
            // A failed call is marked by having lost its number of the connection.
            peer.call = Some(if fails { failed(action) } else { action });
        }
        self.queue.push(at, Event::CallDone(key));
    }

    pub(crate) fn call_done(&mut self, key: PeerKey) {
        let Some(action) = self.peer(key).and_then(|peer| peer.call.take()) else { return };
        let Some(op) = action.op() else { return };
        let outcome = match self.carry_out(key, action) {
            Ok(outcome) => outcome,
            Err(why) => {
                let (seat, other) = self.pair_of(key);
                self.note_two(seat, other, || format!("the call failed: {why}"));
                if let Some(other) = other {
                    // The fault is the library's, and what the recovery from it costs.
                    self.checks.disturbed_pair(seat, other, self.now);
                }
                Outcome::Failed
            }
        };
        self.input(key, Input::Outcome { op, outcome });
        self.work.push_back(Work::Turn(key));
    }

    fn carry_out(&mut self, key: PeerKey, action: Action) -> Result<Outcome, String> {
        if generation_of(&action) == Some(FAILED) {
            return Err("the library says no".into());
        }
        let seat = key.process.seat;
        let now = self.local(seat);
        let end = match &action {
            Action::CreateConnection { generation, .. } => {
                self.create_end(key, *generation);
                return Ok(Outcome::Done);
            }
            other => generation_of(other).and_then(|generation| self.end_of(key, generation)),
        };
        let Some(number) = end else { return Err("no such connection".into()) };
        let address = self.network.links[seat].address;
        let (pair_seat, other) = self.pair_of(key);
        let Some(end) = self.ends[number].as_mut() else { return Err("no such connection".into()) };
        let model = &mut end.model;
        let done = match action {
            Action::CreateOffer { ice_restart, tracks, .. } => {
                model.offer(ice_restart, tracks).map(|made| (made.gathers, Some(made)))
            }
            Action::CreateAnswer { tracks, .. } => {
                model.answer(tracks, true).map(|made| (made.gathers, Some(made)))
            }
            Action::SetLocalRollback { .. } => model.roll_back().map(|()| (false, None)),
            Action::ApplyRemote { kind: DescriptionKind::Offer, sdp, .. } => {
                model.apply_offer(&sdp).map(|_| (false, None))
            }
            Action::ApplyRemote { kind: DescriptionKind::Answer, sdp, .. } => {
                model.apply_answer(&sdp).map(|gathers| (gathers, None))
            }
            Action::AddRemoteCandidate { candidate, .. } => {
                model.add_candidate(&candidate.candidate).map(|()| (false, None))
            }
            _ => return Err("no call".into()),
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

    pub(crate) fn end_of(&self, key: PeerKey, generation: u32) -> Option<usize> {
        let process = self.seats[key.process.seat].process.as_ref().filter(|p| p.key == key.process)?;
        let peer = process.peers.values().find(|peer| peer.instance == key.instance)?;
        let of_generation = |end: &&usize| {
            self.ends[**end].as_ref().is_some_and(|e| e.generation == generation && !e.closing && !e.replaced)
        };
        peer.ends.iter().find(of_generation).copied()
    }
}

/// Marks a call that is going to fail; no machine uses it, generations end far below.
const FAILED: u32 = u32::MAX;

fn failed(mut action: Action) -> Action {
    match &mut action {
        Action::CreateConnection { generation, .. }
        | Action::CreateOffer { generation, .. }
        | Action::CreateAnswer { generation, .. }
        | Action::SetLocalRollback { generation, .. }
        | Action::ApplyRemote { generation, .. }
        | Action::AddRemoteCandidate { generation, .. } => *generation = FAILED,
        _ => {}
    }
    action
}

fn generation_of(action: &Action) -> Option<u32> {
    match action {
        Action::CreateConnection { generation, .. }
        | Action::CreateOffer { generation, .. }
        | Action::CreateAnswer { generation, .. }
        | Action::SetLocalRollback { generation, .. }
        | Action::ApplyRemote { generation, .. }
        | Action::AddRemoteCandidate { generation, .. } => Some(*generation),
        _ => None,
    }
}

fn brief(action: &Action) -> String {
    match action {
        Action::CreateConnection { generation, relay_only, .. } => {
            format!("create connection {generation}{}", if *relay_only { ", relay only" } else { "" })
        }
        Action::CreateOffer { generation, ice_restart, .. } => {
            format!("create offer {generation}{}", if *ice_restart { ", ICE restart" } else { "" })
        }
        Action::CreateAnswer { generation, .. } => format!("create answer {generation}"),
        Action::SetLocalRollback { generation, .. } => format!("roll back {generation}"),
        Action::ApplyRemote { generation, kind, .. } => format!("apply {kind:?} {generation}"),
        Action::AddRemoteCandidate { generation, .. } => format!("add candidate {generation}"),
        _ => String::new(),
    }
}
