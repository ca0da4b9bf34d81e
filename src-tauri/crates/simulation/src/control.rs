//! The control channels: when one opens, what it carries and when, and how the library gives it up after a long cut.

use std::time::Duration;

use holdfast_negotiation::TransportState;
use holdfast_peer_machine::Report;

use crate::pipe::Pipe;
use crate::queue::Event;
use crate::world::World;

/// After a cut, SCTP tries again at growing intervals: at most this much later, and at most as long as the cut was.
const LATEST_RETRY: Duration = Duration::from_secs(20);

/// A control channel with more than this on its way is in a burst. We have seen the library lose messages in bursts.
const BURST: usize = 8;

/// How often a message of a burst is lost, in percent.
const LOST_IN_BURST: u64 = 2;

/// After five repetitions, 63 s, SCTP gives up and the channels close.
const GIVEN_UP: Duration = Duration::from_secs(63);

impl World {
    pub(crate) fn plan_control(&mut self, number: usize) {
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
            // The handshake goes on when the path works again.
            let Some(end) = self.ends[number].as_mut() else { return };
            end.control_planned = true;
            return self.queue.push(self.now + Duration::from_millis(500), Event::ControlOpens(number));
        }
        let Some(end) = self.ends[number].as_mut() else { return };
        end.control_open = true;
        let (owner, generation) = (end.owner, end.generation);
        self.report(owner, generation, Report::control_open(true));
    }

    /// Whether what one person says on a control channel comes to another now. Media may flow without a channel:
    /// channels that were given up come back only with another connection.
    pub(crate) fn control_reaches(&self, from: usize, to: usize) -> bool {
        let (Some(sender), Some(to)) = (self.seats[from].in_meeting(), self.seats[to].in_meeting()) else {
            return false;
        };
        sender.peers.get(&to.id).is_some_and(|peer| {
            peer.ends.iter().any(|&number| {
                let end = self.ends[number].as_ref();
                end.is_some_and(|end| end.control_open && end.outgoing.len() == 0) && self.carries(number)
            })
        })
    }

    /// Whether the data channels of this end can deliver something to the other now.
    pub(crate) fn carries(&self, number: usize) -> bool {
        let Some(other) = self.counterpart(number) else { return false };
        let (Some(end), Some(other)) = (self.ends[number].as_ref(), self.ends[other].as_ref()) else {
            return false;
        };
        end.transport.has_path() && self.reaches(end, other)
    }

    /// Puts a text on a control channel; false if the channel does not take it.
    pub(crate) fn control_send(&mut self, number: usize, text: String) -> bool {
        let Some(end) = self.ends[number].as_ref().filter(|end| end.control_open) else { return false };
        let (from, waiting) = (end.owner.process.seat, end.outgoing.len());
        if waiting > BURST && self.random.percent(LOST_IN_BURST) {
            *self.checks.counters.entry("control_lost_in_burst").or_default() += 1;
            return true;
        }
        let to = self.counterpart(number).and_then(|n| self.ends[n].as_ref()).map(|e| e.owner.process.seat);
        let latency = self.network.latency(from, to.unwrap_or(from), &mut self.random);
        self.note_two(from, to, || format!("says on control: {text}"));
        let Some(end) = self.ends[number].as_mut() else { return false };
        if let Some(at) = end.outgoing.push(text, self.now + latency) {
            self.queue.push(at, Event::Control(number));
        }
        true
    }

    pub(crate) fn control_arrives(&mut self, number: usize) {
        let open = self.carries(number);
        let now = self.now;
        let Some(end) = self.ends[number].as_mut() else { return };
        let (texts, next) = end.outgoing.arrive(open, now);
        if let Some(at) = next {
            self.queue.push(at, Event::Control(number));
        }
        let Some(other) = self.counterpart(number) else { return };
        for text in texts {
            let Some(other) = self.ends[other].as_ref() else { return };
            self.checks.counts.deliveries += 1;
            let (owner, generation) = (other.owner, other.generation);
            self.report(owner, generation, Report::control(text));
        }
    }

    /// The channels of both ends are gone. Only another connection has new ones.
    fn control_closes(&mut self, number: usize) {
        for number in [Some(number), self.counterpart(number)].into_iter().flatten() {
            let Some(end) = self.ends[number].as_mut() else { continue };
            end.outgoing = Pipe::default();
            end.control_dead = true;
            let (owner, generation) = (end.owner, end.generation);
            if std::mem::take(&mut end.control_open) {
                self.report(owner, generation, Report::control_open(false));
            }
        }
    }

    pub(crate) fn resume_control(&mut self, number: usize) {
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
}
