//! The queue at work: making tasks, starting the next one, giving each its result, and noticing that the tracks
//! wanted are not the tracks negotiated.

use std::{
    hash::{Hash, Hasher},
    time::Duration,
};

use holdfast_terms::Elapsed;

use super::{Negotiation, descriptions::Exchange};
use crate::{
    Action, Priority, TaskId, TaskKind, TaskResult,
    task::{Queue, Task},
    timer::Timer,
    timing,
};

/// The task being worked on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flight {
    pub(super) task: Task,
    pub(super) started_at: Duration,
}

/// The tasks there are: those that wait, and at most one in flight.
#[derive(Debug, Clone, Default)]
pub(super) struct Tasks {
    waiting: Queue,
    in_flight: Option<Flight>,
    made: u64,
    last_result: Option<TaskResult>,
}

impl Tasks {
    /// Makes a task that waits for its turn. `restarts`: ICE restarts completed so far.
    fn make(&mut self, kind: TaskKind, priority: Priority, restarts: u64, now: Elapsed) {
        self.made += 1;
        let task = Task { id: TaskId(self.made), kind, priority, created_at: now, restarts_seen: restarts };
        if kind == TaskKind::Answer {
            // An offer of ours would collide with the one that is already here.
            self.waiting.push_front(task);
        } else {
            self.waiting.push(task);
        }
    }

    /// The task whose turn is next, unless one is in flight.
    fn next(&self) -> Option<Task> {
        if self.in_flight.is_some() { None } else { self.waiting.front().copied() }
    }

    /// Starts the task whose turn it is.
    fn start(&mut self, now: Elapsed) {
        if let Some(task) = self.waiting.pop() {
            self.in_flight = Some(Flight { task, started_at: now });
        }
    }

    /// The task in flight gives way and runs again when it is its turn.
    pub(super) fn requeue_in_flight(&mut self) {
        if let Some(flight) = self.in_flight.take() {
            self.waiting.push_front(flight.task);
        }
    }

    /// Whether the task in flight is of this kind.
    pub(super) fn is_in_flight(&self, kind: TaskKind) -> bool {
        self.in_flight.as_ref().is_some_and(|flight| flight.task.kind == kind)
    }

    /// Whether a task of this kind waits.
    pub(super) fn is_waiting(&self, kind: TaskKind) -> bool {
        self.waiting.holds(kind)
    }

    /// Whether an offer of what is wanted is on its way, or may be after what is in flight.
    fn may_offer(&self) -> bool {
        self.is_waiting(TaskKind::Offer) || self.is_waiting(TaskKind::IceRestart) || self.in_flight.is_some()
    }

    pub(super) fn in_flight(&self) -> Option<&Flight> {
        self.in_flight.as_ref()
    }

    /// Those that wait, the next one first.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &Task> {
        self.waiting.iter()
    }

    /// How the latest task that ended did.
    pub(super) fn last_result(&self) -> Option<TaskResult> {
        self.last_result
    }

    /// Puts in what the future depends on: not the names of tasks. `restarts`: ICE restarts completed so far.
    pub(super) fn hash_future(&self, restarts: u64, state: &mut impl Hasher) {
        let Self { waiting, in_flight, made: _, last_result: _ } = self;
        let hash_task = |task: &Task, state: &mut _| {
            let Task { id: _, kind, priority, created_at: _, restarts_seen } = task;
            (kind, priority, restarts - restarts_seen).hash(state);
        };
        waiting.iter().for_each(|task| hash_task(task, state));
        if let Some(flight) = in_flight {
            hash_task(&flight.task, state);
        }
        (waiting.iter().count(), in_flight.is_some()).hash(state);
    }
}

impl Negotiation {
    pub(super) fn enqueue(&mut self, kind: TaskKind, priority: Priority, now: Elapsed) {
        self.counters.tasks = self.counters.tasks.saturating_add(1);
        self.tasks.make(kind, priority, self.credentials.restarts(), now);
    }

    fn finish(&mut self, task: &Task, result: TaskResult) {
        if !result.is_success() {
            self.counters.tasks_failed = self.counters.tasks_failed.saturating_add(1);
        }
        self.tasks.last_result = Some(result);
        self.actions.push_back(Action::TaskFinished { id: task.id, kind: task.kind, result });
    }

    pub(super) fn finish_flight(&mut self, result: TaskResult) {
        if let Some(flight) = self.tasks.in_flight.take() {
            self.finish(&flight.task, result);
        }
    }

    pub(super) fn finish_waiting(&mut self, kind: TaskKind, result: TaskResult) {
        if let Some(task) = self.tasks.waiting.take(kind) {
            self.finish(&task, result);
        }
    }

    /// Gives every task this result.
    pub(super) fn finish_all(&mut self, result: TaskResult) {
        self.finish_flight(result);
        while let Some(task) = self.tasks.waiting.pop() {
            self.finish(&task, result);
        }
        self.offers.take_waiting();
    }

    /// Starts the next task when the exchange is stable, one at a time.
    pub(super) fn start_tasks(&mut self, now: Elapsed) {
        while matches!(self.exchange, Exchange::Stable) {
            let Some(task) = self.tasks.next() else { break };
            let not_needed = match task.kind {
                TaskKind::Answer => !self.offers.is_waiting(),
                TaskKind::IceRestart => self.credentials.restarts() > task.restarts_seen,
                TaskKind::Offer => self.connection.is_established() && !self.tracks.differs(),
            };
            if not_needed {
                self.tasks.waiting.pop();
                self.finish(&task, TaskResult::NotNeeded);
                continue;
            }
            if task.kind != TaskKind::Answer && !self.reachable() {
                break;
            }
            self.tasks.start(now);
            match task.kind {
                TaskKind::Answer => self.apply_remote_offer(now),
                TaskKind::Offer => self.create_offer(false, now),
                TaskKind::IceRestart => self.create_offer(true, now),
            }
        }
        let its_turn = self.started && self.tasks.next().is_some();
        if !its_turn || matches!(self.exchange, Exchange::Stable) {
            self.timers.clear(Timer::Stable);
        } else if self.timers.get(Timer::Stable).is_none() {
            self.timers.set(Timer::Stable, now + timing::STABLE_WAIT);
        }
    }

    pub(super) fn turn_timed_out(&mut self, _now: Duration) {
        let Some(task) = self.tasks.waiting.pop() else { return };
        match task.kind {
            TaskKind::Answer => drop(self.offers.take_waiting()),
            TaskKind::Offer => self.failures.offer_failed(),
            TaskKind::IceRestart => {}
        }
        self.finish(&task, TaskResult::NotStable);
    }

    /// Level-triggered: compares what is wanted now with what was negotiated last, after every change of either.
    pub(super) fn notice_changes(&mut self, now: Elapsed) {
        if !self.connection.is_established() || self.tasks.may_offer() || !self.tracks.differs() {
            self.timers.clear(Timer::Debounce);
        } else if self.timers.get(Timer::Debounce).is_none() {
            let pause = self.offer_pause();
            self.timers.set(Timer::Debounce, now + pause);
        }
    }

    /// The debounce; after failures a growing pause.
    fn offer_pause(&mut self) -> Duration {
        let Some(pause) = self.failures.longest_pause() else { return timing::DEBOUNCE };
        self.rng.between(pause / 2, pause)
    }

    pub(super) fn offer_changes(&mut self, now: Elapsed) {
        self.enqueue(TaskKind::Offer, Priority::Normal, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(tasks: &Tasks) -> Vec<TaskKind> {
        tasks.waiting().map(|task| task.kind).collect()
    }

    #[test]
    fn an_answer_goes_before_what_this_side_wants() {
        let mut tasks = Tasks::default();
        tasks.make(TaskKind::IceRestart, Priority::Urgent, 0, Duration::ZERO);
        tasks.make(TaskKind::Answer, Priority::Urgent, 0, Duration::ZERO);
        assert_eq!(kinds(&tasks), [TaskKind::Answer, TaskKind::IceRestart]);
    }

    #[test]
    fn one_task_is_in_flight_at_a_time_and_one_that_gives_way_is_next() {
        let mut tasks = Tasks::default();
        tasks.make(TaskKind::Offer, Priority::Normal, 0, Duration::ZERO);
        tasks.start(Duration::ZERO);
        tasks.make(TaskKind::Offer, Priority::Normal, 0, Duration::ZERO);
        assert!(tasks.is_in_flight(TaskKind::Offer) && tasks.next().is_none());
        tasks.requeue_in_flight();
        assert_eq!(tasks.next().map(|task| task.id), Some(TaskId(1)));
    }
}
