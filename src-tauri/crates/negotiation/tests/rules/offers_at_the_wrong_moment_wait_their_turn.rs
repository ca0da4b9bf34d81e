//! An offer never reaches a connection that cannot take it: in every phase it waits, is ignored, or takes the place
//! of one that waits; and the exchange under way goes on.

use crate::solo::{HIGH, LOW, Solo, map, ms, names, results, screen};
use holdfast_negotiation::{Action, Config, Input, Outcome, Phase, TaskResult, Tracks};

/// Plays the driver for the operation under way, and none after it.
fn finish_one(solo: &mut Solo) {
    for action in solo.actions() {
        match action {
            Action::CreateOffer { op, tracks, .. } | Action::CreateAnswer { op, tracks, .. } => {
                let sdp = "v=0\r\na=ice-ufrag:mine\r\n".to_owned();
                return solo.outcome(op, Outcome::Description { sdp, tracks: map(tracks) });
            }
            other => {
                if let Some(op) = other.op() {
                    return solo.outcome(op, Outcome::Done);
                }
            }
        }
    }
}

/// A side in each phase of an exchange it began, and of one the remote began.
fn every_phase(local: &str, remote: &str) -> Vec<Solo> {
    let config = || Config::new(local, remote, 1);
    let mut all = Vec::new();
    for steps in 0..3 {
        let mut solo = Solo::connected(config());
        solo.remote_offers(Tracks::default(), "first");
        (0..steps).for_each(|_| finish_one(&mut solo));
        all.push(solo);
        let mut solo = Solo::connected(config());
        solo.input(Input::Wanted(screen()));
        solo.pass(ms(150));
        (0..steps.min(1)).for_each(|_| finish_one(&mut solo));
        if steps == 2 {
            solo.remote_answers(Tracks::default());
        }
        all.push(solo);
    }
    let mut solo = Solo::new(config());
    solo.input(Input::Start);
    all.push(solo);
    all
}

#[test]
fn in_every_phase_only_a_stable_connection_is_given_one() {
    for (local, remote) in [(LOW, HIGH), (HIGH, LOW)] {
        let mut phases = Vec::new();
        for mut solo in every_phase(local, remote) {
            let phase = solo.snapshot().phase;
            phases.push(phase);
            let under_way = solo.actions();
            for _ in 0..50 {
                solo.remote_offers(screen(), "first");
            }
            let given: Vec<_> = names(&solo.actions()).into_iter().filter(|n| *n == "apply offer").collect();
            let expected: &[&str] = if phase == Phase::Stable { &["apply offer"] } else { &[] };
            assert_eq!(given, expected, "{phase:?}");
            assert!(solo.snapshot().queue.len() <= 2, "{phase:?}");
            drop(under_way);
        }
        let all = [
            Phase::CreatingConnection,
            Phase::Stable,
            Phase::CreatingOffer,
            Phase::HaveLocalOffer,
            Phase::ApplyingAnswer,
            Phase::ApplyingOffer,
            Phase::CreatingAnswer,
        ];
        assert!(all.iter().all(|phase| phases.contains(phase)), "{phases:?}");
    }
}

#[test]
fn of_many_that_wait_the_latest_is_answered_and_the_others_have_their_result() {
    let mut solo = Solo::polite();
    solo.input(Input::Start);
    let create = solo.actions();
    for _ in 0..100 {
        solo.remote_offers(Tracks::default(), "first");
    }
    solo.remote_offers(screen(), "first");
    let superseded = results(&solo.actions());
    assert_eq!(superseded.len(), 100);
    assert!(superseded.iter().all(|(_, result)| *result == TaskResult::Superseded));
    solo.outcome(create.iter().find_map(Action::op).unwrap(), Outcome::Done);
    solo.answer_ops();
    assert_eq!(solo.snapshot().remote_tracks, screen());
}

#[test]
fn after_the_end_nothing_is_looked_at() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.input(Input::Close);
    solo.actions();
    for _ in 0..10 {
        solo.remote_offers(screen(), "first");
    }
    assert_eq!((solo.actions(), solo.snapshot().counters.after_close), (vec![], 10));
}
