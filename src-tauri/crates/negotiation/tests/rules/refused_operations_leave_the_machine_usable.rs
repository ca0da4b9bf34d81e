//! When the library refuses an operation the task is reported failed; on a connection that works it is tried again
//! after a pause, and when it stays refused, or nothing works, a rung of the ladder is taken.

use crate::pair::Pair;
use crate::solo::{HIGH, LOW, Solo, map, ms, names, results, screen};
use holdfast_negotiation::{
    Action, Cause, Config, Description, DescriptionKind, Input, Message, Outcome, PeerState, Phase,
    TaskResult, Tracks, TransportState,
};
use holdfast_terms::{DescriptionNumber, Generation};

/// Three refusals of a remote offer, a second apart.
fn refuse_the_offer_for_good(solo: &mut Solo) {
    for _ in 0..2 {
        solo.refuse("apply offer");
        assert_eq!(names(&solo.actions()), ["task finished"]);
        assert_eq!(solo.snapshot().recovery, None, "the connection works");
        solo.pass(ms(999));
        assert_eq!(solo.actions(), []);
        solo.pass(ms(1));
    }
    solo.refuse("apply offer");
}

#[test]
fn a_refused_remote_offer_is_applied_again_while_the_connection_works() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.remote_offers(screen(), "first");
    solo.refuse("apply offer");
    assert_eq!(results(&solo.actions())[0].1, TaskResult::Refused);
    solo.pass(ms(1_000));
    let names = names(&solo.answer_ops());
    assert_eq!(names, ["apply offer", "create answer", "send answer", "task finished"]);
    assert_eq!((solo.snapshot().recovery, solo.snapshot().remote_tracks), (None, screen()));
    solo.pass(ms(60_000));
    assert_eq!(solo.actions(), [], "once is enough");
}

#[test]
fn a_remote_offer_that_stays_refused_restarts_ice() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.remote_offers(screen(), "first");
    refuse_the_offer_for_good(&mut solo);
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
fn a_refused_remote_offer_is_not_applied_after_a_newer_one() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.remote_offers(screen(), "first");
    solo.refuse("apply offer");
    solo.actions();
    solo.remote_offers(Tracks::default(), "first");
    assert!(names(&solo.answer_ops()).contains(&"send answer"));
    solo.pass(ms(60_000));
    assert_eq!((solo.actions(), solo.snapshot().remote_tracks), (vec![], Tracks::default()));
}

#[test]
fn a_refused_remote_offer_is_not_applied_after_an_answer_that_was_made_later() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.remote_offers(screen(), "first");
    solo.refuse("apply offer");
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    solo.answer_ops();
    // To answer, the remote took its own offer back; what it still wants comes as another.
    solo.remote_answers(Tracks::default());
    solo.answer_ops();
    solo.pass(ms(60_000));
    assert_eq!((solo.actions(), solo.snapshot().remote_tracks), (vec![], Tracks::default()));
}

#[test]
fn a_refused_restart_of_the_remote_begins_the_ladder() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.transport(TransportState::Connecting);
    solo.remote_offers(Tracks::default(), "other");
    solo.refuse("apply offer");
    assert!(names(&solo.answer_ops()).contains(&"create restart offer"));
}

#[test]
fn a_refused_answer_is_rolled_back_and_what_is_wanted_offered_anew_after_a_pause() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    solo.answer_ops();
    solo.remote_answers(Tracks::default());
    solo.refuse("apply answer");
    let actions = solo.answer_ops();
    assert_eq!(results(&actions)[0].1, TaskResult::Refused);
    assert_eq!(names(&actions), ["task finished", "roll back"]);
    solo.pass(ms(1_000));
    assert_eq!(names(&solo.answer_ops()), ["create offer", "send offer"]);
    assert_eq!(solo.snapshot().recovery, None);
}

#[test]
fn a_refused_answer_to_a_restart_begins_the_next_attempt() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.input(Input::Woke);
    solo.answer_ops();
    solo.remote_answers(Tracks::default());
    solo.refuse("apply answer");
    solo.answer_ops();
    assert_eq!(solo.snapshot().recovery.unwrap().attempt, 1, "the attempt under way goes on");
    solo.pass(ms(3_700));
    assert!(names(&solo.answer_ops()).contains(&"create restart offer"));
}

#[test]
fn an_offer_that_cannot_be_answered_leads_to_a_new_connection() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.remote_offers(screen(), "first");
    for action in solo.actions() {
        solo.outcome(action.op().unwrap(), Outcome::Done);
    }
    solo.refuse("create answer");
    let actions = solo.answer_ops();
    assert_eq!(results(&actions)[0].1, TaskResult::Refused);
    assert_eq!(solo.snapshot().previous.unwrap().generation, Generation(1));
    assert!(actions.contains(&Action::Rebuilt { generation: Generation(2) }));
    assert_eq!(names(&actions).last(), Some(&"send offer"));
}

#[test]
fn an_offer_that_cannot_be_made_is_tried_again_slowly_and_then_on_a_new_connection() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    let mut asked = Vec::new();
    while solo.generation() == Generation::FIRST {
        let actions = solo.refuse("create offer");
        let names = names(&actions);
        asked
            .extend(names.into_iter().filter(|name| name.starts_with("create")).map(|name| (name, solo.now)));
        solo.refuse("create restart offer");
        solo.pass(ms(10));
        assert!(asked.len() < 10, "it spins");
    }
    // Twice again after growing pauses, as media goes on; then the ladder: two restarts and another connection.
    let order: Vec<_> = asked.iter().map(|(name, _)| *name).collect();
    assert_eq!(order[..3], ["create offer"; 3]);
    let pauses: Vec<_> = asked.windows(2).map(|pair| (pair[1].1 - pair[0].1).as_millis()).collect();
    assert!((500..=1_010).contains(&pauses[0]) && (1_000..=2_010).contains(&pauses[1]), "{pauses:?}");
    assert_eq!(solo.snapshot().counters.ice_restarts, 2);
    solo.answer_ops();
    assert_eq!(solo.snapshot().phase, Phase::HaveLocalOffer);
}

#[test]
fn an_offer_refused_once_costs_a_pause_and_nothing_else() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    solo.refuse("create offer");
    assert_eq!(names(&solo.actions()), ["task finished"]);
    assert_eq!(solo.snapshot().recovery, None);
    solo.pass(ms(1_000));
    assert_eq!(names(&solo.answer_ops()), ["create offer", "send offer"]);
    solo.remote_answers(Tracks::default());
    solo.answer_ops();
    let snapshot = solo.snapshot();
    assert_eq!((snapshot.negotiated, snapshot.counters.ice_restarts), (Some(screen()), 0));
}

#[test]
fn an_attempt_in_the_background_that_was_refused_is_made_again_without_the_long_pause() {
    for seed in 0..10 {
        let mut solo = Solo::connected(Config::new(LOW, HIGH, seed));
        solo.transport(TransportState::Disconnected);
        while solo.snapshot().state != PeerState::Failed || solo.generation() < Generation(8) {
            solo.answer_ops();
            solo.pass(ms(10));
        }
        let mut generation = solo.generation();
        solo.answer_ops();
        while solo.generation() == generation {
            solo.pass(ms(10));
        }
        generation = solo.generation();
        let made = |action: &Action| matches!(action, Action::CreateConnection { .. });
        let create = solo.actions().into_iter().find(made).and_then(|action| action.op()).unwrap();
        solo.outcome(create, Outcome::Done);
        solo.refuse("create offer");
        solo.pass(ms(3_200));
        assert_eq!(solo.generation(), generation.next(), "seed {seed}");
    }
}

#[test]
fn a_connection_that_cannot_be_made_is_tried_again() {
    let mut solo = Solo::impolite();
    solo.input(Input::Start);
    solo.refuse("create connection");
    let actions = solo.answer_ops();
    assert!(!names(&actions).contains(&"close connection"), "there is none to close");
    assert!(names(&actions).contains(&"send offer"));
    assert_eq!(solo.snapshot().generation, Generation(2));
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
    assert_eq!(solo.snapshot().generation, Generation(2));
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
            number: Some(DescriptionNumber(9)),
            answers: None,
            sdp,
            tracks: map(screen()),
        });
        solo.remote(Generation(9), message);
    }
    assert_eq!(solo.actions(), []);
    assert_eq!((solo.generation(), solo.snapshot().counters.malformed), (Generation(1), 2));
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
