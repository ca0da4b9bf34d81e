//! The driver of each peer machine. It works like the driver in the `peer` crate: one action at a time; reports come
//! first, then timeouts, then commands.

use holdfast_delivery::ChannelMessage;
use holdfast_peer_machine::{Action, Input, Note, PeerEvent};
use holdfast_protocol::Generation;
use holdfast_protocol::ParticipantId;

use crate::checks::Invariant;
use crate::person::{News, Peer};
use crate::queue::PeerKey;
use crate::world::{STEPS_AT_ONCE, Work, World};

impl World {
    pub(crate) fn peer(&mut self, key: PeerKey) -> Option<&mut Peer> {
        self.process(key.process)?.all_peers_mut().find(|peer| peer.instance == key.instance)
    }

    fn peer_ref(&self, key: PeerKey) -> Option<&Peer> {
        let process = self.seats[key.process.seat].process.as_ref().filter(|p| p.key == key.process)?;
        process.all_peers().find(|peer| peer.instance == key.instance)
    }

    /// The remote participant of a connection; `None` once its owner has given it up.
    fn remote_of(&self, key: PeerKey) -> Option<ParticipantId> {
        let process = self.seats[key.process.seat].process.as_ref().filter(|p| p.key == key.process)?;
        process.peers.iter().find(|(_, peer)| peer.instance == key.instance).map(|(id, _)| id.clone())
    }

    /// Seats of both sides.
    pub(crate) fn pair_of(&self, key: PeerKey) -> (usize, Option<usize>) {
        (key.process.seat, self.remote_of(key).and_then(|id| self.ids.get(&id).copied()))
    }

    pub(crate) fn input(&mut self, key: PeerKey, input: Input) {
        let now = self.local(key.process.seat);
        if let Some(peer) = self.peer(key) {
            peer.machine.handle_input(input, now);
        }
    }

    /// The driver does everything it can: first what the machine wants, then what waits.
    pub(crate) fn peer_turn(&mut self, key: PeerKey) {
        let mut steps = 0;
        while self.runs(key.process.seat) {
            steps += 1;
            if steps > STEPS_AT_ONCE {
                let (seat, other) = self.pair_of(key);
                return self
                    .violated(Invariant::Rest, seat, other, || "a connection's task never rests".into());
            }
            let now = self.local(key.process.seat);
            let Some(peer) = self.peer(key) else { return };
            if peer.call.is_some() {
                return;
            }
            if let Some(action) = peer.machine.poll_action() {
                self.carry_out(key, action);
            } else if peer.machine.is_closed() {
                return self.forget_peer(key);
            } else if let Some(goodbye) = peer.closing.take() {
                self.input(key, Input::Close { goodbye });
            } else if let Some((generation, report)) = peer.reports.pop_front() {
                self.input(key, Input::Report { generation, report });
            } else if peer.machine.poll_timeout().is_some_and(|at| at <= now) {
                self.note_media(key);
                if let Some(peer) = self.peer(key) {
                    peer.machine.handle_timeout(now);
                }
            } else if std::mem::take(&mut peer.heard) {
                self.note_media(key);
            } else if let Some(command) = peer.commands.pop_front() {
                self.note_media(key);
                self.input(key, Input::Command(command));
            } else {
                return;
            }
        }
    }

    fn note_media(&mut self, key: PeerKey) {
        let ends = self.peer(key).map(|peer| peer.ends.clone()).unwrap_or_default();
        for end in ends {
            let Some(end) = self.ends[end].as_mut() else { continue };
            if std::mem::take(&mut end.heard) {
                let generation = end.generation;
                self.input(key, Input::MediaReceived { generation });
            }
        }
    }

    fn carry_out(&mut self, key: PeerKey, action: Action) {
        let (seat, other) = self.pair_of(key);
        match action {
            Action::Operate { op, operation } => self.begin_call(key, op, operation),
            Action::CloseConnection { generation } => {
                self.note_two(seat, other, || format!("closes generation {generation}"));
                if let Some(end) = self.end_of(key, generation) {
                    self.close_end(end);
                }
            }
            Action::Send { generation, channel, message } => {
                let taken = match (self.end_of(key, generation), message) {
                    (Some(end), ChannelMessage::Text(text)) => self.control_send(end, text),
                    _ => false,
                };
                if !taken {
                    self.input(key, Input::Refused { channel });
                }
            }
            Action::ReadOutstanding { generation, channel } => {
                let end = self.end_of(key, generation).and_then(|end| self.ends[end].as_ref());
                let bytes = end.map_or(0, |end| end.outgoing.len());
                self.input(key, Input::Outstanding { generation, channel, bytes });
            }
            Action::OpenOutlet { generation } => self.set_outlet(key, generation, true),
            Action::CloseOutlet { generation } => self.set_outlet(key, generation, false),
            Action::Emit(event) => self.emit(key, event),
            Action::Log(Note::State { state, reason }) => {
                self.note_two(seat, other, || format!("is {state:?}: {reason:?}"));
            }
            Action::AskKeyframe { .. } | Action::Log(Note::TaskFinished { .. }) => {}
        }
    }

    fn set_outlet(&mut self, key: PeerKey, generation: Generation, open: bool) {
        if let Some(end) = self.end_of(key, generation)
            && let Some(end) = self.ends[end].as_mut()
        {
            end.outlet_open = open;
        }
    }

    fn emit(&mut self, key: PeerKey, event: PeerEvent) {
        if let (PeerEvent::State(state), Some(peer)) = (&event, self.peer(key)) {
            peer.shown = *state;
        }
        if let PeerEvent::Rebuilt { generation } = event {
            let (seat, other) = self.pair_of(key);
            self.note_two(seat, other, || format!("rebuilds: generation {generation}"));
        }
        if let Some(of) = self.remote_of(key) {
            self.work.push_back(Work::News(
                key.process,
                News::Peer { instance: key.instance, of, event: event.into() },
            ));
        }
    }

    /// Removes a peer; only data on the wire is left.
    fn forget_peer(&mut self, key: PeerKey) {
        if let Some(process) = self.process(key.process) {
            process.parting.retain(|peer| peer.instance != key.instance);
        }
    }

    /// Whether a message from one person to another goes now on a control channel that carries it.
    pub(crate) fn control_serves(&self, from: usize, to: usize) -> bool {
        let ends = [from, to].map(|seat| self.seats[seat].in_meeting());
        let [Some(sender), Some(to)] = ends else { return false };
        let Some(peer) = sender.peers.get(&to.id).filter(|peer| peer.machine.control_flows()) else {
            return false;
        };
        let key = PeerKey { process: sender.key, instance: peer.instance };
        let end = peer.machine.control_generation().and_then(|generation| self.end_of(key, generation));
        end.is_some_and(|end| self.carries(end))
    }

    /// The end of a generation, unless it is closed.
    pub(crate) fn end_of(&self, key: PeerKey, generation: Generation) -> Option<usize> {
        let of_generation = |end: &&usize| {
            self.ends[**end].as_ref().is_some_and(|e| e.generation == generation && !e.closing)
        };
        self.peer_ref(key)?.ends.iter().find(of_generation).copied()
    }
}
