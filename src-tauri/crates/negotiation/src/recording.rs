//! What a machine was told, kept so that another machine can be told the same and does the same.
//!
//! Keeps what the machine looks at and nothing else. Of a session description it keeps whether it is one, which ICE
//! user name fragment it has (as a number, equal for equal fragments) and what it sends. Of a candidate it keeps
//! nothing. So a recording has no address, no credential and no name in it, and a replay makes the same transitions.

mod form;
mod replay;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    ops::Deref,
    time::Duration,
};

use crate::{
    Action, Config, Description, Input, Message, Negotiation, Outcome, Tracks, limits,
    negotiation::{credentials::ufrag, descriptions::acceptable},
};

pub use form::{Entry, RecordedConfig, RecordedInput, RecordedMessage, RecordedOutcome, Recording};
use holdfast_terms::Elapsed;
pub use replay::{Replay, replay};

/// Reports of media repeat a few times a second. Of a row of equal ones, this many and the last are kept: the others
/// changed nothing but timers, and the last one sets those again.
const MEDIA_ROW: usize = 2;

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
    pub fn new(config: Config, now: Elapsed) -> Self {
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
    pub fn handle_input(&mut self, input: Input, now: Elapsed) {
        if self.recording.complete {
            let left = self.reduce(&input);
            self.keep(left, now);
        }
        self.machine.handle_input(input, now);
    }

    /// As [`Negotiation::handle_timeout`].
    pub fn handle_timeout(&mut self, now: Elapsed) {
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

    fn keep(&mut self, input: RecordedInput, now: Elapsed) {
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

fn ns(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use holdfast_terms::{DescriptionNumber, Generation};

    use super::*;
    use crate::{Candidate, DescriptionKind, TrackSource, TransportState};

    fn machine() -> Recorded {
        Recorded::new(Config::new("0000000000000001", "ffffffffffffffff", 7), Duration::ZERO)
    }

    #[test]
    fn a_long_row_of_media_takes_little_room_and_replays_the_same() {
        let mut recorded = machine();
        let transport = Input::Transport { generation: Generation(1), state: TransportState::Connected };
        recorded.handle_input(Input::Start, Duration::ZERO);
        recorded.handle_input(Input::MediaExpected(true), Duration::ZERO);
        recorded.handle_input(transport, Duration::from_millis(5));
        let mut now = Duration::from_secs(1);
        for _ in 0..10_000 {
            // Without timeouts: no driver carries out what this machine asks for, so it would ask again and again.
            now += Duration::from_millis(250);
            recorded.handle_input(Input::MediaReceived { generation: Generation(1) }, now);
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
            number: Some(DescriptionNumber(3)),
            answers: None,
            sdp: secret.to_owned(),
            tracks: BTreeMap::from([("sEcReT".into(), TrackSource::Camera)]),
        };
        let candidate = Candidate {
            candidate: "candidate:1 1 udp 1 10.1.2.3 9 typ host".to_owned(),
            sdp_mid: Some("sEcReT".into()),
            sdp_m_line_index: None,
        };
        for message in [Message::Description(description), Message::Candidate(candidate.clone())] {
            recorded.handle_input(Input::Remote { generation: Generation(1), message }, Duration::ZERO);
        }
        recorded.handle_input(Input::LocalCandidate { generation: Generation(1), candidate }, Duration::ZERO);
        let kept = format!("{:?}", recorded.recording());
        for word in ["sEcReT", "pAsSwOrD", "10.1.2.3"] {
            assert!(!kept.contains(word), "{kept}");
        }
    }
}
