//! A client that began anew may open a connection before anyone tells of it; being told then costs nothing.

use crate::pair::Pair;
use crate::solo::{HIGH, LOW, Solo, closed, map, ms, names};
use holdfast_negotiation::{
    Action, Config, Description, DescriptionKind, Input, Message, Tracks, TransportState,
};
use holdfast_terms::{DescriptionNumber, Generation};

/// The remote opens a generation with a description of this number.
fn opened(number: u32) -> Solo {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    let message = Message::Description(Description {
        kind: DescriptionKind::Offer,
        number: Some(DescriptionNumber(number)),
        answers: None,
        sdp: "v=0\r\na=ice-ufrag:theirs\r\n".to_owned(),
        tracks: map(Tracks::default()),
    });
    solo.remote(Generation(2), message);
    solo.answer_ops();
    solo.transport(TransportState::Connected);
    solo.actions();
    solo
}

#[test]
fn one_whose_numbers_begin_anew_has_been_met() {
    let mut solo = opened(700_000_000);
    solo.input(Input::RemoteRestarted);
    assert!(!names(&solo.answer_ops()).contains(&"rebuilt"));
    assert_eq!(solo.generation(), Generation(2));
}

#[test]
fn the_connection_of_the_one_before_is_closed_at_once() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    let message = solo.description(DescriptionKind::Offer, None, Tracks::default(), "theirs");
    let Message::Description(description) = message else { panic!("a description") };
    solo.remote(
        Generation(2),
        Message::Description(Description { number: Some(DescriptionNumber(700_000_000)), ..description }),
    );
    solo.answer_ops();
    assert_eq!(solo.snapshot().previous.unwrap().generation, Generation(1));
    solo.input(Input::RemoteRestarted);
    assert_eq!(closed(&solo.answer_ops()), [Generation(1)]);
}

#[test]
fn one_whose_numbers_go_on_is_the_one_before() {
    let mut solo = opened(3);
    solo.input(Input::RemoteRestarted);
    assert!(solo.answer_ops().contains(&Action::Rebuilt { generation: Generation(3) }));
}

#[test]
fn it_counts_for_one_telling_and_for_ten_seconds() {
    let mut solo = opened(700_000_000);
    solo.input(Input::RemoteRestarted);
    solo.input(Input::RemoteRestarted);
    assert!(solo.answer_ops().contains(&Action::Rebuilt { generation: Generation(3) }));
    let mut late = opened(700_000_000);
    late.pass(ms(10_001));
    late.input(Input::RemoteRestarted);
    assert!(late.answer_ops().contains(&Action::Rebuilt { generation: Generation(3) }));
}

#[test]
fn a_pair_of_which_one_comes_back_remembering_makes_one_connection() {
    for seed in 0..20 {
        let mut pair = Pair::connected(seed);
        pair.crash_remembering(0);
        pair.pass(ms(1_000));
        pair.input(1, Input::RemoteRestarted);
        pair.pass(ms(4_000));
        pair.assert_whole();
        assert_eq!(pair.snapshot(0).generation, Generation(2), "seed {seed}");
    }
}
