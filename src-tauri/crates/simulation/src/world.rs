//! The whole simulated world, and the loop that runs it.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use holdfast_meeting_machine::Now;
use holdfast_protocol::{MeetingLink, ParticipantId};

use crate::checks::{Checks, Invariant};
use crate::end::End;
use crate::network::Network;
use crate::person::{News, Process, Seat};
use crate::queue::{Event, PeerKey, ProcessKey, Queue};
use crate::random::Random;
use crate::scenario::Scenario;
use crate::server::Server;
use crate::stream::Stream;
use crate::trace::Trace;
use crate::{Options, Outcome};

/// How often media is sent: as often as the `peer` crate tells the negotiation that media came.
pub(crate) const MEDIA_TICK: Duration = Duration::from_millis(250);

/// How often bounds are checked.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// How many steps may follow from one event. After a change of the network everyone looks at every path, which takes a
/// few thousand. More means an endless loop in which no time passes.
pub(crate) const STEPS_AT_ONCE: u32 = 100_000;

/// Unix time at the beginning, in microseconds. The counters of seals begin with it.
pub(crate) const EPOCH_US: u64 = 1_790_000_000_000_000;

/// What follows from the last event, at the same moment.
#[derive(Debug)]
pub(crate) enum Work {
    /// A peer's task may have something to do.
    Turn(PeerKey),
    /// The meeting's task gets an input.
    News(ProcessKey, News),
    /// The signaling client's task may have something to do.
    Client(ProcessKey),
    /// The server may have something to do.
    Server,
    /// A transport looks at its path.
    Look(usize),
}

impl Work {
    fn seat(&self) -> Option<usize> {
        match self {
            Self::Turn(key) => Some(key.process.seat),
            Self::News(key, _) | Self::Client(key) => Some(key.seat),
            Self::Server | Self::Look(_) => None,
        }
    }
}

pub(crate) struct World {
    pub(crate) now: Duration,
    pub(crate) queue: Queue,
    pub(crate) work: VecDeque<Work>,
    pub(crate) random: Random,
    pub(crate) seats: Vec<Seat>,
    pub(crate) network: Network,
    pub(crate) ends: Vec<Option<End>>,
    pub(crate) streams: Vec<Stream>,
    pub(crate) server: Server,
    pub(crate) scenario: Scenario,
    pub(crate) checks: Checks,
    pub(crate) trace: Trace,
    pub(crate) link: MeetingLink,
    /// The seat of each participant id, past ones too.
    pub(crate) ids: BTreeMap<ParticipantId, usize>,
    /// Library calls that fail, per hundred thousand.
    pub(crate) failing_calls: u64,
    /// Library calls that hang, per hundred thousand.
    pub(crate) hanging_calls: u64,
    pub(crate) has_relay: bool,
    touched: Vec<bool>,
    events: u64,
    /// Number of events at this same moment.
    at_once: u32,
}

impl World {
    pub(crate) fn new(seed: u64, options: &Options) -> Self {
        let mut random = Random::new(seed);
        let people = options.people;
        let network = Network::new(people, &mut random);
        // In most runs the library always does what it is asked.
        let failing = random.percent(30);
        let end = Duration::from_secs(options.minutes * 60);
        let scenario = Scenario::new(end, random.next());
        let link = crate::clients::link();
        let mut world = Self {
            now: Duration::ZERO,
            queue: Queue::default(),
            work: VecDeque::new(),
            seats: (0..people).map(|_| Seat::new()).collect(),
            network,
            ends: Vec::new(),
            streams: Vec::new(),
            server: Server::new(),
            scenario,
            checks: Checks::new(people),
            trace: Trace::new(options.trace),
            link,
            ids: BTreeMap::new(),
            failing_calls: if failing { 200 } else { 0 },
            hanging_calls: if failing { 30 } else { 0 },
            has_relay: random.percent(50),
            touched: vec![false; people],
            events: 0,
            at_once: 0,
            random,
        };
        world.queue.push(MEDIA_TICK, Event::Media);
        world.queue.push(CHECK_EVERY, Event::Check);
        world.queue.push(Duration::ZERO, Event::Scenario);
        world
    }

    /// Runs the meeting to its end.
    pub(crate) fn run(mut self, seed: u64) -> Outcome {
        let end = self.scenario.end;
        while let Some((at, event)) = self.queue.pop() {
            if at > end || self.checks.violation.is_some() {
                break;
            }
            self.at_once = if at == self.now { self.at_once + 1 } else { 0 };
            if self.at_once > STEPS_AT_ONCE {
                self.violated(Invariant::Rest, 0, None, || format!("still happening: {event:?}"));
                break;
            }
            self.now = at;
            self.events += 1;
            self.happen(event);
            self.settle();
        }
        if self.checks.violation.is_none() {
            self.now = end;
            self.check_end();
        }
        Outcome {
            seed,
            simulated: self.now,
            events: self.events,
            checked: self.checks.counts,
            recoveries: std::mem::take(&mut self.checks.recoveries),
            returns: std::mem::take(&mut self.checks.returns),
            counters: self.checks.counters.clone(),
            violation: self.checks.violation.take(),
            trace: self.trace,
        }
    }

    fn happen(&mut self, event: Event) {
        if let Some(seat) = self.frozen_owner(&event) {
            if let Some(freeze) = &mut self.seats[seat].freeze {
                freeze.deferred.push(event);
            }
            return;
        }
        match event {
            Event::Wake(seat) => self.wake(seat),
            Event::CallDone(key) => self.call_done(key),
            Event::Candidate { end, text } => self.candidate_found(end, text),
            Event::Look(end) => {
                if let Some(end) = self.ends[end].as_mut() {
                    end.look = None;
                }
                self.work.push_back(Work::Look(end));
            }
            Event::ControlOpens(end) => self.control_opens(end),
            Event::Control(end) => self.control_arrives(end),
            Event::Vanish(end) => self.vanish(end),
            Event::StreamConnects(stream, attempt) => self.stream_connects(stream, attempt),
            Event::StreamOpened(stream) => self.stream_opened(stream),
            Event::StreamUp(stream) => self.stream_up(stream),
            Event::StreamDown(stream) => self.stream_down(stream),
            Event::ServerWake => self.server_wakes(),
            Event::DevicesReady(key) => {
                if let Some(process) = self.process(key) {
                    if process.devices.wanted().microphone {
                        self.microphone_open(key);
                    }
                    self.checks.ready_since[key.seat] = Some(self.now);
                }
                self.tell(key, holdfast_meeting_machine::Input::DevicesReady);
            }
            Event::MicrophoneOpen(key) => self.microphone_open(key),
            Event::Woke(key) => self.tell(key, holdfast_meeting_machine::Input::Woke),
            Event::AddressesNoticed(key) => {
                self.tell(key, holdfast_meeting_machine::Input::AddressesChanged);
            }
            Event::Media => {
                self.media();
                self.queue.push(self.now + MEDIA_TICK, Event::Media);
            }
            Event::Scenario => self.go_on(),
            Event::Change(change) => self.change(change),
            Event::Check => {
                self.check_bounds();
                self.queue.push(self.now + CHECK_EVERY, Event::Check);
            }
        }
    }

    /// The seat of a process that does not run at the time of this event.
    fn frozen_owner(&self, event: &Event) -> Option<usize> {
        let seat = match event {
            Event::Wake(seat) => *seat,
            Event::CallDone(key) => key.process.seat,
            Event::Candidate { end, .. } | Event::Look(end) | Event::ControlOpens(end) => {
                self.ends[*end].as_ref()?.owner.process.seat
            }
            Event::StreamOpened(stream) => self.streams[*stream].client.seat,
            Event::DevicesReady(key)
            | Event::MicrophoneOpen(key)
            | Event::Woke(key)
            | Event::AddressesNoticed(key) => key.seat,
            _ => return None,
        };
        self.seats[seat].freeze.is_some().then_some(seat)
    }

    /// Handles everything that follows at this moment.
    fn settle(&mut self) {
        let mut steps = 0;
        while let Some(work) = self.work.pop_front() {
            steps += 1;
            if steps > STEPS_AT_ONCE {
                let seat = work.seat().unwrap_or_default();
                return self.violated(Invariant::Rest, seat, None, || format!("still at work: {work:?}"));
            }
            match work {
                Work::Turn(key) => {
                    self.touched[key.process.seat] = true;
                    self.peer_turn(key);
                }
                Work::News(key, news) => {
                    self.touched[key.seat] = true;
                    self.hear(key, news);
                }
                Work::Client(key) => {
                    self.touched[key.seat] = true;
                    self.client_acts(key);
                }
                Work::Server => self.server_acts(),
                Work::Look(end) => self.look(end),
            }
        }
        for seat in 0..self.seats.len() {
            if std::mem::take(&mut self.touched[seat]) {
                self.plan_wake(seat);
            }
        }
    }

    pub(crate) fn touch(&mut self, seat: usize) {
        self.touched[seat] = true;
    }

    /// The monotonic clock of a person's machine.
    pub(crate) fn local(&self, seat: usize) -> Duration {
        self.now.saturating_sub(self.seats[seat].slept)
    }

    pub(crate) fn machine_now(&self, seat: usize) -> Now {
        let unix_ms = EPOCH_US / 1000 + u64::try_from(self.now.as_millis()).unwrap_or_default();
        Now { at: self.local(seat), unix_ms }
    }

    pub(crate) fn runs(&self, seat: usize) -> bool {
        self.seats[seat].freeze.is_none()
    }

    pub(crate) fn process(&mut self, key: ProcessKey) -> Option<&mut Process> {
        self.seats[key.seat].process.as_mut().filter(|process| process.key == key)
    }

    fn plan_wake(&mut self, seat: usize) {
        let Some(process) = &self.seats[seat].process else { return };
        let machine = process.machine.as_ref().filter(|_| !process.leaving);
        let peers = process.all_peers().filter(|peer| peer.call.is_none());
        let times =
            [process.client.session.poll_timeout(), machine.and_then(|machine| machine.poll_timeout())];
        let next = times
            .into_iter()
            .chain(peers.map(|peer| peer.machine.poll_timeout()))
            .flatten()
            .min()
            .map(|at| at + self.seats[seat].slept)
            .into_iter()
            .chain(process.gone_at)
            .min();
        let Some(at) = next.map(|at| at.max(self.now)) else { return };
        if self.seats[seat].wake.is_none_or(|wake| at < wake) {
            self.seats[seat].wake = Some(at);
            self.queue.push(at, Event::Wake(seat));
        }
    }

    fn wake(&mut self, seat: usize) {
        if self.seats[seat].wake.is_some_and(|at| at > self.now) {
            return;
        }
        self.seats[seat].wake = None;
        self.touch(seat);
        let now = self.machine_now(seat);
        let Some(process) = self.seats[seat].process.as_mut() else { return };
        let key = process.key;
        if process.gone_at.is_some_and(|at| at <= self.now) {
            return self.process_ends(seat);
        }
        let due = |at: Option<Duration>| at.is_some_and(|at| at <= now.at);
        if due(process.client.session.poll_timeout()) {
            process.client.session.handle_timeout(now.at);
            self.work.push_back(Work::Client(key));
        }
        if let Some(machine) = process.machine.as_mut().filter(|_| !process.leaving)
            && due(machine.poll_timeout())
        {
            machine.handle_timeout(now);
            self.meeting_acts(key);
        }
        let Some(process) = self.seats[seat].process.as_mut() else { return };
        for peer in process.all_peers() {
            // A task that waits for the library looks at its timers afterwards.
            if peer.call.is_none() && due(peer.machine.poll_timeout()) {
                self.work.push_back(Work::Turn(PeerKey { process: key, instance: peer.instance }));
            }
        }
    }
}
