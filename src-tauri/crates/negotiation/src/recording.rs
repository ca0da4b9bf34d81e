//! What a machine was told, kept so that another can be told the same and is seen to do the same.
//!
//! Keeps exactly what the machine looks at and nothing else: of a session description only whether it is one, which
//! ICE user name fragment it has (as a number, the same for the same one) and what it sends; of a candidate nothing.
//! So a recording has no address, no credential and no name in it, and replays to the letter.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    ops::Deref,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::{
    Action, Candidate, Config, Description, DescriptionKind, Input, Message, Negotiation, OpId, Outcome,
    TrackMap, TrackSource, Tracks, Transition, TransportState, limits,
    negotiation::descriptions::{acceptable, ufrag},
};

/// Media says the same a few times a second. Of a row of such inputs these many and the last are kept: what the
/// others did was done already, but for timers the last one sets.
const MEDIA_ROW: usize = 2;

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
    pub first_generation: u32,
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
        number: Option<u32>,
        /// The number it answers.
        answers: Option<u32>,
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
        generation: u32,
        message: RecordedMessage,
    },
    Outcome {
        op: u64,
        outcome: RecordedOutcome,
    },
    LocalCandidate {
        generation: u32,
    },
    Transport {
        generation: u32,
        state: TransportState,
    },
    MediaReceived {
        generation: u32,
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
        generation: u32,
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
    /// False when it was told more than [`limits::RECORDED`] inputs: those after are missing.
    pub complete: bool,
    /// What it was told, oldest first.
    pub entries: Vec<Entry>,
}

/// A machine and the recording of what it is told. Read it as the machine; tell it things through this.
#[derive(Debug, Clone)]
pub struct Recorded {
    machine: Negotiation,
    recording: Recording,
    /// Hashes of the fragments seen; a hostile remote could make them long.
    ufrags: Vec<u64>,
}

impl Deref for Recorded {
    type Target = Negotiation;

    fn deref(&self) -> &Negotiation {
        &self.machine
    }
}

impl Recorded {
    /// As [`Negotiation::new`].
    pub fn new(config: Config, now: Duration) -> Self {
        let recorded = RecordedConfig {
            local: config.local.clone(),
            remote: config.remote.clone(),
            seed: config.seed,
            relay: config.relay,
            tracks: config.tracks,
            first_generation: config.first_generation,
        };
        Self {
            machine: Negotiation::new(config, now),
            recording: Recording {
                config: recorded,
                made_at_ns: ns(now),
                complete: true,
                entries: Vec::new(),
            },
            ufrags: Vec::new(),
        }
    }

    /// As [`Negotiation::handle_input`].
    pub fn handle_input(&mut self, input: Input, now: Duration) {
        if self.recording.complete {
            let left = self.reduce(&input);
            self.keep(left, now);
        }
        self.machine.handle_input(input, now);
    }

    /// As [`Negotiation::handle_timeout`].
    pub fn handle_timeout(&mut self, now: Duration) {
        if self.machine.poll_timeout().is_some_and(|due| due <= now) {
            self.keep(RecordedInput::Timeout, now);
        }
        self.machine.handle_timeout(now);
    }

    /// As [`Negotiation::poll_action`].
    pub fn poll_action(&mut self) -> Option<Action> {
        self.machine.poll_action()
    }

    /// What it was told so far.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    fn keep(&mut self, input: RecordedInput, now: Duration) {
        let Recording { complete, entries, .. } = &mut self.recording;
        if !*complete {
            return;
        }
        let at_ns = ns(now);
        let media = matches!(input, RecordedInput::MediaReceived { .. });
        if media && let Some(row) = entries.len().checked_sub(MEDIA_ROW + 1) {
            let repeats = entries[row..].iter().all(|entry| entry.input == input);
            if repeats && let Some(last) = entries.last_mut() {
                last.at_ns = at_ns;
                last.times = last.times.saturating_add(1);
                return;
            }
        }
        if entries.len() >= limits::RECORDED {
            *complete = false;
            return;
        }
        entries.push(Entry { at_ns, input, times: 1 });
    }

    fn reduce(&mut self, input: &Input) -> RecordedInput {
        match input {
            Input::Start => RecordedInput::Start,
            Input::Wanted(tracks) => RecordedInput::Wanted { tracks: *tracks },
            Input::Remote { generation, message } => {
                RecordedInput::Remote { generation: *generation, message: self.reduce_message(message) }
            }
            Input::Outcome { op, outcome } => RecordedInput::Outcome {
                op: op.0,
                outcome: match outcome {
                    Outcome::Done => RecordedOutcome::Done,
                    Outcome::Description { tracks, .. } => {
                        RecordedOutcome::Description { sends: Tracks::of(tracks).sources().collect() }
                    }
                    Outcome::Failed => RecordedOutcome::Failed,
                },
            },
            Input::LocalCandidate { generation, .. } => {
                RecordedInput::LocalCandidate { generation: *generation }
            }
            Input::Transport { generation, state } => {
                RecordedInput::Transport { generation: *generation, state: *state }
            }
            Input::MediaReceived { generation } => RecordedInput::MediaReceived { generation: *generation },
            Input::MediaExpected(expected) => RecordedInput::MediaExpected { expected: *expected },
            Input::AddressChanged => RecordedInput::AddressChanged,
            Input::Woke => RecordedInput::Woke,
            Input::Signaling(reachable) => RecordedInput::Signaling { reachable: *reachable },
            Input::ControlOpen { generation, open } => {
                RecordedInput::ControlOpen { generation: *generation, open: *open }
            }
            Input::RemoteRestarted => RecordedInput::RemoteRestarted,
            Input::Retry => RecordedInput::Retry,
            Input::Close => RecordedInput::Close,
        }
    }

    fn reduce_message(&mut self, message: &Message) -> RecordedMessage {
        if !acceptable(message) {
            return RecordedMessage::Malformed;
        }
        match message {
            Message::Description(Description { kind, number, answers, sdp, tracks }) => {
                RecordedMessage::Description {
                    kind: *kind,
                    number: *number,
                    answers: *answers,
                    ufrag: ufrag(sdp).map(|fragment| self.number_of(&fragment)),
                    sends: Tracks::of(tracks).sources().collect(),
                }
            }
            Message::Candidate(_) => RecordedMessage::Candidate,
        }
    }

    fn number_of(&mut self, fragment: &str) -> u32 {
        let mut hasher = DefaultHasher::new();
        fragment.hash(&mut hasher);
        let hash = hasher.finish();
        let known = self.ufrags.iter().position(|other| *other == hash);
        let index = known.unwrap_or_else(|| {
            self.ufrags.push(hash);
            self.ufrags.len() - 1
        });
        u32::try_from(index).unwrap_or(u32::MAX)
    }
}

/// What came of telling a new machine what another was told.
#[derive(Debug)]
pub struct Replay {
    /// The machine as it stands after the last input.
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
        // Begins like no session description.
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
    sends.iter().enumerate().map(|(mid, source)| (mid.to_string(), *source)).collect::<BTreeMap<_, _>>()
}

fn ns(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> Recorded {
        Recorded::new(Config::new("0000000000000001", "ffffffffffffffff", 7), Duration::ZERO)
    }

    #[test]
    fn a_long_row_of_media_takes_little_room_and_replays_the_same() {
        let mut recorded = machine();
        let transport = Input::Transport { generation: 1, state: TransportState::Connected };
        recorded.handle_input(Input::Start, Duration::ZERO);
        recorded.handle_input(Input::MediaExpected(true), Duration::ZERO);
        recorded.handle_input(transport, Duration::from_millis(5));
        let mut now = Duration::from_secs(1);
        for _ in 0..10_000 {
            // Without timeouts: nobody drives this one, and it would try again and again to be driven.
            now += Duration::from_millis(250);
            recorded.handle_input(Input::MediaReceived { generation: 1 }, now);
        }
        assert!(recorded.recording().complete);
        assert!(recorded.recording().entries.len() < 40, "{}", recorded.recording().entries.len());
        assert_eq!(replay(recorded.recording()).machine.snapshot(now), recorded.snapshot(now));
    }

    #[test]
    fn a_full_recording_stops_and_says_so() {
        let mut recorded = machine();
        for _ in 0..=limits::RECORDED {
            recorded.handle_input(Input::Retry, Duration::ZERO);
        }
        assert_eq!(recorded.recording().entries.len(), limits::RECORDED);
        assert!(!recorded.recording().complete);
    }

    #[test]
    fn nothing_of_a_description_or_a_candidate_is_kept() {
        let mut recorded = machine();
        let secret = "v=0\r\na=ice-ufrag:sEcReT\r\na=ice-pwd:pAsSwOrD\r\nc=IN IP4 10.1.2.3\r\n";
        let description = Description {
            kind: DescriptionKind::Offer,
            number: Some(3),
            answers: None,
            sdp: secret.to_owned(),
            tracks: BTreeMap::from([("sEcReT".to_owned(), TrackSource::Camera)]),
        };
        let candidate = Candidate {
            candidate: "candidate:1 1 udp 1 10.1.2.3 9 typ host".to_owned(),
            sdp_mid: Some("sEcReT".to_owned()),
            sdp_m_line_index: None,
        };
        for message in [Message::Description(description), Message::Candidate(candidate.clone())] {
            recorded.handle_input(Input::Remote { generation: 1, message }, Duration::ZERO);
        }
        recorded.handle_input(Input::LocalCandidate { generation: 1, candidate }, Duration::ZERO);
        let kept = format!("{:?}", recorded.recording());
        for word in ["sEcReT", "pAsSwOrD", "10.1.2.3"] {
            assert!(!kept.contains(word), "{kept}");
        }
    }
}
