//! A side that crashed and joined again numbers its descriptions from anywhere. Messages of its earlier life may arrive
//! late. They are not news, and they do not make the present life look old.

use crate::solo::{LOW, Solo, ms, names, screen, sent};
use holdfast_negotiation::{Config, DescriptionKind, Input, Phase, TrackSource, Tracks};
use holdfast_terms::{DescriptionNumber, Generation};

const EARLIER: u32 = 700_000_000;
const PRESENT: u32 = 4;

/// Our offer is out, in a generation in which an earlier life of the remote was heard before.
fn offering() -> (Solo, Option<DescriptionNumber>) {
    let mut solo = Solo::new(Config::new(LOW, "ffffffffffffffff", 1));
    solo.input(Input::Start);
    let first = sent(&solo.answer_ops())[0].number;
    solo.remote_number = EARLIER;
    let answer = solo.description(DescriptionKind::Answer, first, Tracks::default(), "earlier");
    solo.remote(Generation::FIRST, answer);
    solo.answer_ops();
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    let number = sent(&solo.answer_ops())[0].number;
    (solo, number)
}

/// The present life has answered that offer.
fn answered() -> Solo {
    let (mut solo, number) = offering();
    solo.remote_number = PRESENT;
    let answer = solo.description(DescriptionKind::Answer, number, Tracks::default(), "present");
    solo.remote(Generation::FIRST, answer);
    assert_eq!(names(&solo.answer_ops())[0], "apply answer");
    solo
}

#[test]
fn offers_of_the_one_who_answered_count_although_higher_numbers_were_seen() {
    let mut solo = answered();
    solo.remote_offers(screen(), "present");
    assert!(names(&solo.answer_ops()).contains(&"send answer"));
    assert_eq!(solo.snapshot().remote_tracks, screen());
}

#[test]
fn a_late_offer_of_the_earlier_life_is_dropped_and_counted() {
    let mut solo = answered();
    solo.remote_number = EARLIER + 1;
    solo.remote_offers(Tracks::NONE.with(TrackSource::Microphone, true), "earlier");
    assert_eq!(solo.actions(), []);
    assert_eq!(solo.snapshot().counters.repeated_descriptions, 1);
}

#[test]
fn an_ignored_offer_of_the_earlier_life_is_not_taken_up_after_the_answer() {
    let mut solo = Solo::new(Config::new(LOW, "ffffffffffffffff", 1));
    solo.input(Input::Start);
    let first = sent(&solo.answer_ops())[0].number;
    solo.remote_number = EARLIER;
    solo.remote_offers(screen(), "earlier");
    assert_eq!(solo.snapshot().counters.ignored_offers, 1);
    solo.remote_number = PRESENT;
    let answer = solo.description(DescriptionKind::Answer, first, Tracks::default(), "present");
    solo.remote(Generation::FIRST, answer);
    assert!(!names(&solo.answer_ops()).contains(&"apply offer"));
    assert_eq!(solo.snapshot().phase, Phase::Stable);
}
