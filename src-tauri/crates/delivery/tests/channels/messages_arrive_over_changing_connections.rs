//! Two ends over connections that come, stall, lose, double and go. A log delivers all messages once and in order. A
//! newest channel delivers the newest message. A plain channel doubles nothing. An end that keeps to the rules is never
//! over a rate. A failure names its seed; `SEED=n` runs only that one.

use std::collections::VecDeque;

use holdfast_delivery::{ChannelId, ChannelMessage, DataChannels, Ready};
use holdfast_terms::{Elapsed, Generation};

use crate::end::{CHANNELS, LOG, NEWEST, PLAIN, bytes, end, taken, text};

const SEEDS: u64 = 80;
const STEP: Elapsed = Elapsed::from_millis(10);

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// The messages on their way over a channel of a connection, in one direction.
struct Pipe {
    generation: u32,
    from: usize,
    channel: ChannelId,
    messages: VecDeque<(Elapsed, ChannelMessage)>,
}

struct World {
    chance: Chance,
    now: Elapsed,
    ends: [DataChannels; 2],
    newest: u32,
    pipes: Vec<Pipe>,
    /// The path of each connection stands still.
    stalled: Vec<u32>,
    given: [u64; 2],
    got: [Vec<u64>; 2],
    seen: [Vec<u64>; 2],
    plain: [Vec<u64>; 2],
    /// Percent of messages that a library loses or doubles.
    loss: u64,
    doubling: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut chance = Chance(seed);
        let (loss, doubling) = (chance.below(20), chance.below(10));
        let ends = [end(seed * 2 + 1), end(seed * 2 + 2)];
        let mut world = Self {
            chance,
            now: Elapsed::ZERO,
            ends,
            newest: 0,
            pipes: Vec::new(),
            stalled: Vec::new(),
            given: [0; 2],
            got: Default::default(),
            seen: Default::default(),
            plain: Default::default(),
            loss,
            doubling,
        };
        world.connect();
        world
    }

    fn connect(&mut self) {
        self.newest += 1;
        let generation = self.newest;
        for row in CHANNELS.others() {
            for from in [0, 1] {
                self.pipes.push(Pipe { generation, from, channel: row.id, messages: VecDeque::new() });
                self.ends[from].handle_open(Generation(generation), row.id, self.now);
            }
        }
    }

    /// A connection is gone, with everything on its way.
    fn close(&mut self, generation: u32) {
        self.pipes.retain(|pipe| pipe.generation != generation);
        self.ends.iter_mut().for_each(|end| end.handle_gone(Generation(generation)));
    }

    fn trouble(&mut self) {
        match self.chance.below(400) {
            0 if self.newest < 20 => {
                // A rebuild: the one before goes, at once or not before the next.
                let before = self.newest;
                if self.chance.percent(50) {
                    self.close(before);
                }
                self.connect();
            }
            1 => self.close(self.newest.saturating_sub(1)),
            2..=4 if !self.stalled.contains(&self.newest) => {
                self.stalled.push(self.newest);
                if self.chance.percent(50) {
                    self.path(self.newest, false);
                }
            }
            5..=9 => self.heal(),
            _ => {}
        }
    }

    fn heal(&mut self) {
        for generation in std::mem::take(&mut self.stalled) {
            self.path(generation, true);
        }
    }

    fn path(&mut self, generation: u32, works: bool) {
        if self.pipes.iter().any(|pipe| pipe.generation == generation) {
            self.ends.iter_mut().for_each(|end| end.handle_path(Generation(generation), works));
        }
    }

    fn say(&mut self) {
        for from in [0, 1] {
            if self.chance.percent(30) && self.ends[from].send(LOG, bytes(self.given[from]), self.now).is_ok()
            {
                self.given[from] += 1;
                // The same number on each, so that all of them can be compared.
                let number = text(self.given[from]);
                assert!(self.ends[from].send(NEWEST, number.clone(), self.now).is_ok());
                let _ = self.ends[from].send(PLAIN, number, self.now);
            }
        }
    }

    fn write(&mut self) {
        for at in 0..self.pipes.len() {
            let (generation, from, channel) = {
                let pipe = &self.pipes[at];
                (Generation(pipe.generation), pipe.from, pipe.channel)
            };
            while self.ends[from].poll_ready(generation, channel, self.now) == Ready::Now {
                let mine = |pipe: &&Pipe| pipe.generation == generation.get() && pipe.from == from;
                let bytes = |pipe: &Pipe| pipe.messages.iter().map(|(_, message)| message.len()).sum();
                let outstanding: Vec<_> =
                    self.pipes.iter().filter(mine).map(|pipe| (pipe.channel, bytes(pipe))).collect();
                let Some(message) =
                    self.ends[from].poll_transmit(generation, channel, &outstanding, self.now)
                else {
                    break;
                };
                let lost = self.chance.percent(self.loss);
                let latency = Elapsed::from_millis(5 + self.chance.below(100));
                let pipe = &mut self.pipes[at];
                let earliest = pipe.messages.back().map_or(Elapsed::ZERO, |(at, _)| *at);
                if !lost {
                    pipe.messages.push_back((earliest.max(self.now + latency), message));
                }
            }
        }
    }

    fn read(&mut self) {
        for at in 0..self.pipes.len() {
            while !self.stalled.contains(&self.pipes[at].generation)
                && self.pipes[at].messages.front().is_some_and(|(at, _)| *at <= self.now)
            {
                let pipe = &mut self.pipes[at];
                let (generation, to, channel) = (Generation(pipe.generation), 1 - pipe.from, pipe.channel);
                let Some((_, message)) = pipe.messages.pop_front() else { break };
                if self.chance.percent(self.doubling) && channel == LOG {
                    self.ends[to].handle_message(generation, channel, message.clone(), self.now);
                }
                self.ends[to].handle_message(generation, channel, message, self.now);
            }
        }
        for to in [0, 1] {
            let of_text = |message| match message {
                ChannelMessage::Text(text) => text.parse::<u64>().unwrap(),
                ChannelMessage::Binary(_) => panic!("text"),
            };
            self.got[to].extend(taken(&mut self.ends[to], LOG).into_iter().map(|message| match message {
                ChannelMessage::Binary(bytes) => u64::from_be_bytes(bytes.try_into().unwrap()),
                ChannelMessage::Text(_) => panic!("bytes"),
            }));
            self.seen[to].extend(taken(&mut self.ends[to], NEWEST).into_iter().map(of_text));
            self.plain[to].extend(taken(&mut self.ends[to], PLAIN).into_iter().map(of_text));
        }
    }

    fn step(&mut self) {
        self.write();
        self.now += STEP;
        self.read();
    }
}

fn run(seed: u64) {
    let mut world = World::new(seed);
    for _ in 0..3000 {
        world.trouble();
        world.say();
        world.step();
    }
    // Everything is well again, on a connection of its own.
    world.heal();
    world.connect();
    (world.loss, world.doubling) = (0, 0);
    for _ in 0..12_000 {
        world.step();
    }
    for to in [0, 1] {
        let given = world.given[1 - to];
        assert!(given > 100, "seed {seed}: {given} is not much");
        assert!(world.got[to].iter().copied().eq(0..given), "seed {seed}: the log of {to}");
        assert!(world.seen[to].is_sorted_by(|a, b| a < b), "seed {seed}: an old value came to {to}");
        assert_eq!(world.seen[to].last(), Some(&given), "seed {seed}: the newest did not come to {to}");
        // Two connections may overtake each other.
        world.plain[to].sort_unstable();
        assert!(world.plain[to].is_sorted_by(|a, b| a < b), "seed {seed}: doubled at {to}");
        for snapshot in world.ends[to].snapshot(world.now) {
            assert_eq!((snapshot.over_rate, snapshot.malformed), (0, 0), "seed {seed}: {snapshot:?}");
        }
    }
}

#[test]
fn over_every_kind_of_trouble() {
    match std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => run(seed),
        None => (0..SEEDS).for_each(run),
    }
}
