//! Descriptions without numbers are answered, and outdate one another, by the order in which they come.

use crate::solo::{HIGH, LOW, Solo, ms, names, screen};
use holdfast_negotiation::{Config, Input, Tracks};

#[test]
fn its_answer_is_taken_and_its_offer_answered() {
    let mut solo = Solo::connected_unnumbered(Config::new(LOW, HIGH, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    solo.answer_ops();
    solo.remote_answers(Tracks::default());
    assert_eq!(names(&solo.answer_ops()), ["apply answer", "task finished"]);
    solo.remote_offers(screen(), "first");
    solo.answer_ops();
    assert_eq!((solo.snapshot().negotiated, solo.snapshot().remote_tracks), (Some(screen()), screen()));
}

#[test]
fn its_offer_that_was_refused_is_applied_again() {
    let mut solo = Solo::connected_unnumbered(Config::new(HIGH, LOW, 1));
    solo.remote_offers(screen(), "first");
    solo.refuse("apply offer");
    solo.actions();
    solo.pass(ms(1_000));
    solo.answer_ops();
    assert_eq!(solo.snapshot().remote_tracks, screen());
}

#[test]
fn its_offer_that_was_refused_is_not_applied_after_a_newer_one() {
    let mut solo = Solo::connected_unnumbered(Config::new(HIGH, LOW, 1));
    solo.remote_offers(screen(), "first");
    solo.refuse("apply offer");
    solo.actions();
    solo.remote_offers(Tracks::default(), "first");
    assert!(names(&solo.answer_ops()).contains(&"send answer"));
    solo.pass(ms(60_000));
    assert_eq!((solo.actions(), solo.snapshot().remote_tracks), (vec![], Tracks::default()));
}
