//! A description that is empty, huge or something else entirely is dropped and counted before it costs anything;
//! one that only the library can tell is broken costs a restart at most, and nothing that works.

use crate::solo::{HIGH, LOW, Solo, candidate, map, ms, names, screen};
use holdfast_negotiation::{
    Candidate, Config, Description, DescriptionKind, Message, Outcome, PeerState, TrackMap, TrackSource,
    Tracks, limits,
};
use holdfast_terms::{DescriptionNumber, Generation, Mid};

fn description(kind: DescriptionKind, sdp: &str) -> Message {
    Message::Description(Description {
        kind,
        number: Some(DescriptionNumber(9)),
        answers: None,
        sdp: sdp.to_owned(),
        tracks: map(screen()),
    })
}

/// Sends each in the current and in a far newer generation; nothing but the count may change.
fn dropped(messages: &[Message]) {
    for polite in [false, true] {
        let (local, remote) = if polite { (HIGH, LOW) } else { (LOW, HIGH) };
        let mut solo = Solo::connected(Config::new(local, remote, 1));
        let mut before = solo.snapshot();
        for message in messages {
            for generation in [1, 9] {
                solo.remote(Generation(generation), message.clone());
                assert_eq!(solo.actions(), []);
            }
        }
        before.counters.malformed += 2 * u32::try_from(messages.len()).unwrap();
        assert_eq!(solo.snapshot(), before);
    }
}

#[test]
fn empty_huge_and_of_another_kind() {
    let huge = format!("v=0\r\n{}", "a=x\r\n".repeat(20_000));
    let texts =
        ["", " ", "\0", huge.as_str(), "{\"sdp\":\"v=0\"}", "candidate:1 1 udp", "V=0", "\u{feff}v=0"];
    for kind in [DescriptionKind::Offer, DescriptionKind::Answer] {
        dropped(&texts.map(|text| description(kind, text)));
    }
}

#[test]
fn one_that_names_more_tracks_than_there_can_be() {
    let tracks: TrackMap =
        (0..limits::TRACK_MAP + 1).map(|mid| (Mid::from(mid.to_string()), TrackSource::Camera)).collect();
    let Message::Description(plain) = description(DescriptionKind::Offer, "v=0") else { unreachable!() };
    dropped(&[Message::Description(Description { tracks, ..plain })]);
}

#[test]
fn candidates_too_long_to_be_any() {
    let long = "x".repeat(limits::CANDIDATE_BYTES + 1);
    let text = Candidate { candidate: long.clone(), ..candidate("") };
    let mid = Candidate { sdp_mid: Some(Mid::from(long)), ..candidate("") };
    dropped(&[Message::Candidate(text), Message::Candidate(mid)]);
}

#[test]
fn a_truncated_offer_is_refused_and_the_connection_goes_on() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    let negotiated = solo.snapshot().negotiated;
    solo.remote(Generation::FIRST, description(DescriptionKind::Offer, "v=0\r\no=- 1 1 IN I"));
    let apply = solo.actions().remove(0);
    solo.outcome(apply.op().unwrap(), Outcome::Failed);
    assert_eq!(names(&solo.actions()), ["task finished"]);
    let snapshot = solo.snapshot();
    assert_eq!((snapshot.state, snapshot.generation), (PeerState::Connected, Generation(1)));
    assert_eq!((snapshot.negotiated, snapshot.remote_tracks), (negotiated, Tracks::default()));
    assert_eq!(snapshot.counters.operations_refused, 1);
}

#[test]
fn a_truncated_answer_is_refused_and_the_offer_made_again() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(holdfast_negotiation::Input::Wanted(screen()));
    solo.pass(ms(150));
    solo.answer_ops();
    solo.remote(Generation::FIRST, description(DescriptionKind::Answer, "v=0\r\n"));
    let apply = solo.actions().remove(0);
    solo.outcome(apply.op().unwrap(), Outcome::Failed);
    let order = names(&solo.answer_ops());
    assert_eq!(order, ["task finished", "roll back"]);
    solo.pass(ms(1_000));
    assert_eq!(names(&solo.answer_ops()), ["create offer", "send offer"]);
    assert_eq!((solo.snapshot().state, solo.generation()), (PeerState::Connected, Generation(1)));
}
