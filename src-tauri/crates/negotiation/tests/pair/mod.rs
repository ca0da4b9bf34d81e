//! Both ends, the clock, and everything between them: a driver with modelled connections per end, a signaling path
//! that can lose, repeat, hold and reorder, and a network path that can be cut.
//!
//! Each call that the model of a connection refuses is a violation: the machine asked for it out of turn, or has an
//! answer applied to another offer than the one it answers.

#![allow(dead_code)]

mod checks;
mod driver;
mod people;

use std::{collections::VecDeque, time::Duration};

use holdfast_negotiation::{
    Action, Config, Input, Message, PeerState, Recorded, Snapshot, Tracks, TransportState,
};
use holdfast_terms::Generation;

use driver::Driver;

pub(crate) const IDS: [&str; 2] = ["0000000000000001", "ffffffffffffffff"];
/// Time a message takes.
const LATENCY: Duration = Duration::from_millis(20);
/// How often an end says that media came.
const MEDIA_TICK: Duration = Duration::from_millis(500);
/// A path whose ends know each other answers after this time.
const CONNECT_AFTER: Duration = Duration::from_millis(100);
/// Time a process that comes back takes until it connects.
const JOIN: Duration = Duration::from_millis(200);
/// Messages kept for an end that cannot reach the signaling server.
const OUTBOX: usize = 100;

struct Letter {
    at: Duration,
    to: usize,
    generation: Generation,
    message: Message,
}

pub(crate) struct End {
    pub(crate) machine: Recorded,
    pub(crate) driver: Driver,
    pub(crate) wanted: Tracks,
    pub(crate) state: Option<PeerState>,
    /// Every state people saw, oldest first.
    pub(crate) states: Vec<PeerState>,
    /// Task results of this incarnation.
    pub(crate) finished: Vec<u64>,
    pub(crate) signaling: bool,
    outbox: VecDeque<(Generation, Message)>,
    inbox: VecDeque<(Generation, Message)>,
    /// When to tell the end that its remote came back without memory.
    restarted_at: Option<Duration>,
    start_at: Option<Duration>,
    /// Sends nothing, also when tracks were negotiated.
    muted: bool,
    /// What the other end is going to be told of whether this one sends anything, and when, oldest first.
    told: VecDeque<(Duration, bool)>,
    /// When the other end is told that this one left.
    goodbye_at: Option<Duration>,
    /// Closed, and done with what that took.
    quiet: bool,
    relay: bool,
    incarnation: u64,
}

pub(crate) struct Pair {
    pub(crate) now: Duration,
    pub(crate) ends: [End; 2],
    letters: Vec<Letter>,
    pub(crate) path_up: bool,
    media_at: Duration,
    /// No media reaches this end although the path answers.
    pub(crate) deaf: [bool; 2],
    pub(crate) lose: u32,
    pub(crate) repeat: u32,
    pub(crate) hold: VecDeque<Duration>,
    /// Descriptions carry their numbers; off for a remote that knows none.
    pub(crate) numbered: bool,
    /// Connections have a control channel, which carries messages while the server cannot be reached.
    pub(crate) control: bool,
    pub(crate) violations: Vec<String>,
    seed: u64,
}

impl Pair {
    pub(crate) fn new(seed: u64) -> Self {
        Self::with_relay(seed, false)
    }

    pub(crate) fn with_relay(seed: u64, relay: bool) -> Self {
        let now = Duration::from_secs(1000);
        let ends = [0, 1].map(|side| End {
            machine: machine(side, seed, relay, Generation::FIRST, now),
            driver: Driver::new(side, 0),
            wanted: Tracks::default(),
            state: None,
            states: Vec::new(),
            finished: Vec::new(),
            signaling: true,
            outbox: VecDeque::new(),
            inbox: VecDeque::new(),
            restarted_at: None,
            start_at: Some(now),
            muted: false,
            told: VecDeque::new(),
            goodbye_at: None,
            quiet: false,
            relay,
            incarnation: 0,
        });
        let mut pair = Self {
            now,
            ends,
            letters: Vec::new(),
            path_up: true,
            media_at: now + MEDIA_TICK,
            deaf: [false; 2],
            lose: 0,
            repeat: 0,
            hold: VecDeque::new(),
            numbered: true,
            control: false,
            violations: Vec::new(),
            seed,
        };
        for side in 0..2 {
            pair.input(side, Input::MediaExpected(true));
        }
        pair
    }

    /// Both connected, nothing outstanding.
    pub(crate) fn connected(seed: u64) -> Self {
        let mut pair = Self::new(seed);
        pair.pass(Duration::from_secs(5));
        pair.assert_whole();
        pair
    }

    pub(crate) fn snapshot(&self, side: usize) -> Snapshot {
        self.ends[side].machine.snapshot(self.now)
    }

    pub(crate) fn want(&mut self, side: usize, tracks: Tracks) {
        let before = self.sends(side);
        self.ends[side].wanted = tracks;
        self.input(side, Input::Wanted(tracks));
        if self.sends(side) != before {
            self.tell(side, LATENCY);
        }
    }

    pub(crate) fn input(&mut self, side: usize, input: Input) {
        let closes = input == Input::Close;
        self.ends[side].machine.handle_input(input, self.now);
        self.act(side);
        self.ends[side].quiet |= closes;
    }

    pub(crate) fn signaling(&mut self, side: usize, up: bool) {
        self.ends[side].signaling = up;
        if up {
            while let Some((generation, message)) = self.ends[side].outbox.pop_front() {
                self.post(side, generation, message);
            }
            while let Some((generation, message)) = self.ends[side].inbox.pop_front() {
                self.input(side, Input::Remote { generation, message });
            }
        }
        self.input(side, Input::Signaling(up));
    }

    /// The process dies and a new one joins with the same id and no memory; the other end hears of it a little
    /// later.
    pub(crate) fn crash(&mut self, side: usize, told_after: Duration) {
        self.join_again(side, Generation::FIRST);
        self.ends[1 - side].restarted_at = Some(self.now + told_after);
    }

    /// The process dies and a new one joins that remembers the generation. The other end is not told.
    pub(crate) fn crash_remembering(&mut self, side: usize) {
        let generation = self.snapshot(side).generation;
        self.join_again(side, generation.next());
    }

    /// The address of this side is replaced by another; it notices.
    pub(crate) fn replace_address(&mut self, side: usize) {
        self.ends[side].driver.lose_address();
        self.input(side, Input::AddressChanged);
    }

    fn join_again(&mut self, side: usize, first_generation: Generation) {
        let end = &mut self.ends[side];
        end.incarnation += 1;
        let seed = self.seed ^ (end.incarnation << 32);
        end.machine = machine(side, seed, end.relay, first_generation, self.now);
        end.driver = Driver::new(side, end.incarnation);
        end.finished.clear();
        end.outbox.clear();
        end.state = None;
        end.start_at = Some(self.now + JOIN);
        end.restarted_at = None;
        end.told.clear();
        end.goodbye_at = None;
        end.quiet = false;
        let (wanted, signaling) = (self.ends[side].wanted, self.ends[side].signaling);
        self.input(side, Input::Wanted(wanted));
        self.input(side, Input::Signaling(signaling));
        // Each is told of the other once the new one is there.
        self.tell(side, JOIN + LATENCY);
        self.tell(1 - side, JOIN + LATENCY);
    }

    /// Everything works from here on.
    pub(crate) fn heal(&mut self) {
        self.path_up = true;
        self.deaf = [false; 2];
        (self.lose, self.repeat) = (0, 0);
        self.hold.clear();
        for side in 0..2 {
            self.ends[side].driver.heal();
            self.signaling(side, true);
        }
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.next_event().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.step();
        }
        self.now = end;
    }

    fn next_event(&self) -> Option<Duration> {
        let per_end = self.ends.iter().flat_map(|end| {
            [end.machine.poll_timeout(), end.driver.next_event(), end.restarted_at, end.start_at]
        });
        let letters = self.letters.iter().map(|letter| letter.at).min();
        per_end.chain([letters, self.next_news(), Some(self.media_at)]).flatten().min()
    }

    fn step(&mut self) {
        for side in 0..2 {
            if self.ends[side].start_at.is_some_and(|at| at <= self.now) {
                self.ends[side].start_at = None;
                self.input(side, Input::Start);
            }
            if self.ends[side].restarted_at.is_some_and(|at| at <= self.now) {
                self.ends[side].restarted_at = None;
                // What is known of the one before does not count; the new one says it again.
                self.input(side, Input::MediaExpected(false));
                self.input(side, Input::RemoteRestarted);
                self.tell(1 - side, LATENCY);
            }
            while let Some(input) = self.ends[side].driver.report(self.now) {
                self.input(side, input);
            }
            self.ends[side].machine.handle_timeout(self.now);
            self.act(side);
        }
        self.deliver();
        self.deliver_news();
        self.watch_path();
        if self.media_at <= self.now {
            self.media_at = self.now + MEDIA_TICK;
            for side in 0..2 {
                for generation in self.ends[side].driver.generations() {
                    if self.sends_over(1 - side, generation) && !self.deaf[side] {
                        self.input(side, Input::MediaReceived { generation });
                    }
                }
            }
        }
    }

    fn deliver(&mut self) {
        // Same moment, same order as sent.
        while let Some(index) = (0..self.letters.len())
            .filter(|i| self.letters[*i].at <= self.now)
            .min_by_key(|i| (self.letters[*i].at, *i))
        {
            let Letter { to, generation, message, .. } = self.letters.remove(index);
            // Over the control channel it would have come without the server.
            if self.ends[to].signaling || self.control_flows() {
                self.input(to, Input::Remote { generation, message });
            } else if self.ends[to].inbox.len() < OUTBOX {
                self.ends[to].inbox.push_back((generation, message));
            }
        }
    }

    /// Whether media gets from end to end over the connections of this generation.
    pub(crate) fn flows(&self, generation: Generation) -> bool {
        let [low, high] = &self.ends;
        self.path_up
            && low.driver.pairs_with(&high.driver, generation)
            && self.ends.iter().all(|end| end.driver.is_up(generation))
    }

    fn control_flows(&self) -> bool {
        self.control && self.ends[0].driver.generations().into_iter().any(|generation| self.flows(generation))
    }

    fn watch_path(&mut self) {
        for side in 0..2 {
            let [low, high] = &mut self.ends;
            let (mine, other) = if side == 0 { (low, high) } else { (high, low) };
            let paired: Vec<Generation> = mine
                .driver
                .generations()
                .into_iter()
                .filter(|generation| self.path_up && mine.driver.pairs_with(&other.driver, *generation))
                .collect();
            for (generation, state) in mine.driver.watch(|generation| paired.contains(&generation), self.now)
            {
                self.input(side, Input::Transport { generation, state });
                if state == TransportState::Connected && self.control {
                    self.input(side, Input::ControlOpen { generation, open: true });
                }
            }
        }
    }

    fn act(&mut self, side: usize) {
        while let Some(action) = self.ends[side].machine.poll_action() {
            if self.ends[side].quiet {
                self.violations.push(format!("{side}: {action:?} after the close"));
            }
            match action {
                Action::Send { generation, message } => {
                    if self.ends[side].signaling || self.control_flows() {
                        self.post(side, generation, message);
                    } else if self.ends[side].outbox.len() < OUTBOX {
                        self.ends[side].outbox.push_back((generation, message));
                    }
                }
                Action::TaskFinished { id, .. } => {
                    if self.ends[side].finished.contains(&id.0) {
                        self.violations.push(format!("{side}: task {} has two results", id.0));
                    }
                    self.ends[side].finished.push(id.0);
                }
                Action::StateChanged { state, .. } => {
                    self.ends[side].state = Some(state);
                    self.ends[side].states.push(state);
                }
                Action::Rebuilt { .. } | Action::RequestKeyframe { .. } => {}
                asked => {
                    if let Err(violation) = self.ends[side].driver.ask(asked, self.now) {
                        self.violations.push(format!("{side}: {violation}"));
                    }
                }
            }
        }
    }

    fn post(&mut self, from: usize, generation: Generation, mut message: Message) {
        if let Message::Description(description) = &mut message
            && !self.numbered
        {
            (description.number, description.answers) = (None, None);
        }
        if self.lose > 0 {
            self.lose -= 1;
            return;
        }
        let at = self.now + LATENCY + self.hold.pop_front().unwrap_or_default();
        if self.repeat > 0 {
            self.repeat -= 1;
            let again = message.clone();
            self.letters.push(Letter { at: at + LATENCY, to: 1 - from, generation, message: again });
        }
        self.letters.push(Letter { at, to: 1 - from, generation, message });
    }
}

fn machine(side: usize, seed: u64, relay: bool, first_generation: Generation, now: Duration) -> Recorded {
    let mut config = Config::new(IDS[side], IDS[1 - side], seed.wrapping_mul(2).wrapping_add(side as u64));
    config.relay = relay;
    config.first_generation = first_generation;
    Recorded::new(config, now)
}
