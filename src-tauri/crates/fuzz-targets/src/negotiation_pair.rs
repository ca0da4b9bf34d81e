//! Two machines, a modelled connection each, and everything that can go wrong between them. Whatever happened: once the
//! network is whole, both ends are stable with the same tracks and nothing is left over. A side that left is quiet. The
//! other one says that the connection failed.
//!
//! The ends, their connections and what must hold are those of the negotiation crate's own tests.

#[path = "../../negotiation/tests/pair/mod.rs"]
#[allow(unreachable_pub, clippy::unwrap_used)]
mod pair;

use std::time::Duration;

use arbitrary::Arbitrary;
use holdfast_negotiation::{
    Candidate, Description, DescriptionKind, Input, Message, TrackMap, TrackSource, Tracks, limits,
};
use holdfast_terms::{DescriptionNumber, Generation};

use crate::payloads::operations;
use pair::Pair;

/// Operations per input; the bound is for the fuzzer's speed only.
const OPERATIONS: usize = 48;
/// Longer than every wait of the machine in a row: a lost first offer, a hanging operation, a full pause.
const SETTLE: Duration = Duration::from_secs(240);

#[derive(Arbitrary, Debug, Clone, Copy)]
enum Side {
    Impolite,
    Polite,
}

#[derive(Arbitrary, Debug)]
enum Operation {
    Pass {
        ms: u8,
    },
    PassLong {
        ms: u16,
    },
    Want {
        side: Side,
        microphone: bool,
        camera: bool,
        screen: bool,
    },
    Lose(u8),
    Repeat(u8),
    /// Holds one of the next messages so long that others overtake it.
    Hold([u8; 2]),
    HoldLong(u16),
    Cut,
    Mend,
    Crash {
        side: Side,
        told_after_ms: u16,
    },
    CrashRemembering(Side),
    ReplaceAddress(Side),
    /// Connections have a control channel from now on, which carries messages without the server.
    Control,
    Refuse {
        side: Side,
        operations: u8,
    },
    Hang(Side),
    AddressChanged(Side),
    Woke(Side),
    Retry(Side),
    Signaling {
        side: Side,
        up: bool,
    },
    Deaf {
        side: Side,
        deaf: bool,
    },
    NarrowAnswers {
        side: Side,
        narrow: bool,
    },
    Hostile {
        side: Side,
        what: Hostile,
    },
    Close(Side),
}

/// What must be dropped without an effect.
#[derive(Arbitrary, Debug)]
enum Hostile {
    EmptyDescription {
        offer: bool,
        generations_on: u8,
    },
    HugeDescription {
        offer: bool,
        generations_on: u8,
    },
    TooManyTracks {
        offer: bool,
        generations_on: u8,
    },
    /// Well formed, but of a connection that is gone or never was.
    OldDescription {
        offer: bool,
        generations_back: u8,
    },
    ImpossibleGeneration {
        offer: bool,
    },
    UnaskedAnswer {
        ahead: u16,
    },
    OldCandidate {
        generations_back: u8,
    },
    HugeCandidate {
        generations_on: u8,
    },
    Candidates(u16),
    /// Reports of connections and operations that do not exist.
    LateReports,
}

/// Sequences of operations on both ends. The first byte chooses the seed and whether there is a relay.
pub fn negotiation_pair(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let mut pair = Pair::with_relay(u64::from(first >> 1), first & 1 == 1);
    for operation in operations(rest, OPERATIONS) {
        apply(&mut pair, operation);
    }
    pair.heal();
    pair.pass(SETTLE);
    if let Err(what) = pair.settled() {
        panic!("{what}");
    }
}

fn apply(pair: &mut Pair, operation: Operation) {
    let ms = |ms: u16| Duration::from_millis(ms.into());
    match operation {
        Operation::Pass { ms: time } => pair.pass(ms(time.into())),
        Operation::PassLong { ms: time } => pair.pass(ms(time)),
        Operation::Want { side, microphone, camera, screen } => {
            pair.want(side as usize, Tracks { microphone, camera, screen, ..Tracks::NONE });
        }
        Operation::Lose(messages) => pair.lose += u32::from(messages % 8),
        Operation::Repeat(messages) => pair.repeat += u32::from(messages % 8),
        Operation::Hold(times) => pair.hold.extend(times.map(|time| ms(time.into()))),
        Operation::HoldLong(time) => pair.hold.push_back(ms(time / 3)),
        Operation::Cut => pair.path_up = false,
        Operation::Mend => pair.path_up = true,
        Operation::Crash { side, told_after_ms } => pair.crash(side as usize, ms(told_after_ms / 16)),
        Operation::CrashRemembering(side) => pair.crash_remembering(side as usize),
        Operation::ReplaceAddress(side) => pair.replace_address(side as usize),
        Operation::Control => pair.control = true,
        Operation::Refuse { side, operations } => {
            pair.ends[side as usize].driver.refuse += u32::from(operations % 4);
        }
        Operation::Hang(side) => pair.ends[side as usize].driver.hang += 1,
        Operation::AddressChanged(side) => pair.input(side as usize, Input::AddressChanged),
        Operation::Woke(side) => pair.input(side as usize, Input::Woke),
        Operation::Retry(side) => pair.input(side as usize, Input::Retry),
        Operation::Signaling { side, up } => pair.signaling(side as usize, up),
        Operation::Deaf { side, deaf } => pair.deaf[side as usize] = deaf,
        Operation::NarrowAnswers { side, narrow } => pair.ends[side as usize].driver.narrow_answers = narrow,
        Operation::Hostile { side, what } => hostile(pair, side as usize, what),
        Operation::Close(side) => pair.leave(side as usize, None),
    }
}

fn hostile(pair: &mut Pair, side: usize, what: Hostile) {
    let now = pair.snapshot(side).generation;
    let before = (pair.snapshot(side), pair.ends[side].state);
    let newer = |on: u8| Generation(now.get() + u32::from(on));
    let older = |back: u8| now.get().checked_sub(u32::from(back) + 1).map(Generation);
    let (generation, message) = match what {
        Hostile::EmptyDescription { offer, generations_on } => {
            (newer(generations_on), description(offer, String::new(), 0))
        }
        Hostile::HugeDescription { offer, generations_on } => (
            newer(generations_on),
            description(offer, format!("v=0{}", "x".repeat(limits::DESCRIPTION_BYTES)), 0),
        ),
        Hostile::TooManyTracks { offer, generations_on } => {
            (newer(generations_on), description(offer, "v=0".to_owned(), limits::TRACK_MAP + 1))
        }
        Hostile::OldDescription { offer, generations_back } => {
            let Some(generation) = older(generations_back) else { return };
            (generation, description(offer, "v=0\r\na=ice-ufrag:other\r\n".to_owned(), 1))
        }
        Hostile::ImpossibleGeneration { offer } => {
            (Generation(u32::MAX), description(offer, "v=0".to_owned(), 1))
        }
        Hostile::UnaskedAnswer { ahead } => {
            // Without a number of its own, so that those of the real remote go on counting.
            let answers = DescriptionNumber(u32::MAX - u32::from(ahead));
            (now, answer("v=0\r\na=ice-ufrag:other\r\n".to_owned(), answers))
        }
        Hostile::OldCandidate { generations_back } => {
            let Some(generation) = older(generations_back) else { return };
            (generation, candidate(10))
        }
        Hostile::HugeCandidate { generations_on } => {
            (newer(generations_on), candidate(limits::CANDIDATE_BYTES + 1))
        }
        Hostile::Candidates(count) => {
            for _ in 0..count % 2048 {
                pair.input(side, Input::Remote { generation: now, message: candidate(10) });
            }
            assert!(pair.snapshot(side).candidates_waiting <= limits::CANDIDATE_BUFFER);
            return;
        }
        Hostile::LateReports => {
            let outcome = holdfast_negotiation::Outcome::Failed;
            pair.input(side, Input::Outcome { op: holdfast_negotiation::OpId(u64::MAX), outcome });
            pair.input(side, Input::MediaReceived { generation: Generation(u32::MAX) });
            let state = holdfast_negotiation::TransportState::Failed;
            pair.input(side, Input::Transport { generation: Generation(u32::MAX), state });
            return;
        }
    };
    pair.input(side, Input::Remote { generation, message });
    let after = (pair.snapshot(side), pair.ends[side].state);
    assert_eq!(after.1, before.1);
    let (before, after) = (before.0, after.0);
    assert_eq!(after.generation, before.generation, "cost a connection");
    assert_eq!(after.phase, before.phase);
    assert_eq!(after.queue, before.queue);
    assert_eq!(after.in_flight, before.in_flight);
    assert_eq!(after.remote_tracks, before.remote_tracks);
    assert_eq!(after.history, before.history);
}

fn description(offer: bool, sdp: String, tracks: usize) -> Message {
    Message::Description(Description {
        kind: if offer { DescriptionKind::Offer } else { DescriptionKind::Answer },
        number: None,
        answers: None,
        sdp,
        tracks: (0..tracks).map(|mid| (mid.to_string().into(), TrackSource::Camera)).collect(),
    })
}

fn answer(sdp: String, answers: DescriptionNumber) -> Message {
    Message::Description(Description {
        kind: DescriptionKind::Answer,
        number: None,
        answers: Some(answers),
        sdp,
        tracks: TrackMap::new(),
    })
}

fn candidate(bytes: usize) -> Message {
    Message::Candidate(Candidate {
        candidate: "c".repeat(bytes),
        sdp_mid: Some("0".into()),
        sdp_m_line_index: Some(0),
    })
}
