//! Changes within 150 ms become one negotiation; none is lost, whenever it is made.

use crate::solo::{HIGH, LOW, Solo, map, ms, names, screen, sent};
use holdfast_negotiation::{Config, Input, Tracks};

fn shared() -> Solo {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Wanted(screen()));
    solo
}

#[test]
fn a_burst_is_one_offer_of_its_last_wish() {
    let mut solo = shared();
    for _ in 0..5 {
        solo.pass(ms(14));
        solo.input(Input::Wanted(Tracks::default()));
        solo.pass(ms(14));
        solo.input(Input::Wanted(screen()));
    }
    solo.pass(ms(400));
    let offers = sent(&solo.answer_ops());
    assert_eq!(offers.len(), 1);
    assert_eq!(Tracks::of(&offers[0].tracks), screen());
}

#[test]
fn the_offer_goes_out_150_ms_after_the_first_change() {
    let mut solo = shared();
    solo.pass(ms(149));
    assert_eq!(solo.actions(), []);
    solo.pass(ms(1));
    assert_eq!(names(&solo.actions()), ["create offer"]);
}

#[test]
fn a_change_taken_back_in_time_costs_nothing() {
    let mut solo = shared();
    solo.pass(ms(100));
    solo.input(Input::Wanted(Tracks::default()));
    solo.pass(ms(10_000));
    assert_eq!(solo.actions(), []);
    assert_eq!(solo.snapshot().timers, []);
}

#[test]
fn a_change_made_while_an_offer_is_in_flight_is_offered_after_it() {
    let mut solo = shared();
    solo.pass(ms(150));
    solo.answer_ops();
    solo.input(Input::Wanted(Tracks::NONE));
    solo.remote_answers(Tracks::default());
    solo.answer_ops();
    assert_eq!(solo.snapshot().negotiated, Some(screen()));
    solo.pass(ms(150));
    let offers = sent(&solo.answer_ops());
    assert_eq!(Tracks::of(&offers[0].tracks), Tracks::NONE);
}

#[test]
fn a_change_taken_back_after_a_lost_answer_is_still_told_to_the_remote() {
    let mut solo = shared();
    solo.pass(ms(150));
    solo.answer_ops();
    // The remote may have seen the screen; its answer never comes, and meanwhile the screen is gone again.
    solo.input(Input::Wanted(Tracks::default()));
    solo.pass(ms(30_000));
    solo.answer_ops();
    assert_eq!(solo.snapshot().negotiated, None);
    solo.pass(ms(1_000));
    let offers = sent(&solo.answer_ops());
    assert_eq!(Tracks::of(&offers[0].tracks), Tracks::default());
}

#[test]
fn what_an_answer_had_no_room_for_is_offered_afterwards() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.input(Input::Wanted(screen()));
    solo.remote_offers(Tracks::default(), "first");
    for action in solo.actions() {
        solo.outcome(action.op().unwrap(), holdfast_negotiation::Outcome::Done);
    }
    for action in solo.actions() {
        let tracks = map(Tracks::default());
        let outcome = holdfast_negotiation::Outcome::Description { sdp: "v=0".to_owned(), tracks };
        solo.outcome(action.op().unwrap(), outcome);
    }
    solo.pass(ms(150));
    let offers = sent(&solo.answer_ops());
    assert_eq!(Tracks::of(&offers[1].tracks), screen());
}

#[test]
fn after_a_success_a_change_waits_no_longer_than_that_again() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Wanted(screen()));
    // Unanswered twice, and then not.
    for _ in 0..2 {
        solo.pass(ms(150));
        solo.answer_ops();
        solo.pass(ms(32_500));
        solo.answer_ops();
    }
    solo.pass(ms(2_000));
    solo.answer_ops();
    solo.remote_answers(Tracks::default());
    solo.answer_ops();
    solo.input(Input::Wanted(Tracks::default()));
    assert_eq!(solo.timer("debounce"), Some(150));
}
