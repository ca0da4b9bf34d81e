//! What happens to people: bursts of faults and choices, and calm times in which everything must become well again.

use std::time::Duration;

use crate::network::Trouble;
use crate::queue::Event;
use crate::random::Random;
use crate::world::World;

/// One thing that changes from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// The person joins. If `true`, they come back as the same participant, if they were in the meeting before.
    Join(usize, bool),
    Leave(usize),
    /// The app dies silently and is started again after this time.
    Crash {
        seat: usize,
        back_after: Duration,
        as_before: bool,
    },
    Begin(usize, Trouble),
    End(usize, Trouble),
    /// UDP from one person to another is blocked.
    Block(usize, usize),
    Unblock(usize, usize),
    /// This percentage of packets is lost.
    Loss(usize, u64),
    ServerDies {
        silently: bool,
    },
    ServerReturns,
    ServerStops,
    ServerGoesOn,
    ServerDropsEveryone,
    /// The machine sleeps, with its monotonic clock; or only the process stands still.
    Freeze {
        seat: usize,
        clock_stops: bool,
    },
    Thaw(usize),
    /// The address is replaced. Sockets that were bound to the old one reach no one.
    ReplaceAddress {
        seat: usize,
        noticed: bool,
    },
    /// Another address is added. All bound sockets go on.
    AddAddress(usize),
    Microphone(usize),
    Camera(usize),
    Hand(usize),
    Screen(usize),
}

/// How long a calm lasts in which nothing may happen.
const QUIET: Duration = Duration::from_secs(150);

/// The plan of what will happen.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) end: Duration,
    random: Random,
    started: bool,
}

impl Scenario {
    pub(crate) fn new(end: Duration, seed: u64) -> Self {
        Self { end, random: Random::new(seed), started: false }
    }

    /// Plans the next stretch. Returns its changes, and when to plan the stretch after it.
    fn plan(&mut self, people: usize, now: Duration) -> (Vec<(Duration, Change)>, Duration) {
        let random = &mut self.random;
        let mut changes = Vec::new();
        if !std::mem::replace(&mut self.started, true) {
            // Everyone joins: at once, or one after the other.
            let spread = if random.percent(30) { 50 } else { 8_000 };
            for seat in 0..people {
                let at = now + random.millis(0, spread);
                changes.push((at, Change::Join(seat, false)));
            }
            return (changes, now + Duration::from_secs(60));
        }
        let left = self.end.saturating_sub(now);
        if left < QUIET * 2 {
            // The end is calm, so that everything can be compared.
            return (changes, self.end + QUIET);
        }
        let length = random.millis(2_000, 45_000);
        let kinds = 1 + random.index(6);
        let mut over = now + length;
        for _ in 0..kinds {
            let at = now + random.between(Duration::ZERO, length);
            over = over.max(one(random, people, at, &mut changes));
        }
        for _ in 0..random.index(8) {
            let at = now + random.between(Duration::ZERO, length);
            changes.push((at, choice(random, people)));
        }
        let calm = match random.below(3) {
            // People do nothing.
            0 => QUIET,
            // People do things on a whole network.
            1 => {
                let calm = random.millis(40_000, 70_000);
                for _ in 0..random.index(20) {
                    let at = over + random.between(Duration::ZERO, calm);
                    changes.push((at, choice(random, people)));
                }
                calm
            }
            // Too short to recover.
            _ => random.millis(100, 20_000),
        };
        (changes, over + calm)
    }
}

fn choice(random: &mut Random, people: usize) -> Change {
    let seat = random.index(people);
    match random.below(10) {
        0..=4 => Change::Microphone(seat),
        5..=6 => Change::Camera(seat),
        7 => Change::Hand(seat),
        _ => Change::Screen(seat),
    }
}

/// How long a fault takes: mostly seconds, chosen around typical durations.
fn duration(random: &mut Random) -> Duration {
    match random.below(10) {
        0..=2 => random.millis(50, 3_000),
        3..=6 => random.millis(3_000, 20_000),
        7..=8 => random.millis(20_000, 60_000),
        _ => random.millis(60_000, 100_000),
    }
}

/// One fault, begun and ended. Returns when it is over.
fn one(random: &mut Random, people: usize, at: Duration, changes: &mut Vec<(Duration, Change)>) -> Duration {
    let seat = random.index(people);
    let long = duration(random);
    let mut from_to = |begin: Change, end: Change, long: Duration| {
        changes.push((at, begin));
        changes.push((at + long, end));
        at + long
    };
    match random.below(18) {
        0..=2 => {
            let trouble = Trouble::ALL[random.index(Trouble::ALL.len())];
            from_to(Change::Begin(seat, trouble), Change::End(seat, trouble), long)
        }
        3 => from_to(Change::Begin(seat, Trouble::NoUdp), Change::End(seat, Trouble::NoUdp), long),
        4 => from_to(Change::Begin(seat, Trouble::Down), Change::End(seat, Trouble::Down), long),
        5 => {
            let other = (seat + 1 + random.index(people - 1)) % people;
            if random.percent(50) {
                from_to(Change::Block(other, seat), Change::Unblock(other, seat), long);
            }
            from_to(Change::Block(seat, other), Change::Unblock(seat, other), long)
        }
        6 => {
            let percent = if random.percent(50) { 5 } else { 15 };
            from_to(Change::Loss(seat, percent), Change::Loss(seat, 0), long)
        }
        7..=8 => {
            let silently = random.percent(30);
            from_to(Change::ServerDies { silently }, Change::ServerReturns, long)
        }
        9 => match random.below(3) {
            0 => {
                changes.push((at, Change::ServerDropsEveryone));
                at
            }
            _ => from_to(Change::ServerStops, Change::ServerGoesOn, long),
        },
        10..=11 => {
            let long = if random.percent(60) { random.millis(30_000, 90_000) } else { long };
            let clock_stops = random.percent(50);
            from_to(Change::Freeze { seat, clock_stops }, Change::Thaw(seat), long)
        }
        12..=13 => {
            let noticed = random.percent(70);
            if random.percent(40) {
                // Between two networks, the machine has no network for a moment.
                let gap = random.millis(50, 4_000);
                from_to(Change::Begin(seat, Trouble::Down), Change::End(seat, Trouble::Down), gap);
            }
            changes.push((at, Change::ReplaceAddress { seat, noticed }));
            at
        }
        14 => {
            changes.push((at, Change::AddAddress(seat)));
            at
        }
        15 => {
            let back_after = random.millis(300, 8_000);
            changes.push((at, Change::Crash { seat, back_after, as_before: random.percent(50) }));
            at + back_after
        }
        16 => {
            let back = at + random.millis(100, 40_000);
            changes.push((at, Change::Leave(seat)));
            changes.push((back, Change::Join(seat, random.percent(50))));
            back
        }
        _ => {
            // Out of reach, and then leaving on purpose.
            changes.push((at, Change::Begin(seat, Trouble::Down)));
            let leave = at + random.millis(100, 15_000);
            changes.push((leave, Change::Leave(seat)));
            let back = leave + random.millis(500, 20_000);
            changes.push((back, Change::End(seat, Trouble::Down)));
            changes.push((back + random.millis(10, 5_000), Change::Join(seat, random.percent(50))));
            back + Duration::from_secs(5)
        }
    }
}

impl World {
    /// The scenario plans its next stretch.
    pub(crate) fn go_on(&mut self) {
        let people = self.seats.len();
        let (changes, next) = self.scenario.plan(people, self.now);
        for (at, change) in changes {
            self.queue.push(at.max(self.now), Event::Change(change));
        }
        self.queue.push(next, Event::Scenario);
    }
}
