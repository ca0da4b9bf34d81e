//! An offer waits 30 s for its answer, a task 10 s for the stable state; past that they fail, and the next runs.

use crate::solo::{HIGH, LOW, Solo, ms, names, results, screen};
use holdfast_negotiation::{Action, Cause, Config, Input, PeerState, Phase, TaskResult, Tracks};
use holdfast_terms::Generation;

#[test]
fn an_unanswered_offer_fails_is_taken_back_and_made_again() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    solo.answer_ops();
    solo.pass(ms(29_999));
    assert_eq!(solo.actions(), []);
    solo.pass(ms(1));
    let actions = solo.answer_ops();
    assert_eq!(names(&actions), ["task finished", "roll back"]);
    assert_eq!(results(&actions)[0].1, TaskResult::Unanswered);
    // Media was never touched, the path is not to blame.
    assert_eq!(solo.snapshot().state, PeerState::Connected);
    assert_eq!(solo.snapshot().recovery, None);
    solo.pass(ms(1_000));
    assert_eq!(names(&solo.answer_ops()), ["create offer", "send offer"]);
    solo.remote_answers(Tracks::default());
    assert_eq!(results(&solo.answer_ops())[0].1, TaskResult::Done);
    assert_eq!(solo.snapshot().negotiated, Some(screen()));
}

#[test]
fn an_unanswered_first_offer_is_made_on_a_new_connection() {
    let mut solo = Solo::impolite();
    solo.input(Input::Start);
    solo.answer_ops();
    solo.pass(ms(30_000));
    let actions = solo.answer_ops();
    assert_eq!(results(&actions)[0].1, TaskResult::Unanswered);
    assert!(actions.contains(&Action::Rebuilt { generation: Generation(2) }));
    assert_eq!(names(&actions).last(), Some(&"send offer"));
    assert_eq!(solo.snapshot().state, PeerState::Connecting);
}

#[test]
fn the_polite_side_does_not_wait_for_the_first_offer_for_ever() {
    let mut solo = Solo::polite();
    solo.input(Input::Start);
    assert_eq!(names(&solo.answer_ops()), ["create connection", "state"]);
    solo.pass(ms(34_999));
    assert_eq!(solo.actions(), []);
    solo.pass(ms(1));
    assert!(names(&solo.answer_ops()).contains(&"send offer"));
    assert_eq!(solo.snapshot().recovery.unwrap().cause, Cause::NoFirstOffer);
}

#[test]
fn a_task_whose_turn_it_is_gives_up_when_the_connection_does_not_become_stable() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    solo.answer_ops();
    // Glare: the offer is being taken back, by a driver that does not get it done.
    solo.remote_offers(Tracks::default(), "first");
    assert_eq!(names(&solo.actions()), ["roll back"]);
    solo.pass(ms(9_999));
    assert_eq!(solo.actions(), []);
    assert_eq!(solo.snapshot().phase, Phase::RollingBack);
    assert_eq!((solo.timer("stable"), solo.timer("operation")), (Some(1), Some(1)));
    solo.pass(ms(1));
    let ended: Vec<_> = results(&solo.actions()).into_iter().map(|(_, result)| result).collect();
    assert_eq!(ended, [TaskResult::Refused, TaskResult::Refused]);
    assert_eq!(solo.snapshot().generation, Generation(2));
}

#[test]
fn offers_that_keep_failing_are_made_again_after_growing_pauses() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    solo.answer_ops();
    for least in [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000] {
        solo.pass(ms(30_000 - 1));
        assert_eq!(solo.actions(), []);
        solo.pass(ms(1));
        solo.answer_ops();
        solo.pass(ms(least - 1));
        assert_eq!(solo.actions(), [], "sooner than {least} ms");
        // The pause is drawn from the upper half of what it may be.
        solo.pass(ms(solo.timer("debounce").unwrap_or_default()));
        assert_eq!(names(&solo.answer_ops()), ["create offer", "send offer"]);
    }
}
