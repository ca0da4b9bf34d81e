//! An offer that the remote made after its answer, and that arrives first, is no collision: both are taken.

use crate::solo::{HIGH, LOW, Solo, ms, names, screen, sent};
use holdfast_negotiation::{Config, DescriptionKind, Input, Phase, Tracks};
use holdfast_terms::{DescriptionNumber, Generation};

/// The impolite side with an offer out, and its number.
fn offering() -> (Solo, DescriptionNumber) {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    let number = sent(&solo.answer_ops())[0].number.unwrap();
    (solo, number)
}

#[test]
fn the_answer_is_not_taken_for_an_old_one_and_the_offer_is_answered() {
    let (mut solo, number) = offering();
    let answer = solo.description(DescriptionKind::Answer, Some(number), Tracks::default(), "first");
    let offer = solo.description(DescriptionKind::Offer, None, screen(), "first");
    solo.remote(Generation::FIRST, offer);
    assert_eq!(names(&solo.answer_ops()), [""; 0], "it looks like a collision");
    solo.remote(Generation::FIRST, answer);
    let order = names(&solo.answer_ops());
    assert_eq!(
        order,
        ["apply answer", "task finished", "apply offer", "create answer", "send answer", "task finished"]
    );
    assert_eq!(solo.snapshot().remote_tracks, screen());
    assert_eq!(solo.snapshot().negotiated, Some(screen()));
}

#[test]
fn one_made_before_the_answer_did_collide_and_stays_ignored() {
    let (mut solo, number) = offering();
    solo.remote_offers(screen(), "first");
    let answer = solo.description(DescriptionKind::Answer, Some(number), Tracks::default(), "first");
    solo.remote(Generation::FIRST, answer);
    assert_eq!(names(&solo.answer_ops()), ["apply answer", "task finished"]);
    assert_eq!(solo.snapshot().remote_tracks, Tracks::default());
}

#[test]
fn one_is_forgotten_with_the_offer_it_met() {
    let (mut solo, _) = offering();
    solo.remote_offers(screen(), "first");
    solo.pass(ms(30_000));
    solo.answer_ops();
    solo.pass(ms(2_000));
    let number = sent(&solo.answer_ops())[0].number.unwrap();
    assert_eq!(solo.snapshot().phase, Phase::HaveLocalOffer);
    let answer = solo.description(DescriptionKind::Answer, Some(number), Tracks::default(), "first");
    solo.remote(Generation::FIRST, answer);
    assert_eq!(names(&solo.answer_ops()), ["apply answer", "task finished"]);
}
