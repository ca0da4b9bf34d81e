//! On glare the impolite side ignores the offer and its candidates, but never answers.

use crate::solo::{HIGH, LOW, Solo, ms, names, results, screen};
use holdfast_negotiation::{Config, Input, TaskResult, Tracks};

fn offering() -> Solo {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    solo
}

#[test]
fn the_offer_and_its_candidates_are_dropped_and_counted() {
    let mut solo = offering();
    solo.answer_ops();
    solo.remote_offers(screen(), "first");
    solo.remote_candidate("of the ignored offer");
    assert_eq!(solo.actions(), []);
    let counters = solo.snapshot().counters;
    assert_eq!((counters.glares, counters.ignored_offers, counters.ignored_candidates), (1, 1, 1));
}

#[test]
fn an_offer_that_meets_ours_half_made_is_ignored_too() {
    let mut solo = offering();
    solo.remote_offers(screen(), "first");
    assert_eq!(names(&solo.answer_ops()), ["create offer", "send offer"]);
}

#[test]
fn the_answer_that_follows_is_taken_and_so_are_its_candidates() {
    let mut solo = offering();
    solo.answer_ops();
    solo.remote_offers(screen(), "first");
    solo.remote_answers(Tracks::default());
    let actions = solo.answer_ops();
    assert_eq!(results(&actions)[0].1, TaskResult::Done);
    solo.remote_candidate("of the answer");
    assert_eq!(names(&solo.actions()), ["add candidate"]);
}

#[test]
fn the_remote_offers_again_and_is_answered() {
    let mut solo = offering();
    solo.answer_ops();
    solo.remote_offers(screen(), "first");
    solo.remote_answers(Tracks::default());
    solo.answer_ops();
    solo.remote_offers(screen(), "first");
    assert!(names(&solo.answer_ops()).contains(&"send answer"));
    assert_eq!(solo.snapshot().remote_tracks, screen());
}

#[test]
fn the_next_offer_counts_with_its_candidates_also_when_ours_was_never_answered() {
    let mut solo = offering();
    solo.answer_ops();
    solo.remote_offers(screen(), "first");
    solo.pass(ms(30_000));
    solo.answer_ops();
    solo.remote_offers(screen(), "first");
    solo.remote_candidate("of the next offer");
    assert!(names(&solo.answer_ops()).contains(&"add candidate"));
}
