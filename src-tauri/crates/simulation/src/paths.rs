//! The library's end of every connection: what its transport sees of the network, what its control channel carries,
//! what media gets through.

use std::time::Duration;

use holdfast_connection_model::{Connection, Transport};
use holdfast_negotiation::TransportState;
use holdfast_protocol::PeerMessage;

use crate::end::{End, Letter};
use crate::person::{Peer, Report};
use crate::pipe::Pipe;
use crate::queue::{Event, PeerKey};
use crate::world::{Work, World};

/// After a cut, SCTP tries again at growing intervals: at most this much later, and at most as long as the cut was.
const LATEST_RETRY: Duration = Duration::from_secs(20);

/// A control channel with more than this on its way is in a burst, in which the library was seen to lose messages.
const BURST: usize = 8;

/// So often is one of a burst lost, in percent.
const LOST_IN_BURST: u64 = 2;

/// After five repetitions, 63 s, SCTP gives up and the channels close.
const GIVEN_UP: Duration = Duration::from_secs(63);

/// How long a connection that was replaced while it worked goes on.
const FAREWELL: Duration = Duration::from_millis(500);

/// ... and how long at most, until the control channel of its successor is open.
const LONGEST_FAREWELL: Duration = Duration::from_secs(5);

/// How long last words are waited for.
const GOODBYE_WAIT: Duration = Duration::from_millis(200);

impl World {
    pub(crate) fn create_end(&mut self, owner: PeerKey, generation: u32) {
        let number = self.ends.len();
        let now = self.local(owner.process.seat);
        self.ends.push(Some(End {
            owner,
            generation,
            model: Connection::new(number as u64),
            transport: Transport::new(now),
            checked: None,
            unacknowledged: now,
            connect_after: self.random.millis(20, 100),
            address: None,
            outgoing: Pipe::default(),
            control_open: false,
            control_planned: false,
            look: None,
            heard: false,
            closing: false,
            replaced: false,
            control_dead: false,
        }));
        if let Some(peer) = self.peer(owner) {
            peer.ends.push(number);
        }
    }

    /// Nothing is left of it.
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

    /// Closing takes nothing back that is on the wire already.
    pub(crate) fn vanish_unless_speaking(&mut self, number: usize) {
        let now = self.now;
        let speaking = self.ends[number].as_ref().is_some_and(|end| {
            end.closing && end.outgoing.len() > 0 && end.outgoing.stalled_for(now).is_none()
        });
        if speaking {
            return self.queue.push(now + GOODBYE_WAIT, Event::Vanish(number));
        }
        self.vanish(number);
    }

    /// Lets go of a connection: at once, or after a farewell if it works and another has taken over.
    pub(crate) fn release(&mut self, owner: PeerKey, number: usize) {
        let works = |end: &End| end.transport.state() == TransportState::Connected && !end.replaced;
        let Some(end) = self.ends[number].as_ref() else { return };
        let (generation, worked) = (end.generation, works(end));
        let ends = self.peer(owner).map(|peer| peer.ends.clone()).unwrap_or_default();
        let succeeded =
            ends.iter().filter_map(|n| self.ends[*n].as_ref()).any(|e| e.generation > generation && works(e));
        if !(worked && succeeded) {
            return self.vanish(number);
        }
        if let Some(end) = self.ends[number].as_mut() {
            end.replaced = true;
        }
        let open = ends
            .iter()
            .filter_map(|n| self.ends[*n].as_ref())
            .any(|e| e.generation > generation && e.control_open);
        let farewell = if open { FAREWELL } else { LONGEST_FAREWELL };
        self.queue.push(self.now + farewell, Event::Vanish(number));
    }

    /// A successor's control channel is open: those before it need not wait any longer.
    pub(crate) fn hasten_farewells(&mut self, owner: PeerKey, generation: u32) {
        let ends = self.peer(owner).map(|peer| peer.ends.clone()).unwrap_or_default();
        for number in ends {
            if self.ends[number].as_ref().is_some_and(|end| end.replaced && end.generation < generation) {
                self.queue.push(self.now + FAREWELL, Event::Vanish(number));
            }
        }
    }

    /// The owner gives a connection up: its last words go out first, if they can.
    pub(crate) fn close_peer(&mut self, peer: &Peer) {
        for &number in &peer.ends {
            let Some(end) = self.ends[number].as_mut() else { continue };
            end.closing = true;
            if end.control_open {
                self.control_send(number, Letter { about: 0, message: PeerMessage::Goodbye {} });
                let at = self.now + GOODBYE_WAIT;
                self.queue.push(at, Event::Vanish(number));
            } else {
                self.vanish(number);
            }
        }
    }

    /// The other end, if its owner's description was ever set here and it is still there.
    fn counterpart(&self, number: usize) -> Option<usize> {
        let identity = self.ends[number].as_ref()?.model.remote_identity()?;
        let other = usize::try_from(identity).ok()?;
        self.ends.get(other)?.as_ref().map(|_| other)
    }

    fn bound(&self, end: &End) -> bool {
        end.address == Some(self.network.links[end.owner.process.seat].address)
    }

    /// Whether packets of `from` reach `to` and are taken for what they are.
    fn reaches(&self, from: &End, to: &End) -> bool {
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
        let Some(end) = self.ends[number].as_mut() else { return };
        let Some(known) = end.model.credentials() else { return };
        let mut news = None;
        if end.checked != Some(known) {
            let local_changed = end.checked.is_none_or(|(local, _)| local != known.0);
            end.checked = Some(known);
            if local_changed {
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
            heard = self.reaches(other, end) && other.transport.checks();
            let known = if self.strict(seat, other.owner.process.seat) {
                end.model.knows_candidate_of(&other.model) && other.model.knows_candidate_of(&end.model)
            } else {
                end.model.knows_candidate_of(&other.model) || other.model.knows_candidate_of(&end.model)
            };
            answered = heard && self.reaches(end, other) && known;
        }
        let now = self.local(seat);
        let slept = self.seats[seat].slept;
        let mut reports = Vec::new();
        let Some(end) = self.ends[number].as_mut() else { return };
        while let Some(state) = end.transport.observe(answered, heard, end.connect_after, now) {
            reports.push(state);
        }
        let generation = end.generation;
        if let Some(at) = end.transport.next_look(end.connect_after).map(|at| at + slept)
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

    fn report(&mut self, owner: PeerKey, generation: u32, report: Report) {
        if let Some(peer) = self.peer(owner) {
            peer.reports.push_back((generation, report));
            self.work.push_back(Work::Turn(owner));
        }
    }

    pub(crate) fn candidate_found(&mut self, number: usize, text: String) {
        if let Some(end) = self.ends[number].as_ref() {
            let (owner, generation) = (end.owner, end.generation);
            self.report(owner, generation, Report::LocalCandidate(text));
        }
    }

    fn plan_control(&mut self, number: usize) {
        let Some(other) = self.counterpart(number) else { return };
        let seats = [number, other].map(|n| self.ends[n].as_ref().map(|e| e.owner.process.seat));
        let [Some(a), Some(b)] = seats else { return };
        let round_trip = self.network.latency(a, b, &mut self.random) * 2;
        let Some(end) = self.ends[number].as_mut() else { return };
        if end.control_open || end.control_planned || end.control_dead {
            return;
        }
        end.control_planned = true;
        let at = self.now + round_trip + self.random.millis(5, 60);
        self.queue.push(at, Event::ControlOpens(number));
    }

    pub(crate) fn control_opens(&mut self, number: usize) {
        let Some(end) = self.ends[number].as_mut() else { return };
        end.control_planned = false;
        if end.control_open || end.control_dead || end.transport.state() != TransportState::Connected {
            return;
        }
        if !self.carries(number) {
            // The handshake goes on when the path does.
            let Some(end) = self.ends[number].as_mut() else { return };
            end.control_planned = true;
            return self.queue.push(self.now + Duration::from_millis(500), Event::ControlOpens(number));
        }
        let Some(end) = self.ends[number].as_mut() else { return };
        end.control_open = true;
        let (owner, generation) = (end.owner, end.generation);
        self.report(owner, generation, Report::ControlOpen);
    }

    /// Whether the data channels of this end get something to the other now.
    fn carries(&self, number: usize) -> bool {
        let Some(other) = self.counterpart(number) else { return false };
        let (Some(end), Some(other)) = (self.ends[number].as_ref(), self.ends[other].as_ref()) else {
            return false;
        };
        end.transport.has_path() && self.reaches(end, other)
    }

    pub(crate) fn control_send(&mut self, number: usize, letter: Letter) {
        let Some(end) = self.ends[number].as_ref() else { return };
        let (from, waiting) = (end.owner.process.seat, end.outgoing.len());
        if waiting > BURST && self.random.percent(LOST_IN_BURST) {
            *self.checks.counters.entry("control_lost_in_burst").or_default() += 1;
            return;
        }
        let to = self.counterpart(number).and_then(|n| self.ends[n].as_ref()).map(|e| e.owner.process.seat);
        let latency = self.network.latency(from, to.unwrap_or(from), &mut self.random);
        self.note_two(from, to, || format!("says on control: {:?}, about {}", letter.message, letter.about));
        let Some(end) = self.ends[number].as_mut() else { return };
        if end.outgoing.len() == 0 {
            end.unacknowledged = self.now;
        }
        if let Some(at) = end.outgoing.push(letter, self.now + latency) {
            self.queue.push(at, Event::Control(number));
        }
    }

    pub(crate) fn control_arrives(&mut self, number: usize) {
        let open = self.carries(number);
        let now = self.now;
        let Some(end) = self.ends[number].as_mut() else { return };
        let (letters, next) = end.outgoing.arrive(open, now);
        if !letters.is_empty() {
            end.unacknowledged = now;
        }
        if let Some(at) = next {
            self.queue.push(at, Event::Control(number));
        }
        let Some(other) = self.counterpart(number) else { return };
        for Letter { about, message } in letters {
            let Some(other) = self.ends[other].as_ref() else { return };
            self.checks.counts.deliveries += 1;
            let (owner, generation) = (other.owner, other.generation);
            self.report(owner, generation, Report::Control { about, message });
        }
    }

    /// The channels of both ends are gone; only another connection has new ones.
    fn control_closes(&mut self, number: usize) {
        for number in [Some(number), self.counterpart(number)].into_iter().flatten() {
            let Some(end) = self.ends[number].as_mut() else { continue };
            end.outgoing = Pipe::default();
            end.control_dead = true;
            let (owner, generation) = (end.owner, end.generation);
            if std::mem::take(&mut end.control_open) {
                self.report(owner, generation, Report::ControlClosed);
            }
        }
    }

    fn resume_control(&mut self, number: usize) {
        let now = self.now;
        let Some(stalled) = self.ends[number].as_ref().and_then(|end| end.outgoing.stalled_for(now)) else {
            return;
        };
        if !self.carries(number) {
            return;
        }
        if stalled > GIVEN_UP {
            return self.control_closes(number);
        }
        let longest = stalled.clamp(Duration::from_millis(200), LATEST_RETRY);
        let at = now + self.random.between(Duration::from_millis(5), longest);
        let Some(end) = self.ends[number].as_mut() else { return };
        if let Some(at) = end.outgoing.resume(at) {
            self.queue.push(at, Event::Control(number));
        }
    }

    /// Two people whose routers let in only who was called: candidates have to be known on both sides.
    fn strict(&self, a: usize, b: usize) -> bool {
        (a + b).is_multiple_of(3)
    }

    /// Sound and pictures go out on every connection that has a path.
    pub(crate) fn media(&mut self) {
        for seat in 0..self.seats.len() {
            if !self.runs(seat) {
                continue;
            }
            let wishes = self.seats[seat].wishes;
            let Some(process) = self.seats[seat].process.as_ref() else { continue };
            if process.machine.is_none() {
                continue;
            }
            let mut sound = false;
            process.gate.pass(&mut [0.5; 4], |_| sound = true);
            let pictures = wishes.camera && !process.leaving;
            let ends: Vec<usize> =
                process.peers.values().flat_map(|peer| peer.ends.iter().copied()).collect();
            let process_key = process.key;
            let turned: Vec<u64> = process
                .peers
                .values()
                .filter(|peer| {
                    self.control_turned(PeerKey { process: process_key, instance: peer.instance }, peer.flows)
                })
                .map(|peer| peer.instance)
                .collect();
            self.checks.counts.gates += 1;
            if sound && !wishes.microphone {
                self.violated(crate::checks::Invariant::Gate, seat, None, || {
                    "sound leaves although the microphone is muted".into()
                });
            }
            for instance in turned {
                let key = PeerKey { process: process_key, instance };
                if let Some(peer) = self.peer(key) {
                    peer.heard = true;
                    self.work.push_back(Work::Turn(key));
                }
            }
            if !(sound || pictures) {
                continue;
            }
            for number in ends {
                self.media_goes_out(number);
            }
        }
        self.check_pairs();
    }

    fn media_goes_out(&mut self, number: usize) {
        let Some(other) = self.counterpart(number) else { return };
        let (Some(end), Some(to)) = (self.ends[number].as_ref(), self.ends[other].as_ref()) else { return };
        if end.closing || to.closing || !end.transport.has_path() || !to.transport.has_path() {
            return;
        }
        if !self.reaches(end, to) {
            return;
        }
        let (from, seat) = (end.owner.process.seat, to.owner.process.seat);
        let owner = to.owner;
        self.checks.flowed(from, seat, self.now);
        if let Some(end) = self.ends[other].as_mut() {
            end.heard = true;
        }
        if let Some(peer) = self.peer(owner)
            && !peer.heard
        {
            peer.heard = true;
            self.work.push_back(Work::Turn(owner));
        }
    }
}
