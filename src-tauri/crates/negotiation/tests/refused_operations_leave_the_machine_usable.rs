//! When the library refuses an operation the task is reported failed, a rung of the ladder is taken, and the
//! machine goes on.
#![allow(clippy::unwrap_used, missing_docs)]

mod pair;
mod solo;

use holdfast_negotiation::{
    Action, Cause, Config, Description, DescriptionKind, Input, Message, Outcome, PeerState, Phase, Rung,
    TaskResult, Tracks,
};
use pair::Pair;
use solo::{HIGH, LOW, Solo, ms, names, results, screen};

/// Answers operations, refusing those named.
fn refuse(solo: &mut Solo, what: &str) -> Vec<Action> {
    let actions = solo.actions();
    for action in &actions {
        if names(std::slice::from_ref(action)) == [what] {
            solo.outcome(action.op().unwrap(), Outcome::Failed);
        }
    }
    actions
}

#[test]
fn a_refused_remote_offer_fails_its_task_and_restarts_ice() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.remote_offers(screen(), "broken");
    refuse(&mut solo, "apply offer");
    let actions = solo.answer_ops();
    assert_eq!(results(&actions)[0].1, TaskResult::Refused);
    assert_eq!(names(&actions), ["task finished", "create restart offer", "send offer"]);
    assert_eq!(solo.snapshot().recovery.unwrap().cause, Cause::OperationRefused);
    assert_eq!(solo.snapshot().state, PeerState::Connected, "media still flows");
    solo.remote_answers(Tracks::default());
    solo.answer_ops();
    assert_eq!(solo.snapshot().recovery, None);
}

#[test]
fn a_refused_answer_is_reported_rolled_back_and_offered_anew() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    solo.answer_ops();
    solo.remote_answers(Tracks::default());
    refuse(&mut solo, "apply answer");
    let actions = solo.answer_ops();
    assert_eq!(results(&actions)[0].1, TaskResult::Refused);
    assert_eq!(names(&actions), ["task finished", "roll back", "create restart offer", "send offer"]);
}

#[test]
fn an_offer_that_cannot_be_answered_leads_to_a_new_connection() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.remote_offers(screen(), "first");
    for action in solo.actions() {
        solo.outcome(action.op().unwrap(), Outcome::Done);
    }
    refuse(&mut solo, "create answer");
    let actions = solo.answer_ops();
    assert_eq!(results(&actions)[0].1, TaskResult::Refused);
    assert_eq!(solo.snapshot().previous.unwrap().generation, 1);
    assert!(actions.contains(&Action::Rebuilt { generation: 2 }));
    assert_eq!(names(&actions).last(), Some(&"send offer"));
}

#[test]
fn an_offer_that_cannot_be_made_is_tried_again_slowly_and_then_on_a_new_connection() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    refuse(&mut solo, "create offer");
    // First rung at once, refused too; the second after about 3 s, and then a new connection.
    refuse(&mut solo, "create restart offer");
    assert_eq!(solo.snapshot().recovery.unwrap().rung, Rung::IceRestart);
    let before = solo.snapshot().counters.tasks;
    solo.pass(ms(2_500));
    assert!(solo.snapshot().counters.tasks - before <= 2, "it spins");
    let mut waited = 2_500;
    while solo.snapshot().generation == 1 {
        refuse(&mut solo, "create restart offer");
        solo.pass(ms(10));
        waited += 10;
    }
    assert!((5_600..6_500).contains(&waited), "{waited}");
    solo.answer_ops();
    assert_eq!(solo.snapshot().phase, Phase::HaveLocalOffer);
}

#[test]
fn a_connection_that_cannot_be_made_is_tried_again() {
    let mut solo = Solo::impolite();
    solo.input(Input::Start);
    refuse(&mut solo, "create connection");
    let actions = solo.answer_ops();
    assert!(!names(&actions).contains(&"close connection"), "there is none to close");
    assert!(names(&actions).contains(&"send offer"));
    assert_eq!(solo.snapshot().generation, 2);
}

#[test]
fn an_operation_the_driver_never_finishes_leads_to_a_new_connection() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    let hanging = solo.actions()[0].op().unwrap();
    solo.pass(ms(10_000));
    let actions = solo.answer_ops();
    assert_eq!(results(&actions)[0].1, TaskResult::Refused);
    assert_eq!(solo.snapshot().generation, 2);
    assert_eq!(solo.snapshot().recovery.unwrap().cause, Cause::OperationTimedOut);
    solo.outcome(hanging, Outcome::Done);
    assert_eq!(solo.actions(), []);
    assert_eq!(solo.snapshot().counters.late_reports, 1);
}

#[test]
fn empty_and_oversized_descriptions_are_dropped_before_they_cost_anything() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    for sdp in [String::new(), "x".repeat(64 * 1024)] {
        let message = Message::Description(Description {
            kind: DescriptionKind::Offer,
            number: Some(9),
            answers: None,
            sdp,
            tracks: solo::map(screen()),
        });
        solo.remote(9, message);
    }
    assert_eq!(solo.actions(), []);
    assert_eq!((solo.generation(), solo.snapshot().counters.malformed), (1, 2));
}

#[test]
fn any_refused_or_hanging_operation_is_survived_by_the_pair() {
    for side in 0..2 {
        for skip in 0..40 {
            for hang in [false, true] {
                let mut pair = Pair::new(skip);
                pair.pass(ms(skip * 5));
                let driver = &mut pair.ends[side].driver;
                (driver.refuse, driver.hang) = if hang { (0, 1) } else { (1, 0) };
                pair.want(side, screen());
                pair.want(1 - side, screen());
                pair.pass(ms(1_000));
                pair.heal();
                pair.pass(ms(120_000));
                pair.assert_whole();
            }
        }
    }
}
