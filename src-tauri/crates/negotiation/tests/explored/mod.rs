//! Two machines, a modelled connection each, and everything between them as choices: which message arrives next, which
//! is lost or comes twice, when an operation ends, when a track is wanted.

mod driver;
pub(crate) mod explorer;
mod steps;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    rc::Rc,
    time::Duration,
};

use holdfast_negotiation::{
    Action, Config, Input, Message, Negotiation, PeerState, Phase, Snapshot, TrackSource, Tracks,
    TransportState,
};
use holdfast_terms::{DescriptionNumber, Generation};

use driver::Driver;
use explorer::Model;
use steps::{Letter, Step};

const IDS: [&str; 2] = ["0000000000000001", "ffffffffffffffff"];
/// A timer that is due this soon may fire before anything else happens; later ones wait until nothing else can.
const SOON: Duration = Duration::from_millis(200);
/// Timers due this close to each other may fire in either order.
const TOGETHER: Duration = Duration::from_secs(1);

/// What may happen, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Bounds {
    /// Changes of the tracks wanted, per side.
    pub(crate) changes: [u8; 2],
    /// Changes of address, per side; the old path goes on working.
    pub(crate) addresses: [u8; 2],
    pub(crate) lost: u8,
    pub(crate) repeated: u8,
    /// Timers that fire although something else could happen first.
    pub(crate) early: u8,
    /// Each description comes with a candidate.
    pub(crate) candidates: bool,
    /// Both sides are connected at the beginning.
    pub(crate) connected: bool,
    /// Each change may be of the camera or of the screen; otherwise they take turns, the screen first.
    pub(crate) free: bool,
}

#[derive(Clone)]
struct End {
    machine: Negotiation,
    /// Each side's own clock.
    now: Duration,
    driver: Driver,
    started: bool,
    wanted: Tracks,
    /// Results of tasks.
    finished: u32,
}

#[derive(Clone)]
pub(crate) struct World {
    /// Shared with the states before in which that side was the same.
    ends: [Rc<End>; 2],
    mail: Vec<Letter>,
    /// Number of the latest description each side sent.
    sent: [DescriptionNumber; 2],
    left: Bounds,
    violation: Option<String>,
}

impl World {
    fn end(&mut self, side: usize) -> &mut End {
        Rc::make_mut(&mut self.ends[side])
    }

    fn input(&mut self, side: usize, input: Input) {
        let end = self.end(side);
        end.machine.handle_input(input, end.now);
        self.act(side);
    }

    /// Carries out what the machine wants done.
    fn act(&mut self, side: usize) {
        while let Some(action) = self.end(side).machine.poll_action() {
            match action {
                Action::Send { generation, message } => {
                    if let Message::Description(d) = &message {
                        self.sent[side] = d.number.unwrap_or(self.sent[side]);
                    }
                    self.mail.push(Letter { to: 1 - side, generation, message });
                }
                Action::TaskFinished { .. } => self.end(side).finished += 1,
                Action::StateChanged { .. } | Action::Rebuilt { .. } | Action::RequestKeyframe { .. } => {}
                asked => match self.end(side).driver.ask(asked) {
                    Ok(Some(done)) => {
                        let end = self.end(side);
                        end.machine.handle_input(done, end.now);
                    }
                    Ok(None) => {}
                    Err(violation) => {
                        self.violation.get_or_insert(format!("side {side}: {violation}"));
                    }
                },
            }
        }
    }

    fn fire(&mut self, side: usize) {
        let end = self.end(side);
        let Some(at) = end.machine.poll_timeout() else { return };
        end.now = end.now.max(at);
        end.machine.handle_timeout(end.now);
        self.act(side);
    }

    /// When the next timer of a side is due.
    fn due(&self, side: usize) -> Option<Duration> {
        let end = &self.ends[side];
        Some(end.machine.poll_timeout()?.saturating_sub(end.now))
    }

    /// Whether media would get through the connections of this generation.
    fn answers(&self, generation: Generation) -> bool {
        self.ends[0].driver.pairs_with(&self.ends[1].driver, generation)
    }

    /// What happens next without anybody's doing and without waiting.
    fn at_once(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (at, letter) in self.mail.iter().enumerate() {
            if !self.mail[..at].contains(letter) {
                steps.push(Step::Deliver(at, letter.name()));
            }
        }
        for (side, end) in self.ends.iter().enumerate() {
            if !end.started {
                steps.push(Step::Start(side));
            }
            if end.driver.busy() {
                steps.push(Step::Finish(side));
            }
            for generation in end.driver.generations() {
                if end.driver.reported(generation) != self.answers(generation) {
                    steps.push(Step::Notice(side, generation));
                }
            }
            if self.due(side).is_some_and(|due| due <= SOON) {
                steps.push(Step::Fire(side));
            }
        }
        steps
    }

    /// What happens when nothing else can: time passes.
    fn after_waiting(&self) -> Vec<Step> {
        let due: Vec<_> = (0..2).filter_map(|side| Some((side, self.due(side)?))).collect();
        let Some(first) = due.iter().map(|(_, due)| *due).min() else { return Vec::new() };
        due.iter().filter(|(_, due)| *due <= first + TOGETHER).map(|(side, _)| Step::Wait(*side)).collect()
    }

    fn whole(&self, side: usize, me: &Snapshot, other: &Snapshot) -> Result<(), &'static str> {
        let end = &self.ends[side];
        let check = |holds: bool, what| if holds { Ok(()) } else { Err(what) };
        check(me.state == PeerState::Connected, "not connected")?;
        check(me.phase == Phase::Stable, "not stable")?;
        check(me.in_flight.is_none() && me.queue.is_empty(), "tasks are left")?;
        check(me.counters.tasks == end.finished, "a task has no result, or two")?;
        check(me.negotiated == Some(end.wanted), "a change was lost")?;
        check(other.remote_tracks == end.wanted, "the other end knows other tracks")?;
        check(other.generation == me.generation, "generations differ")?;
        check(me.recovery.is_none(), "still recovering")?;
        check(me.timers.is_empty(), "a timer is left")?;
        check(me.candidates_waiting == 0, "candidates wait")?;
        check(end.driver.generations() == [me.generation], "not exactly one connection")
    }
}

impl Model for Bounds {
    type State = World;
    type Step = Step;

    fn initial(&self) -> World {
        let now = Duration::from_secs(1000);
        let ends = [0, 1].map(|side| {
            Rc::new(End {
                machine: Negotiation::new(Config::new(IDS[side], IDS[1 - side], 1 + side as u64), now),
                now,
                driver: Driver::new(side, self.candidates),
                started: false,
                wanted: Tracks::default(),
                finished: 0,
            })
        });
        let mut world =
            World { ends, mail: Vec::new(), sent: [DescriptionNumber(0); 2], left: *self, violation: None };
        if self.connected {
            while let Some(step) = world.at_once().into_iter().next() {
                self.take(&mut world, &step);
            }
        }
        world
    }

    fn steps(&self, world: &World) -> Vec<Step> {
        let mut steps = world.at_once();
        let busy = !steps.is_empty();
        if !busy {
            steps = world.after_waiting();
        }
        let left = &world.left;
        for (at, letter) in world.mail.iter().enumerate() {
            if world.mail[..at].contains(letter) {
                continue;
            }
            if left.lost > 0 {
                steps.push(Step::Lose(at, letter.name()));
            }
            if left.repeated > 0 {
                steps.push(Step::Repeat(at, letter.name()));
            }
        }
        for side in 0..2 {
            if left.changes[side] > 0 {
                let turn = left.changes[side] % 2 == self.changes[side] % 2;
                for (source, turn) in [(TrackSource::Screen, turn), (TrackSource::Camera, !turn)] {
                    if turn || self.free {
                        steps.push(Step::Want(side, source));
                    }
                }
            }
            if left.addresses[side] > 0 && world.ends[side].started {
                steps.push(Step::Address(side));
            }
            if busy && left.early > 0 && world.due(side).is_some_and(|due| due > SOON) {
                steps.push(Step::Early(side));
            }
        }
        steps
    }

    fn take(&self, world: &mut World, step: &Step) {
        match step {
            Step::Start(side) => {
                world.end(*side).started = true;
                world.input(*side, Input::Start);
            }
            Step::Deliver(at, _) => {
                let Letter { to, generation, message } = world.mail.remove(*at);
                world.input(to, Input::Remote { generation, message });
            }
            Step::Lose(at, _) => {
                world.left.lost -= 1;
                world.mail.remove(*at);
            }
            Step::Repeat(at, _) => {
                world.left.repeated -= 1;
                let Letter { to, generation, message } = world.mail[*at].clone();
                world.input(to, Input::Remote { generation, message });
            }
            Step::Finish(side) => match world.end(*side).driver.finish() {
                Ok(inputs) => inputs.into_iter().for_each(|input| world.input(*side, input)),
                Err(violation) => {
                    world.violation.get_or_insert(format!("side {side}: {violation}"));
                }
            },
            Step::Notice(side, generation) => {
                let up = world.answers(*generation);
                world.end(*side).driver.report(*generation, up);
                let state = if up { TransportState::Connected } else { TransportState::Disconnected };
                world.input(*side, Input::Transport { generation: *generation, state });
            }
            Step::Want(side, source) => {
                world.left.changes[*side] -= 1;
                let wanted = world.ends[*side].wanted;
                let wanted = wanted.with(*source, !wanted.contains(*source));
                world.end(*side).wanted = wanted;
                world.input(*side, Input::Wanted(wanted));
            }
            Step::Address(side) => {
                world.left.addresses[*side] -= 1;
                world.input(*side, Input::AddressChanged);
            }
            Step::Fire(side) => world.fire(*side),
            Step::Wait(side) => {
                let time = world.due(*side).unwrap_or_default();
                let other = world.end(1 - side);
                let until_theirs = other.machine.poll_timeout().unwrap_or(other.now + time);
                // Those that are due at nearly the same time fire in this order.
                other.now = other.now.max(until_theirs.min(other.now + time));
                world.fire(*side);
            }
            Step::Early(side) => {
                world.left.early -= 1;
                world.fire(*side);
            }
        }
    }

    fn key(&self, world: &World) -> u64 {
        let World { ends, mail, sent, left, violation } = world;
        let mut state = DefaultHasher::new();
        for (side, end) in ends.iter().enumerate() {
            let End { machine, now, driver, started, wanted, finished: _ } = &**end;
            machine.hash_future(*now, TOGETHER, sent[1 - side], &mut state);
            (driver, started, wanted).hash(&mut state);
        }
        let ago = |side: usize, number: DescriptionNumber| {
            DescriptionNumber(sent[side].get().wrapping_sub(number.get()))
        };
        // The order of the mail means nothing.
        let letters = mail.iter().map(|letter| {
            let mut letter = letter.clone();
            if let Message::Description(d) = &mut letter.message {
                d.number = d.number.map(|number| ago(1 - letter.to, number));
                d.answers = d.answers.map(|number| ago(letter.to, number));
            }
            let mut hash = DefaultHasher::new();
            (letter.to, letter.generation, letter.message).hash(&mut hash);
            hash.finish()
        });
        letters.fold(0_u64, u64::wrapping_add).hash(&mut state);
        (mail.len(), left, violation.is_some()).hash(&mut state);
        state.finish()
    }

    fn judge(&self, world: &World) -> Result<(), String> {
        if let Some(violation) = &world.violation {
            return Err(violation.clone());
        }
        if !world.at_once().is_empty() || !world.after_waiting().is_empty() {
            return Ok(());
        }
        let snapshots = [0, 1].map(|side: usize| world.ends[side].machine.snapshot(world.ends[side].now));
        for side in 0..2 {
            let (me, other) = (&snapshots[side], &snapshots[1 - side]);
            world.whole(side, me, other).map_err(|what| format!("side {side}: {what}\n{me:#?}"))?;
        }
        Ok(())
    }
}
