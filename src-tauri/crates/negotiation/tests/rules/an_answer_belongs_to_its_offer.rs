//! An answer counts only for the offer it answers; a description counts once, and only until a later one came.

use crate::solo::{HIGH, LOW, Solo, ms, names, screen, sent};
use holdfast_negotiation::{Config, DescriptionKind, Input, Phase, Tracks, TransportState};
use holdfast_terms::{DescriptionNumber, Generation};

#[test]
fn the_answer_to_an_offer_taken_back_is_not_applied_to_the_one_that_replaced_it() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.transport(TransportState::Disconnected);
    let first = sent(&solo.answer_ops())[0].number;
    solo.pass(ms(3_200));
    let second = sent(&solo.answer_ops())[0].number;
    assert!(second > first);
    let late = solo.description(DescriptionKind::Answer, first, Tracks::default(), "late");
    solo.remote(Generation::FIRST, late);
    assert_eq!(solo.actions(), []);
    assert_eq!(solo.snapshot().counters.late_answers, 1);
    let right = solo.description(DescriptionKind::Answer, second, Tracks::default(), "right");
    solo.remote(Generation::FIRST, right);
    assert_eq!(names(&solo.actions()), ["apply answer"]);
}

#[test]
fn an_answer_nobody_asked_for_is_dropped() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.remote_answers(screen());
    let future = solo.description(DescriptionKind::Answer, Some(DescriptionNumber(u32::MAX)), screen(), "x");
    solo.remote(Generation::FIRST, future.clone());
    assert_eq!(solo.actions(), []);
    assert_eq!(solo.snapshot().counters.unasked_answers, 2);
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    solo.answer_ops();
    let future = solo.description(DescriptionKind::Answer, Some(DescriptionNumber(u32::MAX)), screen(), "x");
    solo.remote(Generation::FIRST, future);
    assert_eq!(solo.actions(), []);
    assert_eq!(solo.snapshot().counters.unasked_answers, 3);
    assert_eq!(solo.snapshot().phase, Phase::HaveLocalOffer);
}

#[test]
fn an_answer_to_an_earlier_life_of_this_side_does_not_fit() {
    let offer = |seed| {
        let mut solo = Solo::new(Config::new(LOW, HIGH, seed));
        solo.input(Input::Start);
        sent(&solo.answer_ops())[0].number
    };
    assert_ne!(offer(1), offer(2));
}

#[test]
fn a_repeated_offer_is_answered_once() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    let offer = solo.description(DescriptionKind::Offer, None, screen(), "first");
    solo.remote(Generation::FIRST, offer.clone());
    assert_eq!(sent(&solo.answer_ops()).len(), 1);
    solo.remote(Generation::FIRST, offer);
    assert_eq!(solo.actions(), []);
    assert_eq!(solo.snapshot().counters.repeated_descriptions, 1);
}

#[test]
fn an_offer_overtaken_by_a_later_one_does_not_undo_it() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    let early = solo.description(DescriptionKind::Offer, None, screen(), "first");
    let later = solo.description(DescriptionKind::Offer, None, Tracks::default(), "first");
    solo.remote(Generation::FIRST, later);
    solo.answer_ops();
    solo.remote(Generation::FIRST, early);
    assert_eq!(solo.actions(), []);
    assert_eq!(solo.snapshot().remote_tracks, Tracks::default());
}

#[test]
fn an_answer_names_the_offer_it_answers() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.remote_offers(screen(), "first");
    let number = DescriptionNumber(solo.remote_number);
    assert_eq!(sent(&solo.answer_ops())[0].answers, Some(number));
}
