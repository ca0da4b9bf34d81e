//! Replays the negotiations of a diagnostics file through the machine that made them, and says where it now does
//! something else. Knows the form of the file; decides nothing itself.
#![forbid(unsafe_code)]

use std::fmt;
use std::time::Duration;

use holdfast_negotiation::{Recording, Transition, replay};
use serde::Deserialize;
use serde_json::Value;

/// The form of file that this understands.
const FORMAT: u32 = 1;

/// Why a file cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// Not a diagnostics file, or a damaged one.
    #[error("this is no diagnostics file of Holdfast: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Written by another version.
    #[error("this file has form {found}, and this Holdfast reads form {FORMAT}")]
    Format {
        /// The form that the file names.
        found: u32,
    },
}

#[derive(Deserialize)]
struct Form {
    format: u32,
}

#[derive(Deserialize)]
struct Bundle {
    peers: Vec<Peer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Peer {
    id: String,
    at_ns: u64,
    negotiation: Value,
    recording: Recording,
}

#[derive(Deserialize)]
struct Kept {
    history: Vec<Transition>,
    counters: Counters,
}

#[derive(Deserialize)]
struct Counters {
    transitions: u32,
}

/// The result of replaying one negotiation.
#[derive(Debug)]
pub struct Played {
    /// The remote participant.
    pub id: String,
    /// Number of inputs given to the machine.
    pub inputs: usize,
    /// Every transition that the machine made.
    pub transitions: Vec<Transition>,
    /// Transitions that could be compared with those in the file, which has only the latest.
    pub compared: usize,
    /// Whether the recording reaches the moment of the file.
    pub complete: bool,
    /// Where the machine first did something else than the file says.
    pub difference: Option<Difference>,
}

/// The first difference from the file.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which transition, counted from 0, or which part of the state at the end.
    pub what: String,
    /// The value in the file.
    pub then: String,
    /// The value now.
    pub now: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  then: {}\n  now:  {}", self.what, self.then, self.now)
    }
}

/// Replays every negotiation of a file.
///
/// # Errors
/// When the text is not such a file.
pub fn play(text: &str) -> Result<Vec<Played>, ReplayError> {
    let Form { format } = serde_json::from_str(text)?;
    if format != FORMAT {
        return Err(ReplayError::Format { found: format });
    }
    let bundle: Bundle = serde_json::from_str(text)?;
    bundle.peers.into_iter().map(play_one).collect()
}

fn play_one(peer: Peer) -> Result<Played, ReplayError> {
    let Peer { id, at_ns, negotiation, recording } = peer;
    let kept: Kept = serde_json::from_value(negotiation.clone())?;
    let again = replay(&recording);
    let total = kept.counters.transitions as usize;
    let first = total.saturating_sub(kept.history.len());
    let mut compared = 0;
    let mut difference = None;
    for (index, then) in (first..).zip(&kept.history) {
        let now = again.transitions.get(index);
        if now.is_none() && !recording.complete {
            break;
        }
        compared += 1;
        if now != Some(then) {
            difference = Some(Difference {
                what: format!("transition {index}"),
                then: describe(then),
                now: now.map_or_else(|| "nothing".to_owned(), describe),
            });
            break;
        }
    }
    if recording.complete && difference.is_none() {
        let snapshot = serde_json::to_value(again.machine.snapshot(Duration::from_nanos(at_ns)))?;
        difference = first_difference("the state at the end", &negotiation, &snapshot);
    }
    let inputs = recording.entries.iter().map(|entry| entry.times as usize).sum();
    Ok(Played {
        id,
        inputs,
        transitions: again.transitions,
        compared,
        complete: recording.complete,
        difference,
    })
}

/// A transition in one line.
pub fn describe(transition: &Transition) -> String {
    let Transition { at_ms, generation, phase, state, rung, cause } = transition;
    let rung = rung.map(|rung| format!(" {rung:?}")).unwrap_or_default();
    format!("{:>10.3} s  g{generation} {phase:?} {state:?}{rung} ({cause:?})", *at_ms as f64 / 1000.0)
}

fn first_difference(path: &str, then: &Value, now: &Value) -> Option<Difference> {
    if then == now {
        return None;
    }
    if let (Value::Object(old), Value::Object(new)) = (then, now) {
        let missing = Value::Null;
        let found = new.iter().chain(old).find_map(|(key, _)| {
            let (old, new) = (old.get(key).unwrap_or(&missing), new.get(key).unwrap_or(&missing));
            first_difference(&format!("{path}: {key}"), old, new)
        });
        if found.is_some() {
            return found;
        }
    }
    Some(Difference { what: path.to_owned(), then: then.to_string(), now: now.to_string() })
}
