//! The task behind each connection, as the `peer` crate's own task drives its negotiation: one thing at a time, what
//! comes meanwhile waits.

use std::time::Duration;

use holdfast_meeting_machine::LinkEvent;
use holdfast_negotiation::{Action, Candidate, Input, PeerState, TransportState};
use holdfast_peer::convert::{from_wire, to_wire};
use holdfast_protocol::{ParticipantId, PeerMessage, ToldMediaState};

use crate::checks::Invariant;
use crate::end::Letter;
use crate::person::{Command, News, Peer, Report};
use crate::queue::PeerKey;
use crate::world::{STEPS_AT_ONCE, Work, World};

/// A control channel that acknowledges nothing for this long is not used for what can go another way.
const STALLED_AFTER: Duration = Duration::from_secs(1);

impl World {
    pub(crate) fn peer(&mut self, key: PeerKey) -> Option<&mut Peer> {
        let process = self.process(key.process)?;
        process.peers.values_mut().find(|peer| peer.instance == key.instance)
    }

    fn remote_of(&self, key: PeerKey) -> Option<ParticipantId> {
        let process = self.seats[key.process.seat].process.as_ref().filter(|p| p.key == key.process)?;
        process.peers.iter().find(|(_, peer)| peer.instance == key.instance).map(|(id, _)| id.clone())
    }

    /// Seats of both sides.
    pub(crate) fn pair_of(&self, key: PeerKey) -> (usize, Option<usize>) {
        (key.process.seat, self.remote_of(key).and_then(|id| self.ids.get(&id).copied()))
    }

    fn emit(&mut self, key: PeerKey, event: LinkEvent) {
        if let Some(of) = self.remote_of(key) {
            self.work.push_back(Work::News(key.process, News::Peer { instance: key.instance, of, event }));
        }
    }

    pub(crate) fn input(&mut self, key: PeerKey, input: Input) {
        let now = self.local(key.process.seat);
        if let Some(peer) = self.peer(key) {
            peer.negotiation.handle_input(input, now);
        }
    }

    /// The task does everything it can: what the negotiation wants, then what waits.
    pub(crate) fn peer_turn(&mut self, key: PeerKey) {
        let mut steps = 0;
        while self.runs(key.process.seat) {
            steps += 1;
            if steps > STEPS_AT_ONCE {
                let (seat, other) = self.pair_of(key);
                return self
                    .violated(Invariant::Rest, seat, other, || "a connection's task never rests".into());
            }
            let Some(peer) = self.peer(key) else { return };
            if peer.call.is_some() {
                return;
            }
            if let Some(action) = peer.negotiation.poll_action() {
                if action.op().is_some() {
                    return self.begin_call(key, action);
                }
                self.perform(key, action);
                continue;
            }
            // In the order of the real task: what happened before what was asked.
            if let Some((generation, report)) = peer.reports.pop_front() {
                self.handle_report(key, generation, report);
            } else if std::mem::take(&mut peer.heard) {
                self.note_media(key);
                self.note_control(key);
            } else if let Some(command) = peer.commands.pop_front() {
                self.note_media(key);
                self.handle_command(key, command);
            } else {
                return;
            }
        }
    }

    fn note_media(&mut self, key: PeerKey) {
        let Some(peer) = self.peer(key) else { return };
        for index in 0..peer.ends.len() {
            let Some(end) = self.peer(key).map(|peer| peer.ends[index]) else { return };
            let Some(end) = self.ends[end].as_mut() else { continue };
            if std::mem::take(&mut end.heard) {
                let generation = end.generation;
                self.input(key, Input::MediaReceived { generation });
            }
        }
    }

    fn replaced(&self, key: PeerKey, generation: u32) -> bool {
        let process = self.seats[key.process.seat].process.as_ref().filter(|p| p.key == key.process);
        let peer = process.and_then(|p| p.peers.values().find(|peer| peer.instance == key.instance));
        let of_generation = |e: &crate::end::End| e.generation == generation && e.replaced;
        peer.is_some_and(|p| p.ends.iter().any(|end| self.ends[*end].as_ref().is_some_and(of_generation)))
    }

    /// What needs no answer.
    fn perform(&mut self, key: PeerKey, action: Action) {
        let (seat, other) = self.pair_of(key);
        match action {
            Action::CloseConnection { generation } => {
                self.note_two(seat, other, || format!("closes generation {generation}"));
                if let Some(end) = self.end_of(key, generation) {
                    self.release(key, end);
                }
                self.note_control(key);
            }
            Action::Send { generation, message } => self.send(key, generation, to_wire(message)),
            Action::StateChanged { state, reason } => {
                self.note_two(seat, other, || format!("is {state:?}: {reason:?}"));
                if let Some(peer) = self.peer(key) {
                    peer.shown = state;
                }
                self.emit(key, LinkEvent::State(state));
                if state == PeerState::Failed {
                    self.emit(key, LinkEvent::Failed { reason });
                }
            }
            Action::Rebuilt { generation } => {
                self.note_two(seat, other, || format!("rebuilds: generation {generation}"));
                self.emit(key, LinkEvent::Rebuilt { generation });
            }
            Action::TaskFinished { .. } | Action::RequestKeyframe { .. } => {}
            _ => {}
        }
    }

    /// The newest connection whose control channel can be used.
    fn control_end(&self, key: PeerKey) -> Option<usize> {
        let process = self.seats[key.process.seat].process.as_ref().filter(|p| p.key == key.process)?;
        let peer = process.peers.values().find(|peer| peer.instance == key.instance)?;
        let usable = |end: &&usize| {
            self.ends[**end].as_ref().is_some_and(|e| {
                e.control_open && !e.closing && e.transport.state() == TransportState::Connected
            })
        };
        let replaced = |end: &&usize| self.ends[**end].as_ref().is_some_and(|e| e.replaced);
        let ends = || peer.ends.iter().rev().filter(usable);
        ends().find(|end| !replaced(end)).or_else(|| ends().find(replaced)).copied()
    }

    /// Whether a channel delivers what it is given, as far as is known.
    fn control_flows(&self, end: usize) -> bool {
        let now = self.now;
        self.ends[end]
            .as_ref()
            .is_some_and(|e| e.outgoing.len() == 0 || now < e.unacknowledged + STALLED_AFTER)
    }

    /// Whether what one says to another now goes on a control channel that carries it.
    pub(crate) fn control_serves(&self, from: usize, to: usize) -> bool {
        let ends = [from, to].map(|seat| self.seats[seat].in_meeting());
        let [Some(sender), Some(to)] = ends else { return false };
        let key =
            sender.peers.get(&to.id).map(|peer| PeerKey { process: sender.key, instance: peer.instance });
        key.and_then(|key| self.control_end(key))
            .is_some_and(|end| self.control_flows(end) && self.carries(end))
    }

    /// Tells the owner when messages begin or cease to be carried; returns whether that was so.
    fn note_control(&mut self, key: PeerKey) -> bool {
        let flows = self.control_end(key).is_some_and(|end| self.control_flows(end));
        let Some(peer) = self.peer(key) else { return false };
        let changed = std::mem::replace(&mut peer.flows, flows) != flows;
        if changed {
            self.emit(key, if flows { LinkEvent::ControlOpen } else { LinkEvent::ControlClosed });
        }
        changed
    }

    /// Whether a look at the control channels would bring news.
    pub(crate) fn control_turned(&self, key: PeerKey, flows: bool) -> bool {
        self.control_end(key).is_some_and(|end| self.control_flows(end)) != flows
    }

    fn send(&mut self, key: PeerKey, generation: u32, message: PeerMessage) {
        let signaling = self.peer(key).is_none_or(|peer| peer.signaling);
        if !signaling && let Some(end) = self.control_end(key) {
            return self.control_send(end, Letter { about: generation, message });
        }
        self.emit(key, LinkEvent::Signal { generation, message });
    }

    fn handle_command(&mut self, key: PeerKey, command: Command) {
        match command {
            Command::Signal { generation, message } => {
                if let Ok(message) = from_wire(message) {
                    self.input(key, Input::Remote { generation, message });
                }
            }
            Command::Control(message) => {
                if let Some(end) = self.control_end(key).filter(|end| self.control_flows(*end)) {
                    self.control_send(end, Letter { about: 0, message });
                } else {
                    *self.checks.counters.entry("control_dropped").or_default() += 1;
                }
            }
            Command::Screen(tracks) => self.input(key, Input::Wanted(tracks)),
            Command::ExpectMedia(expected) => self.input(key, Input::MediaExpected(expected)),
            Command::Signaling(answers) => {
                if let Some(peer) = self.peer(key) {
                    peer.signaling = answers;
                }
                self.input(key, Input::Signaling(answers));
            }
            Command::AddressChanged => self.input(key, Input::AddressChanged),
            Command::Woke => self.input(key, Input::Woke),
            Command::RemoteRestarted => self.input(key, Input::RemoteRestarted),
            Command::Retry => self.input(key, Input::Retry),
        }
    }

    fn handle_report(&mut self, key: PeerKey, generation: u32, report: Report) {
        // A connection that was closed meanwhile says nothing any more; one that was replaced may finish speaking.
        let spoken = matches!(report, Report::Control { .. }) && self.replaced(key, generation);
        if !spoken && self.end_of(key, generation).is_none() {
            return;
        }
        match report {
            Report::Transport(state) => {
                self.note_control(key);
                self.input(key, Input::Transport { generation, state });
            }
            Report::LocalCandidate(text) => {
                let candidate = Candidate { candidate: text, sdp_mid: None, sdp_m_line_index: Some(0) };
                self.input(key, Input::LocalCandidate { generation, candidate });
            }
            Report::ControlOpen => {
                self.hasten_farewells(key, generation);
                self.input(key, Input::ControlOpen { generation, open: true });
                if !self.note_control(key) {
                    // Another one was open already, but this is the one that will last.
                    self.emit(key, LinkEvent::ControlOpen);
                }
            }
            Report::ControlClosed => {
                self.input(key, Input::ControlOpen { generation, open: false });
                self.note_control(key);
            }
            Report::Control { about, message } => {
                let generation = if about == 0 { generation } else { about };
                match from_wire(message) {
                    Ok(message) => self.input(key, Input::Remote { generation, message }),
                    Err(message) => {
                        match &message {
                            PeerMessage::MediaState(ToldMediaState { state: s, .. }) => {
                                self.input(key, Input::MediaExpected(s.microphone || s.camera || s.screen));
                            }
                            PeerMessage::Goodbye {} => self.input(key, Input::Close),
                            _ => {}
                        }
                        self.emit(key, LinkEvent::Control(message));
                    }
                }
            }
        }
    }
}
