//! What a recording holds: the inputs of a machine, reduced to what the machine looks at.

use holdfast_terms::{DescriptionNumber, Generation};
use serde::{Deserialize, Serialize};

use crate::{DescriptionKind, TrackSource, Tracks, TransportState};

/// What a machine was made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedConfig {
    /// Own participant id.
    pub local: String,
    /// The other's participant id.
    pub remote: String,
    /// Seed of its jitter.
    pub seed: u64,
    /// Whether a relay is configured.
    pub relay: bool,
    /// What it wanted to send at first.
    pub tracks: Tracks,
    /// Generation it began with.
    pub first_generation: Generation,
}

/// What is left of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum RecordedMessage {
    /// A session description.
    Description {
        /// Offer or answer.
        kind: DescriptionKind,
        /// Its number.
        number: Option<DescriptionNumber>,
        /// The number it answers.
        answers: Option<DescriptionNumber>,
        /// Which ICE user name fragment it has, numbered in the order they were first seen.
        ufrag: Option<u32>,
        /// What its sender sends.
        sends: Vec<TrackSource>,
    },
    /// A candidate.
    Candidate,
    /// Something that is neither, or too long.
    Malformed,
}

/// What is left of an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum RecordedOutcome {
    /// Done.
    Done,
    /// A local description was made and set.
    Description {
        /// What this side sends with it.
        sends: Vec<TrackSource>,
    },
    /// Refused.
    Failed,
}

/// What is left of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
#[allow(missing_docs)] // They are those of `Input`.
pub enum RecordedInput {
    /// Timers were due.
    Timeout,
    Start,
    Wanted {
        tracks: Tracks,
    },
    Remote {
        generation: Generation,
        message: RecordedMessage,
    },
    Outcome {
        op: u64,
        outcome: RecordedOutcome,
    },
    LocalCandidate {
        generation: Generation,
    },
    Transport {
        generation: Generation,
        state: TransportState,
    },
    MediaReceived {
        generation: Generation,
    },
    MediaExpected {
        expected: bool,
    },
    AddressChanged,
    Woke,
    Signaling {
        reachable: bool,
    },
    ControlOpen {
        generation: Generation,
        open: bool,
    },
    RemoteRestarted,
    Retry,
    Close,
}

/// One input, or a row of the same, and when the last of it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// On the clock of the machine's driver.
    pub at_ns: u64,
    /// What.
    pub input: RecordedInput,
    /// How often, when more than once.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref)] // As serde calls it.
fn is_once(times: &u32) -> bool {
    *times == 1
}

/// Everything a machine was told, from its start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recording {
    /// What it was made with.
    pub config: RecordedConfig,
    /// When, on the clock of its driver.
    pub made_at_ns: u64,
    /// False when it was told more than [`crate::limits::RECORDED`] inputs: the ones after are missing.
    pub complete: bool,
    /// What it was told, oldest first.
    pub entries: Vec<Entry>,
}
