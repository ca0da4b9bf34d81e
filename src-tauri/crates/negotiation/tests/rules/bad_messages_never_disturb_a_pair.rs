//! Between two sides that go on negotiating, messages that no side should send: stale, unasked, malformed, replayed.
//! Both ends stay connected and agree; no connection is replaced.

use std::time::Duration;

use crate::pair::Pair;
use holdfast_negotiation::{
    Candidate, Description, DescriptionKind, Input, Message, TrackMap, TrackSource, Tracks,
};
use holdfast_terms::{DescriptionNumber, Generation};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Op {
    Pass(u64),
    Want(usize, bool, bool),
    Bad(usize, Generation, Message),
}

fn description(kind: DescriptionKind, number: u32, answers: Option<DescriptionNumber>, sdp: &str) -> Message {
    let tracks: TrackMap = [("0".into(), TrackSource::Microphone)].into();
    Message::Description(Description {
        kind,
        number: Some(DescriptionNumber(number)),
        answers,
        sdp: sdp.to_owned(),
        tracks,
    })
}

/// What is wrong with a message in the generation that counts.
fn bad() -> impl Strategy<Value = (Generation, Message)> {
    let fine = "v=0\na=ice-ufrag:x\nidentity:x\nname:x\nanswers:x\n";
    let kind = prop_oneof![Just(DescriptionKind::Offer), Just(DescriptionKind::Answer)];
    let stale = (any::<u32>(), kind.clone())
        .prop_map(move |(n, kind)| (Generation::NONE, description(kind, n, None, fine)));
    // The numbers of a machine start below 2^30.
    let unasked = (0..u32::MAX).prop_map(move |n| {
        (Generation::FIRST, description(DescriptionKind::Answer, n, Some(DescriptionNumber(1 << 31)), fine))
    });
    let malformed =
        (0..20_u32, kind.clone(), prop_oneof![Just(String::new()), ".{0,20}", Just("x".repeat(99_999))])
            .prop_map(|(generation, kind, sdp)| {
                (Generation(generation), description(kind, u32::MAX, None, &sdp))
            });
    let impossible = (1_u32 << 31..=u32::MAX, kind)
        .prop_map(move |(g, kind)| (Generation(g), description(kind, u32::MAX, None, fine)));
    let replayed = Just((Generation::FIRST, description(DescriptionKind::Offer, 0, None, fine)));
    let long = Candidate { candidate: "x".repeat(5_000), sdp_mid: None, sdp_m_line_index: None };
    prop_oneof![
        stale,
        unasked,
        malformed,
        impossible,
        replayed,
        Just((Generation(7), Message::Candidate(long)))
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let side = 0..2_usize;
    prop_oneof![
        2 => (0..300_u64).prop_map(Op::Pass),
        1 => (side.clone(), any::<bool>(), any::<bool>()).prop_map(|(s, a, b)| Op::Want(s, a, b)),
        3 => (side, bad()).prop_map(|(s, (generation, message))| Op::Bad(s, generation, message)),
    ]
}

proptest! {
    #[test]
    fn whatever_comes(seed in 0..u64::MAX / 4, ops in prop::collection::vec(op(), 0..60)) {
        let mut pair = Pair::connected(seed);
        let mut sent = 0;
        for op in ops {
            match op {
                Op::Pass(ms) => pair.pass(Duration::from_millis(ms)),
                Op::Want(side, camera, screen) => {
                    let tracks = Tracks::default()
                        .with(TrackSource::Camera, camera)
                        .with(TrackSource::Screen, screen);
                    pair.want(side, tracks);
                }
                Op::Bad(side, generation, message) => {
                    sent += 1;
                    pair.input(side, Input::Remote { generation, message });
                }
            }
        }
        pair.pass(Duration::from_secs(40));
        if let Err(what) = pair.whole() {
            return Err(TestCaseError::fail(what));
        }
        let mut counted = 0;
        for side in 0..2 {
            let snapshot = pair.snapshot(side);
            prop_assert_eq!(snapshot.generation, Generation(1));
            let c = snapshot.counters;
            counted += c.older_generation + c.impossible_generation + c.malformed + c.unasked_answers
                + c.late_answers + c.repeated_descriptions;
        }
        prop_assert!(counted >= sent, "{} of {} counted", counted, sent);
    }
}
