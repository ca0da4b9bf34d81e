//! One negotiation as a unit of work: what it is, how urgent, how it ended.

use std::{collections::VecDeque, time::Duration};

use serde::Serialize;

/// Number of a task; never reused by a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TaskId(#[cfg_attr(feature = "typescript", ts(type = "number"))] pub u64);

/// What a task negotiates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum TaskKind {
    /// Offer what is wanted now.
    Offer,
    /// Answer an offer of the remote.
    Answer,
    /// Offer what is wanted now, with fresh ICE credentials.
    IceRestart,
}

/// Urgent tasks go before normal ones; within one priority, first come first served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Priority {
    /// 0: changes of tracks.
    Normal = 0,
    /// 1: answers, and everything that brings a connection back.
    Urgent = 1,
}

/// How a task ended. Every task gets exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum TaskResult {
    /// Negotiated.
    Done,
    /// What it was for was already so when its turn came (the remote's exchange carried it).
    NotNeeded,
    /// Something newer took its place: a later offer of the remote, a later restart, a rebuild.
    Superseded,
    /// The connection did not become stable in time ([`crate::timing::STABLE_WAIT`]).
    NotStable,
    /// No answer came in time ([`crate::timing::ANSWER_WAIT`]).
    Unanswered,
    /// The library refused an operation of it.
    Refused,
    /// The connection was closed.
    Closed,
}

impl TaskResult {
    /// Stable code for logs and the UI.
    pub fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::NotNeeded => "not_needed",
            Self::Superseded => "superseded",
            Self::NotStable => "not_stable",
            Self::Unanswered => "unanswered",
            Self::Refused => "refused",
            Self::Closed => "closed",
        }
    }

    /// Whether what the task was for has been reached, by it or by something else.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Done | Self::NotNeeded)
    }
}

/// A task waiting or in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) id: TaskId,
    pub(crate) kind: TaskKind,
    pub(crate) priority: Priority,
    pub(crate) created_at: Duration,
    /// ICE restarts completed when it was made; a restart task is not needed once there are more.
    pub(crate) restarts_seen: u64,
}

/// Waiting tasks: urgent before normal, first come first served within each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Queue {
    tasks: VecDeque<Task>,
}

impl Queue {
    /// Puts a task behind those of its priority.
    pub(crate) fn push(&mut self, task: Task) {
        let at = self.tasks.iter().position(|t| t.priority < task.priority).unwrap_or(self.tasks.len());
        self.tasks.insert(at, task);
    }

    /// Puts a task before those of its priority: it was interrupted, or the remote is waiting for it.
    pub(crate) fn push_front(&mut self, task: Task) {
        let at = self.tasks.iter().position(|t| t.priority <= task.priority).unwrap_or(self.tasks.len());
        self.tasks.insert(at, task);
    }

    pub(crate) fn front(&self) -> Option<&Task> {
        self.tasks.front()
    }

    pub(crate) fn pop(&mut self) -> Option<Task> {
        self.tasks.pop_front()
    }

    pub(crate) fn holds(&self, kind: TaskKind) -> bool {
        self.tasks.iter().any(|t| t.kind == kind)
    }

    /// Takes out the waiting task of a kind.
    pub(crate) fn take(&mut self, kind: TaskKind) -> Option<Task> {
        let at = self.tasks.iter().position(|t| t.kind == kind)?;
        self.tasks.remove(at)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(id: u64, priority: Priority) -> Task {
        let kind = TaskKind::Offer;
        Task { id: TaskId(id), kind, priority, created_at: Duration::ZERO, restarts_seen: 0 }
    }

    #[test]
    fn urgent_goes_before_normal_and_first_come_first_served_within_each() {
        let mut queue = Queue::default();
        for (id, priority) in
            [(1, Priority::Normal), (2, Priority::Urgent), (3, Priority::Normal), (4, Priority::Urgent)]
        {
            queue.push(task(id, priority));
        }
        let order: Vec<u64> = std::iter::from_fn(|| queue.pop()).map(|t| t.id.0).collect();
        assert_eq!(order, [2, 4, 1, 3]);
    }

    #[test]
    fn an_interrupted_task_goes_first_among_its_priority() {
        let mut queue = Queue::default();
        queue.push(task(1, Priority::Normal));
        queue.push(task(2, Priority::Urgent));
        queue.push_front(task(3, Priority::Normal));
        queue.push_front(task(4, Priority::Urgent));
        let order: Vec<u64> = std::iter::from_fn(|| queue.pop()).map(|t| t.id.0).collect();
        assert_eq!(order, [4, 2, 3, 1]);
    }
}
