//! What others may see of the machine: its snapshot and its history.

use holdfast_terms::Elapsed;
use std::time::Duration;

use super::Negotiation;
use super::recovery::Recovery;
use crate::{
    Cause, FlightSnapshot, PreviousSnapshot, Snapshot, TaskSnapshot, TimerSnapshot, Transition, task::Task,
    timer::Timer,
};

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn task(task: &Task, now: Elapsed) -> TaskSnapshot {
    TaskSnapshot {
        id: task.id,
        kind: task.kind,
        priority: task.priority,
        age_ms: ms(now.saturating_sub(task.created_at)),
    }
}

impl Negotiation {
    pub(super) fn record(&mut self, cause: Cause, now: Elapsed) {
        self.counters.transitions = self.counters.transitions.saturating_add(1);
        self.shown.record(Transition {
            at_ms: ms(now),
            generation: self.connection.generation(),
            phase: self.exchange.phase(),
            state: self.shown.state(),
            rung: self.recovery.as_ref().map(Recovery::rung),
            cause,
        });
    }

    /// The latest transitions, oldest first.
    pub fn history(&self) -> impl Iterator<Item = &Transition> {
        self.shown.history()
    }

    /// How many transitions were made; the latest of them are in the history.
    pub fn transitions(&self) -> u32 {
        self.counters.transitions
    }

    /// Everything the machine knows.
    pub fn snapshot(&self, now: Elapsed) -> Snapshot {
        let since = |then: Duration| ms(now.saturating_sub(then));
        let until = |then: Duration| ms(then.saturating_sub(now));
        let path = self.connection.path();
        let next_attempt = self.timers.get(Timer::Attempt).or(self.timers.get(Timer::Backoff));
        Snapshot {
            local: self.config.local.clone(),
            remote: self.config.remote.clone(),
            polite: self.config.polite(),
            state: self.shown.state(),
            state_since_ms_ago: since(self.shown.since()),
            generation: self.connection.generation(),
            relay_only: self.connection.is_relay_only(),
            phase: self.exchange.phase(),
            phase_since_ms_ago: since(self.exchange_since),
            transport: path.transport(),
            transport_since_ms_ago: since(path.since()),
            control_open: path.is_control_open(),
            carries_media: path.is_heard(),
            previous: self.previous.as_ref().map(|previous| PreviousSnapshot {
                generation: previous.generation(),
                transport: previous.path().transport(),
                transport_since_ms_ago: since(previous.path().since()),
                control_open: previous.path().is_control_open(),
                carries_media: previous.path().is_heard(),
            }),
            signaling: self.signaling,
            reachable: self.reachable(),
            media_expected: self.media.is_expected(),
            wanted: self.tracks.wanted(),
            negotiated: self.tracks.negotiated(),
            remote_tracks: self.tracks.remote(),
            in_flight: self.tasks.in_flight().map(|flight| FlightSnapshot {
                task: task(&flight.task, now),
                started_ms_ago: since(flight.started_at),
            }),
            queue: self.tasks.waiting().map(|waiting| task(waiting, now)).collect(),
            last_result: self.tasks.last_result(),
            candidates_waiting: self.candidates.waiting(),
            local_candidates_held: self.candidates.held(),
            recovery: self
                .recovery
                .as_ref()
                .map(|recovery| recovery.snapshot(since, next_attempt.map(until))),
            timers: Timer::ALL
                .into_iter()
                .filter_map(|timer| {
                    let at = self.timers.get(timer)?;
                    Some(TimerSnapshot { timer: timer.name(), in_ms: until(at) })
                })
                .collect(),
            counters: self.counters.clone(),
            history: self.shown.history().cloned().collect(),
        }
    }
}
