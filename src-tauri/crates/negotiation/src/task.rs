//! One negotiation as a unit of work: what it is, how urgent, how it ended.

use std::time::Duration;

use serde::Serialize;
use ts_rs::TS;

/// Number of a task; never reused by a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, TS)]
pub struct TaskId(#[ts(type = "number")] pub u64);

/// What a task negotiates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, TS)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Priority {
    /// 0: changes of tracks.
    Normal = 0,
    /// 1: answers, and whatever brings a connection back.
    Urgent = 1,
}

/// How a task ended. Every task gets exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, TS)]
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
}
