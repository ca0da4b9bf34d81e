//! Remote candidates that come early wait in a buffer of 50, oldest dropped and counted; local candidates are held
//! elsewhere, and only until the description they belong to was sent.

use crate::solo::{HIGH, LOW, Solo, candidate, map, ms, names, screen};
use holdfast_negotiation::{Action, Candidate, Config, Input, Message, Outcome, Tracks, limits};
use holdfast_terms::Generation;

fn added(actions: &[Action]) -> Vec<String> {
    actions
        .iter()
        .filter_map(|action| match action {
            Action::AddRemoteCandidate { candidate, .. } => Some(candidate.candidate.clone()),
            _ => None,
        })
        .collect()
}

#[test]
fn they_follow_the_description_in_order() {
    let mut solo = Solo::polite();
    solo.input(Input::Start);
    solo.remote_candidate("a");
    solo.remote_candidate("b");
    assert_eq!(solo.snapshot().candidates_waiting, 2);
    solo.remote_offers(Tracks::default(), "first");
    solo.remote_candidate("c");
    let actions = solo.answer_ops();
    assert_eq!(added(&actions), ["candidate:a", "candidate:b", "candidate:c"]);
    let order = names(&actions);
    let applied = order.iter().position(|n| *n == "apply offer").unwrap();
    assert!(order.iter().position(|n| *n == "add candidate").unwrap() > applied);
    assert_eq!(solo.snapshot().candidates_waiting, 0);
}

#[test]
fn the_buffer_holds_50_and_drops_the_oldest() {
    let mut solo = Solo::polite();
    solo.input(Input::Start);
    for i in 0..60 {
        solo.remote_candidate(&i.to_string());
    }
    assert_eq!(solo.snapshot().candidates_waiting, limits::CANDIDATE_BUFFER);
    assert_eq!(solo.snapshot().counters.candidates_dropped, 10);
    solo.remote_offers(Tracks::default(), "first");
    let kept = added(&solo.answer_ops());
    assert_eq!((kept.len(), kept[0].as_str()), (50, "candidate:10"));
}

#[test]
fn candidates_of_an_offer_that_waits_its_turn_wait_with_it() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    solo.answer_ops();
    solo.remote_answers(Tracks::default());
    solo.remote_offers(screen(), "first");
    solo.remote_candidate("of it");
    let order = names(&solo.answer_ops());
    let added = order.iter().position(|n| *n == "add candidate").unwrap();
    assert!(added > order.iter().position(|n| *n == "apply offer").unwrap());
}

#[test]
fn candidates_of_an_offer_that_met_ours_half_made_wait_for_it() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    solo.remote_offers(Tracks::default(), "first");
    solo.remote_candidate("of it");
    assert_eq!(solo.snapshot().candidates_waiting, 1);
    let order = names(&solo.answer_ops());
    let added = order.iter().position(|n| *n == "add candidate").unwrap();
    assert!(added > order.iter().position(|n| *n == "apply offer").unwrap());
}

#[test]
fn thousands_of_candidates_do_not_get_through() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    for i in 0..5_000 {
        solo.remote_candidate(&i.to_string());
    }
    assert_eq!(added(&solo.actions()).len(), limits::CANDIDATES_PER_DESCRIPTION as usize);
    assert_eq!(solo.snapshot().counters.candidates_dropped, 4_800);
    let huge = Candidate { candidate: "x".repeat(2_000), ..candidate("") };
    solo.remote(Generation::FIRST, Message::Candidate(huge));
    assert_eq!(solo.snapshot().counters.malformed, 1);
}

#[test]
fn local_candidates_follow_our_description_however_long_gathering_takes() {
    let mut solo = Solo::impolite();
    solo.input(Input::Start);
    for action in solo.actions() {
        if let Some(op) = action.op() {
            solo.outcome(op, Outcome::Done);
        }
    }
    let op = solo.actions()[0].op().unwrap();
    solo.input(Input::LocalCandidate { generation: Generation(1), candidate: candidate("host") });
    assert_eq!(solo.actions(), []);
    let tracks = map(Tracks::default());
    solo.outcome(op, Outcome::Description { sdp: "v=0".to_owned(), tracks });
    assert_eq!(names(&solo.actions()), ["send offer", "send candidate"]);
    solo.pass(ms(20_000));
    solo.input(Input::LocalCandidate { generation: Generation(1), candidate: candidate("slow") });
    assert_eq!(names(&solo.actions()), ["send candidate"]);
    assert_eq!(solo.snapshot().candidates_waiting, 0);
}

#[test]
fn a_candidate_the_library_refuses_is_only_counted() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.remote_candidate("odd");
    let op = solo.actions()[0].op().unwrap();
    solo.outcome(op, Outcome::Failed);
    assert_eq!(solo.snapshot().counters.candidates_refused, 1);
    assert_eq!(solo.snapshot().recovery, None);
}
