//! Tells a new machine what another was told.

use std::time::Duration;

use holdfast_terms::Mid;

use super::form::{RecordedConfig, RecordedInput, RecordedMessage, RecordedOutcome, Recording};
use crate::{
    Candidate, Config, Description, DescriptionKind, Input, Message, Negotiation, OpId, Outcome, TrackMap,
    TrackSource, Transition,
};

/// A new machine that was told what another was told, and what it did.
#[derive(Debug)]
pub struct Replay {
    /// The machine after the last input.
    pub machine: Negotiation,
    /// Every transition it made, oldest first; more than its history holds.
    pub transitions: Vec<Transition>,
}

/// Tells a new machine everything a recording holds, at the times it came.
pub fn replay(recording: &Recording) -> Replay {
    let RecordedConfig { local, remote, seed, relay, tracks, first_generation } = recording.config.clone();
    let config = Config { local, remote, seed, relay, tracks, first_generation };
    let mut machine = Negotiation::new(config, Duration::from_nanos(recording.made_at_ns));
    let mut transitions = Vec::new();
    for entry in &recording.entries {
        let (now, before) = (Duration::from_nanos(entry.at_ns), machine.transitions());
        for _ in 0..entry.times {
            match restore(&entry.input) {
                Some(input) => machine.handle_input(input, now),
                None => machine.handle_timeout(now),
            }
        }
        while machine.poll_action().is_some() {}
        let new = machine.transitions().saturating_sub(before) as usize;
        let known = machine.history().count().saturating_sub(new);
        transitions.extend(machine.history().skip(known).cloned());
    }
    Replay { machine, transitions }
}

/// An input that does to a machine what the recorded one did; none for timers.
fn restore(input: &RecordedInput) -> Option<Input> {
    Some(match input {
        RecordedInput::Timeout => return None,
        RecordedInput::Start => Input::Start,
        RecordedInput::Wanted { tracks } => Input::Wanted(*tracks),
        RecordedInput::Remote { generation, message } => {
            Input::Remote { generation: *generation, message: restore_message(message) }
        }
        RecordedInput::Outcome { op, outcome } => Input::Outcome {
            op: OpId(*op),
            outcome: match outcome {
                RecordedOutcome::Done => Outcome::Done,
                RecordedOutcome::Description { sends } => {
                    Outcome::Description { sdp: String::new(), tracks: map(sends) }
                }
                RecordedOutcome::Failed => Outcome::Failed,
            },
        },
        RecordedInput::LocalCandidate { generation } => {
            Input::LocalCandidate { generation: *generation, candidate: candidate() }
        }
        RecordedInput::Transport { generation, state } => {
            Input::Transport { generation: *generation, state: *state }
        }
        RecordedInput::MediaReceived { generation } => Input::MediaReceived { generation: *generation },
        RecordedInput::MediaExpected { expected } => Input::MediaExpected(*expected),
        RecordedInput::AddressChanged => Input::AddressChanged,
        RecordedInput::Woke => Input::Woke,
        RecordedInput::Signaling { reachable } => Input::Signaling(*reachable),
        RecordedInput::ControlOpen { generation, open } => {
            Input::ControlOpen { generation: *generation, open: *open }
        }
        RecordedInput::RemoteRestarted => Input::RemoteRestarted,
        RecordedInput::Retry => Input::Retry,
        RecordedInput::Close => Input::Close,
    })
}

fn restore_message(message: &RecordedMessage) -> Message {
    match message {
        RecordedMessage::Description { kind, number, answers, ufrag, sends } => {
            let fragment = ufrag.map(|number| format!("a=ice-ufrag:{number}\n")).unwrap_or_default();
            Message::Description(Description {
                kind: *kind,
                number: *number,
                answers: *answers,
                sdp: format!("v=0\n{fragment}"),
                tracks: map(sends),
            })
        }
        RecordedMessage::Candidate => Message::Candidate(candidate()),
        // No session description begins like this.
        RecordedMessage::Malformed => Message::Description(Description {
            kind: DescriptionKind::Offer,
            number: None,
            answers: None,
            sdp: String::new(),
            tracks: TrackMap::new(),
        }),
    }
}

fn candidate() -> Candidate {
    Candidate { candidate: String::new(), sdp_mid: None, sdp_m_line_index: None }
}

fn map(sends: &[TrackSource]) -> TrackMap {
    sends.iter().enumerate().map(|(mid, source)| (Mid::from(mid.to_string()), *source)).collect()
}
