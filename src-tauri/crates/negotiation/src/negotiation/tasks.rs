//! The queue at work: making tasks, starting the next one, giving each its result, and noticing that the tracks
//! wanted are not the tracks negotiated.

use std::time::Duration;

use super::{Negotiation, descriptions::Exchange};
use crate::{Action, Priority, TaskId, TaskKind, TaskResult, task::Task, timer::Timer, timing};

/// The task being worked on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flight {
    pub(super) task: Task,
    pub(super) started_at: Duration,
}

impl Negotiation {
    pub(super) fn enqueue(&mut self, kind: TaskKind, priority: Priority, now: Duration) {
        self.next_task += 1;
        self.counters.tasks = self.counters.tasks.saturating_add(1);
        let task = Task {
            id: TaskId(self.next_task),
            kind,
            priority,
            created_at: now,
            restarts_seen: self.restarts,
        };
        if kind == TaskKind::Answer {
            // To offer in the face of an offer that is already here would be a collision made on purpose.
            self.queue.push_front(task);
        } else {
            self.queue.push(task);
        }
    }

    pub(super) fn finish(&mut self, task: &Task, result: TaskResult) {
        if !result.is_success() {
            self.counters.tasks_failed = self.counters.tasks_failed.saturating_add(1);
        }
        self.last_result = Some(result);
        self.actions.push_back(Action::TaskFinished { id: task.id, kind: task.kind, result });
    }

    pub(super) fn finish_flight(&mut self, result: TaskResult) {
        if let Some(flight) = self.flight.take() {
            self.finish(&flight.task, result);
        }
    }

    /// The task in flight gives way and runs again when it is its turn.
    pub(super) fn requeue_flight(&mut self) {
        if let Some(flight) = self.flight.take() {
            self.queue.push_front(flight.task);
        }
    }

    pub(super) fn finish_waiting(&mut self, kind: TaskKind, result: TaskResult) {
        if let Some(task) = self.queue.take(kind) {
            self.finish(&task, result);
        }
    }

    /// Gives every task this result.
    pub(super) fn finish_all(&mut self, result: TaskResult) {
        self.finish_flight(result);
        while let Some(task) = self.queue.pop() {
            self.finish(&task, result);
        }
        self.remote_offer = None;
    }

    /// Starts the next task when the exchange is stable, one at a time.
    pub(super) fn start_tasks(&mut self, now: Duration) {
        while self.flight.is_none() && matches!(self.exchange, Exchange::Stable) {
            let Some(task) = self.queue.front().copied() else { break };
            let not_needed = match task.kind {
                TaskKind::Answer => self.remote_offer.is_none(),
                TaskKind::IceRestart => self.restarts > task.restarts_seen,
                TaskKind::Offer => self.established && self.negotiated == Some(self.wanted),
            };
            if not_needed {
                self.queue.pop();
                self.finish(&task, TaskResult::NotNeeded);
                continue;
            }
            if task.kind != TaskKind::Answer && !self.reachable() {
                break;
            }
            self.queue.pop();
            self.flight = Some(Flight { task, started_at: now });
            match task.kind {
                TaskKind::Answer => self.apply_remote_offer(now),
                TaskKind::Offer => self.create_offer(false, now),
                TaskKind::IceRestart => self.create_offer(true, now),
            }
        }
        let its_turn = self.started && self.flight.is_none() && !self.queue.is_empty();
        if !its_turn || matches!(self.exchange, Exchange::Stable) {
            self.timers.clear(Timer::Stable);
        } else if self.timers.get(Timer::Stable).is_none() {
            self.timers.set(Timer::Stable, now + timing::STABLE_WAIT);
        }
    }

    pub(super) fn turn_timed_out(&mut self, _now: Duration) {
        let Some(task) = self.queue.pop() else { return };
        match task.kind {
            TaskKind::Answer => self.remote_offer = None,
            TaskKind::Offer => self.offer_failures = self.offer_failures.saturating_add(1),
            TaskKind::IceRestart => {}
        }
        self.finish(&task, TaskResult::NotStable);
    }

    /// Level-triggered: compares what is wanted now with what was negotiated last, after every change of either.
    pub(super) fn notice_changes(&mut self, now: Duration) {
        let under_way = self.queue.holds(TaskKind::Offer)
            || self.queue.holds(TaskKind::IceRestart)
            || self.flight.is_some();
        let differs = self.negotiated != Some(self.wanted);
        if !self.established || under_way || !differs {
            self.timers.clear(Timer::Debounce);
        } else if self.timers.get(Timer::Debounce).is_none() {
            let pause = self.offer_pause();
            self.timers.set(Timer::Debounce, now + pause);
        }
    }

    /// The debounce; after failures a growing pause, so that an offer that cannot succeed does not spin.
    fn offer_pause(&mut self) -> Duration {
        let Some(doublings) = self.offer_failures.checked_sub(1) else { return timing::DEBOUNCE };
        let pause = timing::OFFER_RETRY.saturating_mul(1 << doublings.min(8)).min(timing::BACKOFF_MAX);
        self.rng.between(pause / 2, pause)
    }

    pub(super) fn offer_changes(&mut self, now: Duration) {
        self.enqueue(TaskKind::Offer, Priority::Normal, now);
    }
}
