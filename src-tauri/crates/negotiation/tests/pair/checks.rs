//! What must hold of the ends.

use std::time::Duration;

use holdfast_negotiation::{PeerState, Phase, Rung, replay};

use super::Pair;

/// An end that tries in the background does so at least this often: the longest pause of the machine, and an attempt.
const TRIES_WITHIN: Duration = Duration::from_secs(34);

impl Pair {
    /// Whether a machine that is told what an end's was told is found as that is.
    pub(crate) fn replays(&self) -> Result<(), String> {
        for side in 0..2 {
            let recording = self.ends[side].machine.recording();
            let replayed = replay(recording);
            let (then, now) = (replayed.machine.snapshot(self.now), self.snapshot(side));
            if recording.complete && then != now {
                return Err(format!("side {side}: replayed\n{then:#?}\nis not what was\n{now:#?}"));
            }
            if recording.complete && replayed.transitions.len() != now.counters.transitions as usize {
                return Err(format!("side {side}: {} transitions replayed", replayed.transitions.len()));
            }
        }
        Ok(())
    }

    /// What holds of two ends that have had time to settle on a whole network.
    pub(crate) fn whole(&self) -> Result<(), String> {
        if let Some(violation) = self.violations.first() {
            return Err(violation.clone());
        }
        for side in 0..2 {
            let end = &self.ends[side];
            let me = self.snapshot(side);
            let other = self.snapshot(1 - side);
            let check = |holds: bool, what: &str| {
                if holds { Ok(()) } else { Err(format!("side {side}: {what}\n{me:#?}\nother: {other:#?}")) }
            };
            check(me.state == PeerState::Connected, "not connected")?;
            check(end.state == Some(me.state), "people were told another state")?;
            check(me.phase == Phase::Stable, "not stable")?;
            check(me.in_flight.is_none() && me.queue.is_empty(), "tasks are left")?;
            check(end.finished.len() == me.counters.tasks as usize, "a task has no result")?;
            check(me.wanted == end.wanted, "wants something else")?;
            check(me.negotiated == Some(me.wanted), "a change was lost")?;
            check(other.remote_tracks == me.wanted, "the other end knows other tracks")?;
            check(other.generation == me.generation, "generations differ")?;
            check(me.recovery.is_none(), "still recovering")?;
            check(me.media_expected == self.sends(1 - side), "was not told what the other end sends")?;
            let silence = |timer: &str| timer == "silence" && me.media_expected;
            check(me.timers.iter().all(|t| silence(t.timer)), "a timer is left")?;
            check(me.candidates_waiting == 0, "candidates wait")?;
            check(self.flows(me.generation), "no media flows")?;
            check(me.previous.is_none(), "the previous connection is kept")?;
            check(end.driver.generations() == [me.generation], "not exactly one connection")?;
            check(end.driver.believed().len() == 1, "a connection is not accounted for")?;
        }
        Ok(())
    }

    pub(crate) fn assert_whole(&self) {
        if let Err(what) = self.whole() {
            panic!("{what}");
        }
    }

    /// What holds of two ends, of which either may have left, that have had time to settle on a whole network.
    pub(crate) fn settled(&self) -> Result<(), String> {
        match [self.has_left(0), self.has_left(1)] {
            [false, false] => self.whole(),
            [true, true] => self.quiet(0).and_then(|()| self.quiet(1)),
            [true, false] => self.quiet(0).and_then(|()| self.alone(1)),
            [false, true] => self.quiet(1).and_then(|()| self.alone(0)),
        }
    }

    /// What holds of an end from the moment it closed.
    pub(crate) fn quiet(&self, side: usize) -> Result<(), String> {
        if let Some(violation) = self.violations.first() {
            return Err(violation.clone());
        }
        let (end, me) = (&self.ends[side], self.snapshot(side));
        let check = |holds: bool, what: &str| {
            if holds { Ok(()) } else { Err(format!("side {side} has left: {what}\n{me:#?}")) }
        };
        check(me.state == PeerState::Left && me.phase == Phase::Closed, "it is not closed")?;
        check(end.state == Some(PeerState::Left), "people were told another state")?;
        check(me.in_flight.is_none() && me.queue.is_empty(), "tasks are left")?;
        check(end.finished.len() == me.counters.tasks as usize, "a task has no result")?;
        check(me.timers.is_empty() && end.machine.poll_timeout().is_none(), "a timer is left")?;
        check(me.recovery.is_none() && me.previous.is_none(), "it still recovers")?;
        check(me.candidates_waiting == 0 && me.local_candidates_held == 0, "candidates wait")?;
        check(end.driver.generations().is_empty() && end.driver.believed().is_empty(), "a connection is left")
    }

    /// What holds of an end that was never told that the other left for good: it says so, and goes on trying calmly.
    fn alone(&self, side: usize) -> Result<(), String> {
        if let Some(violation) = self.violations.first() {
            return Err(violation.clone());
        }
        let (end, me) = (&self.ends[side], self.snapshot(side));
        let check = |holds: bool, what: &str| {
            if holds { Ok(()) } else { Err(format!("side {side} is alone: {what}\n{me:#?}")) }
        };
        check(me.state == PeerState::Failed, "it is not shown that it failed")?;
        check(end.state == Some(me.state), "people were told another state")?;
        check(me.recovery.as_ref().is_some_and(|r| r.rung == Rung::Background), "it does not try")?;
        let due = end.machine.poll_timeout();
        check(due.is_some_and(|due| due <= self.now + TRIES_WITHIN), "nothing will wake it")?;
        let open = me.queue.len() + usize::from(me.in_flight.is_some());
        check(open <= 1, "tasks pile up")?;
        check(end.finished.len() + open == me.counters.tasks as usize, "a task has no result")?;
        check(me.candidates_waiting == 0, "candidates wait")?;
        check(end.driver.believed().len() <= 2, "connections pile up")
    }
}
