//! On glare the polite side rolls back explicitly, takes the remote offer, then offers its own change again.

use crate::solo::{HIGH, LOW, Solo, map, ms, names, results, screen};
use holdfast_negotiation::{Action, Config, Input, Outcome, TaskResult, Tracks};

fn offering() -> Solo {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    solo
}

#[test]
fn the_greater_id_is_polite() {
    assert!(Solo::polite().snapshot().polite);
    assert!(!Solo::impolite().snapshot().polite);
}

#[test]
fn it_rolls_back_first_answers_and_offers_again_with_the_same_task() {
    let mut solo = offering();
    solo.answer_ops();
    let own = solo.snapshot().in_flight.unwrap().task.id;
    solo.remote_offers(Tracks::default(), "first");
    // An answer that carries nothing of ours, so that there is something left to offer.
    let mut all = Vec::new();
    for _ in 0..4 {
        for action in solo.actions() {
            match &action {
                Action::CreateAnswer { op, .. } => {
                    let tracks = map(Tracks::default());
                    solo.outcome(*op, Outcome::Description { sdp: "v=0".to_owned(), tracks });
                }
                other => {
                    if let Some(op) = other.op().filter(|_| !matches!(other, Action::CreateOffer { .. })) {
                        solo.outcome(op, Outcome::Done);
                    }
                }
            }
            all.push(action);
        }
    }
    assert_eq!(
        names(&all),
        ["roll back", "apply offer", "create answer", "send answer", "task finished", "create offer"]
    );
    assert_eq!(solo.snapshot().in_flight.unwrap().task.id, own);
    let counters = solo.snapshot().counters;
    assert_eq!((counters.glares, counters.rollbacks, counters.ignored_offers), (1, 1, 0));
}

#[test]
fn an_offer_still_being_made_is_never_sent() {
    let mut solo = offering();
    solo.remote_offers(Tracks::default(), "first");
    let actions = solo.answer_ops();
    assert_eq!(
        names(&actions)[..5],
        ["create offer", "roll back", "apply offer", "create answer", "send answer"]
    );
}

#[test]
fn nothing_is_offered_again_when_the_answer_carried_it() {
    let mut solo = offering();
    solo.answer_ops();
    solo.remote_offers(screen(), "first");
    let actions = solo.answer_ops();
    assert!(!names(&actions).contains(&"create offer"));
    assert_eq!(results(&actions).last().unwrap().1, TaskResult::NotNeeded);
    assert_eq!(solo.snapshot().negotiated, Some(screen()));
}
