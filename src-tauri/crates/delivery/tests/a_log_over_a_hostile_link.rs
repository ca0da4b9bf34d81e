//! Two ends of a log over a link that loses, duplicates, delays and reorders. Its connections come and go, and its ends
//! restart. Nothing is ever lost, duplicated or out of order. A failure names its seed; `SEED=n` runs only that one.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use holdfast_delivery::{CONTROL, ChannelBounds, EndId, Log, Refusal};
use holdfast_terms::{Elapsed, Generation};

const SEEDS: u64 = 400;
const BOUNDS: ChannelBounds =
    ChannelBounds { message_bytes: 64, queue_bytes: 2048, queue_messages: 40, ..CONTROL.bounds };

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// One lifetime of one end.
struct End {
    log: Log,
    life: u64,
    given: u64,
    /// What came from each lifetime of the other end, in this order.
    got: BTreeMap<u64, Vec<u64>>,
}

struct Connection {
    generation: Generation,
    lives: [u64; 2],
    open: [bool; 2],
}

struct Flight {
    at: Elapsed,
    to: usize,
    generation: Generation,
    bytes: Vec<u8>,
}

struct World {
    seed: u64,
    chance: Chance,
    now: Elapsed,
    ends: [End; 2],
    /// What the earlier lifetimes of each end got: by their lifetime, then by the sender's.
    past: [Vec<BTreeMap<u64, Vec<u64>>>; 2],
    connections: Vec<Connection>,
    flights: Vec<Flight>,
    /// Percent.
    loss: u64,
    doubling: u64,
    delay_ms: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut chance = Chance(seed);
        let mut end = |life| End {
            log: Log::new(EndId::from_random(chance.next()), BOUNDS),
            life,
            given: 0,
            got: BTreeMap::new(),
        };
        let ends = [end(1), end(2)];
        let (loss, doubling, delay_ms) = (chance.below(60), chance.below(40), 1 + chance.below(800));
        Self {
            seed,
            chance,
            now: Elapsed::ZERO,
            ends,
            past: [Vec::new(), Vec::new()],
            connections: Vec::new(),
            flights: Vec::new(),
            loss,
            doubling,
            delay_ms,
        }
    }

    fn newest(&self) -> Generation {
        self.connections.last().map_or(Generation::NONE, |connection| connection.generation)
    }

    fn connect(&mut self) {
        let lives = [0, 1].map(|end| self.ends[end].life);
        let generation = self.newest().next();
        self.connections.push(Connection { generation, lives, open: [false; 2] });
    }

    /// Opens or closes one end of a connection.
    fn turn(&mut self, at: usize, end: usize, open: bool) {
        let connection = &mut self.connections[at];
        if connection.lives[end] != self.ends[end].life || connection.open[end] == open {
            return;
        }
        connection.open[end] = open;
        let (generation, log) = (connection.generation, &mut self.ends[end].log);
        if open { log.handle_open(generation, self.now) } else { log.handle_close(generation) }
    }

    fn restart(&mut self, end: usize) {
        // What an end has acknowledged but not delivered vanishes together with it.
        self.take(end);
        let id = EndId::from_random(self.chance.next());
        let life = self.ends[0].life.max(self.ends[1].life) + 1;
        let before = std::mem::replace(
            &mut self.ends[end],
            End { log: Log::new(id, BOUNDS), life, given: 0, got: BTreeMap::new() },
        );
        self.past[end].push(before.got);
        self.connect();
    }

    fn give(&mut self, end: usize) {
        let End { log, life, given, .. } = &mut self.ends[end];
        let mut message = life.to_be_bytes().to_vec();
        message.extend((*given + 1).to_be_bytes());
        message.resize(16 + usize::try_from(self.chance.below(48)).unwrap(), 0);
        match log.push(message, self.now) {
            Ok(()) => *given += 1,
            Err(refusal) => assert_eq!(refusal, Refusal::Full, "seed {}", self.seed),
        }
    }

    fn send(&mut self, end: usize) {
        while let Some((generation, bytes)) = self.ends[end].log.poll_transmit(self.now) {
            let copies = if self.chance.percent(self.doubling) { 2 } else { 1 };
            for _ in 0..copies {
                if !self.chance.percent(self.loss) {
                    let at = self.now + Elapsed::from_millis(self.chance.below(self.delay_ms));
                    self.flights.push(Flight { at, to: 1 - end, generation, bytes: bytes.clone() });
                }
            }
        }
    }

    fn arrive(&mut self) {
        let mut at = 0;
        while at < self.flights.len() {
            if self.flights[at].at > self.now {
                at += 1;
                continue;
            }
            let Flight { to, generation, bytes, .. } = self.flights.remove(at);
            let connection = self.connections.iter().find(|other| other.generation == generation).unwrap();
            if connection.lives[to] == self.ends[to].life {
                self.ends[to].log.handle_frame(generation, &bytes, self.now);
            }
        }
    }

    fn take(&mut self, end: usize) {
        while let Some(message) = self.ends[end].log.poll_message() {
            let number = |at: usize| u64::from_be_bytes(message[at..at + 8].try_into().unwrap());
            let (life, number) = (number(0), number(8));
            let got = self.ends[end].got.entry(life).or_default();
            if let Some(last) = got.last() {
                assert_eq!(number, last + 1, "seed {}: lost, doubled or out of order", self.seed);
            }
            got.push(number);
        }
    }

    fn step(&mut self, storm: bool) {
        self.now += Elapsed::from_millis(20);
        for end in [0, 1] {
            if storm {
                if self.chance.percent(30) {
                    self.give(end);
                }
                if !self.connections.is_empty() {
                    let at = usize::try_from(self.chance.below(self.connections.len() as u64)).unwrap();
                    if self.chance.percent(8) {
                        let last = self.connections.len() - 1;
                        self.turn(last, end, true);
                    }
                    if self.chance.percent(2) {
                        self.turn(at, end, false);
                    }
                }
                if self.chance.below(700) == 0 {
                    self.restart(end);
                }
            }
            self.ends[end].log.handle_timeout(self.now);
            self.send(end);
            if self.chance.percent(70) {
                self.take(end);
            }
        }
        if storm && self.chance.below(150) == 0 {
            self.connect();
        }
        self.arrive();
    }

    /// Every message of this lifetime of `end` was delivered to some lifetime of the other end. The first of each run
    /// follows the ones before, so nothing is missing between them.
    fn nothing_is_missing(&self, end: usize, life: u64, given: Option<u64>) {
        let other = 1 - end;
        let runs = self.past[other].iter().chain([&self.ends[other].got]).filter_map(|got| got.get(&life));
        let mut covered = 0;
        for run in runs {
            let (first, last) = (run[0], run[run.len() - 1]);
            assert!(first <= covered + 1, "seed {}: {life} lost {}..{first}", self.seed, covered + 1);
            covered = covered.max(last);
        }
        if let Some(given) = given {
            assert_eq!(covered, given, "seed {}: not everything of {life} was delivered", self.seed);
        }
    }
}

fn run(seed: u64) -> (u64, u64) {
    let mut world = World::new(seed);
    world.connect();
    for _ in 0..3000 {
        world.step(true);
    }
    // The faults are over: one good connection.
    (world.loss, world.doubling, world.delay_ms) = (0, 0, 1);
    world.connect();
    for end in [0, 1] {
        let last = world.connections.len() - 1;
        world.turn(last, end, true);
    }
    for _ in 0..1500 {
        world.step(false);
    }
    for end in [0, 1] {
        world.take(end);
        let (life, given) = (world.ends[end].life, world.ends[end].given);
        world.nothing_is_missing(end, life, Some(given));
        let lives: Vec<_> = world.past[1 - end].iter().flat_map(|got| got.keys().copied()).collect();
        for life in lives {
            world.nothing_is_missing(end, life, None);
        }
        let snapshot = world.ends[end].log.snapshot();
        assert_eq!(snapshot.unacknowledged, (0, 0), "seed {seed}");
        assert_eq!((snapshot.counts.malformed, snapshot.counts.impossible), (0, 0), "seed {seed}");
    }
    let counts = world.ends.map(|end| end.log.snapshot().counts);
    (counts.iter().map(|counts| counts.received).sum(), counts.iter().map(|counts| counts.resent).sum())
}

#[test]
fn nothing_is_lost_doubled_or_out_of_order() {
    let seeds = match std::env::var("SEED") {
        Ok(seed) => seed.parse().map(|seed| seed..=seed).unwrap(),
        Err(_) => 0..=SEEDS,
    };
    let (mut received, mut resent) = (0, 0);
    for seed in seeds {
        let (more, again) = run(seed);
        received += more;
        resent += again;
    }
    println!("{received} received, {resent} sent again");
    assert!(received > 0 && resent > 0, "the link was not hostile");
}
