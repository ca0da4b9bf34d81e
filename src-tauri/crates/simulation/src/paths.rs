//! The library's end of every connection: what its transport sees of the network, what its control channel carries, and
//! which media passes.

use std::time::Duration;

use holdfast_connection_model::{Connection, Transport};
use holdfast_negotiation::{Candidate, TransportState};
use holdfast_peer_machine::Report;
use holdfast_protocol::Generation;

use crate::end::End;
use crate::pipe::Pipe;
use crate::queue::{Event, PeerKey};
use crate::world::{Work, World};

/// How long data sent before a connection was closed may still be on the wire. Longer than any latency here.
const ON_THE_WIRE: Duration = Duration::from_millis(300);

impl World {
    pub(crate) fn create_end(&mut self, owner: PeerKey, generation: Generation) {
        let number = self.ends.len();
        let now = self.local(owner.process.seat);
        self.ends.push(Some(End {
            owner,
            generation,
            model: Connection::new(number as u64),
            transport: Transport::new(now),
            checked: None,
            connect_after: self.random.millis(20, 100),
            repeats: Duration::ZERO,
            address: None,
            outgoing: Pipe::default(),
            control_open: false,
            control_planned: false,
            look: None,
            heard: false,
            outlet_open: false,
            closing: false,
            control_dead: false,
        }));
        if let Some(peer) = self.peer(owner) {
            peer.ends.push(number);
        }
    }

    /// Removes all that is left of it.
    pub(crate) fn vanish(&mut self, number: usize) {
        let counterpart = self.counterpart(number);
        let Some(end) = self.ends[number].take() else { return };
        if let Some(peer) = self.peer(end.owner) {
            peer.ends.retain(|end| *end != number);
        }
        if let Some(other) = counterpart {
            self.work.push_back(Work::Look(other));
        }
    }

    /// Its owner closes it. That does not stop data that is already on the wire.
    pub(crate) fn close_end(&mut self, number: usize) {
        let now = self.now;
        let Some(end) = self.ends[number].as_mut() else { return };
        end.closing = true;
        let speaks = end.outgoing.len() > 0 && end.outgoing.stalled_for(now).is_none();
        if speaks {
            self.queue.push(now + ON_THE_WIRE, Event::Vanish(number));
        } else {
            self.vanish(number);
        }
    }

    /// The other end, if its owner's description was ever set here and it still exists.
    pub(crate) fn counterpart(&self, number: usize) -> Option<usize> {
        let identity = self.ends[number].as_ref()?.model.remote_identity()?;
        let other = usize::try_from(identity).ok()?;
        self.ends.get(other)?.as_ref().map(|_| other)
    }

    fn bound(&self, end: &End) -> bool {
        end.address == Some(self.network.links[end.owner.process.seat].address)
    }

    /// Whether packets of `from` reach `to` and are accepted there.
    pub(crate) fn reaches(&self, from: &End, to: &End) -> bool {
        let (a, b) = (from.owner.process.seat, to.owner.process.seat);
        self.network.udp(a, b)
            && self.runs(a)
            && self.runs(b)
            && self.bound(from)
            && self.bound(to)
            && from.model.matches(&to.model)
    }

    /// Descriptions or roles of the transport changed.
    pub(crate) fn credentials_may_have_changed(&mut self, number: usize, now: Duration) {
        let Some(end) = self.ends[number].as_ref() else { return };
        let seat = end.owner.process.seat;
        let other =
            self.counterpart(number).and_then(|n| self.ends[n].as_ref()).map(|e| e.owner.process.seat);
        let repeats = self.network.repeated_checks(seat, other.unwrap_or(seat), &mut self.random);
        let Some(end) = self.ends[number].as_mut() else { return };
        let Some(known) = end.model.credentials() else { return };
        let mut news = None;
        if end.checked != Some(known) {
            let local_changed = end.checked.is_none_or(|(local, _)| local != known.0);
            end.checked = Some(known);
            if local_changed {
                end.repeats = repeats;
                news = end.transport.begin_checks(now);
            }
        }
        let (owner, generation) = (end.owner, end.generation);
        if let Some(state) = news {
            self.report(owner, generation, Report::Transport(state));
        }
        self.work.push_back(Work::Look(number));
        if let Some(other) = self.counterpart(number) {
            self.work.push_back(Work::Look(other));
        }
    }

    pub(crate) fn look_at_everyone(&mut self) {
        for number in 0..self.ends.len() {
            if self.ends[number].is_some() {
                self.work.push_back(Work::Look(number));
            }
        }
    }

    pub(crate) fn look(&mut self, number: usize) {
        let Some(end) = self.ends[number].as_ref() else { return };
        let owner = end.owner;
        let seat = owner.process.seat;
        if !self.runs(seat) {
            return;
        }
        let counterpart = self.counterpart(number);
        let (mut answered, mut heard) = (false, false);
        if let Some(other) = counterpart.and_then(|other| self.ends[other].as_ref()) {
            let (mine, theirs) = (self.local(seat), self.local(other.owner.process.seat));
            let both_ways = self.reaches(other, end) && self.reaches(end, other);
            // An end that sends no more checks itself still answers the other's checks.
            let checked = end.transport.checks(mine) && other.transport.listens();
            heard = self.reaches(other, end) && (other.transport.checks(theirs) || both_ways && checked);
            let known = if self.strict(seat, other.owner.process.seat) {
                end.model.knows_candidate_of(&other.model) && other.model.knows_candidate_of(&end.model)
            } else {
                end.model.knows_candidate_of(&other.model) || other.model.knows_candidate_of(&end.model)
            };
            answered = heard && both_ways && known;
        }
        let now = self.local(seat);
        let slept = self.seats[seat].slept;
        let mut reports = Vec::new();
        let Some(end) = self.ends[number].as_mut() else { return };
        while let Some(state) = end.transport.observe(answered, heard, end.connect_after + end.repeats, now) {
            reports.push(state);
        }
        let generation = end.generation;
        if let Some(at) = end.transport.next_look(end.connect_after + end.repeats).map(|at| at + slept)
            && end.look.is_none_or(|planned| at < planned)
        {
            end.look = Some(at);
            self.queue.push(at, Event::Look(number));
        }
        if !reports.is_empty() {
            if let Some(other) = counterpart {
                self.work.push_back(Work::Look(other));
            }
            if reports.contains(&TransportState::Connected) {
                self.plan_control(number);
            }
        }
        for state in reports {
            let (a, b) = self.pair_of(owner);
            self.note_two(a, b, || format!("transport {generation}: {state:?}"));
            self.report(owner, generation, Report::Transport(state));
        }
        self.resume_control(number);
    }

    pub(crate) fn report(&mut self, owner: PeerKey, generation: Generation, report: Report) {
        if let Some(peer) = self.peer(owner) {
            peer.reports.push_back((generation, report));
            self.work.push_back(Work::Turn(owner));
        }
    }

    pub(crate) fn candidate_found(&mut self, number: usize, text: String) {
        if let Some(end) = self.ends[number].as_mut() {
            end.model.found(&text);
            let (owner, generation) = (end.owner, end.generation);
            let candidate =
                Candidate { candidate: text, sdp_mid: Some("0".into()), sdp_m_line_index: Some(0) };
            self.report(owner, generation, Report::LocalCandidate(candidate));
        }
    }

    /// Two people behind routers that let in only known addresses: both sides must know the candidates.
    fn strict(&self, a: usize, b: usize) -> bool {
        (a + b).is_multiple_of(3)
    }
}
