//! One negotiation at a time; an offer of the remote is answered before own changes go out; each task has one
//! result.

use crate::solo::{HIGH, LOW, Solo, ms, names, results, screen};
use holdfast_negotiation::{Config, Input, Phase, Priority, TaskKind, TaskResult, Tracks, TransportState};

#[test]
fn nothing_starts_while_an_offer_is_out() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    solo.answer_ops();
    assert_eq!(solo.snapshot().phase, Phase::HaveLocalOffer);
    solo.input(Input::Wanted(Tracks::default()));
    solo.pass(ms(5_000));
    assert_eq!(solo.actions(), []);
    assert_eq!(solo.snapshot().in_flight.unwrap().task.kind, TaskKind::Offer);
}

#[test]
fn a_remote_offer_that_comes_during_an_exchange_is_answered_before_own_changes() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    solo.answer_ops();
    solo.remote_answers(Tracks::default());
    // The answer is being applied; this is not a collision any more.
    solo.remote_offers(screen(), "first");
    solo.input(Input::Wanted(Tracks::default()));
    solo.transport(TransportState::Disconnected);
    assert_eq!(solo.snapshot().counters.glares, 0);
    let queue: Vec<_> = solo.snapshot().queue.iter().map(|t| t.kind).collect();
    assert_eq!(queue, [TaskKind::Answer, TaskKind::IceRestart]);
    let actions = solo.answer_ops();
    let order: Vec<_> =
        names(&actions).into_iter().filter(|n| n.starts_with("apply") || n.starts_with("create")).collect();
    assert_eq!(order, ["apply answer", "apply offer", "create answer", "create restart offer"]);
}

#[test]
fn a_newer_remote_offer_takes_the_place_of_the_waiting_one() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.remote_offers(screen(), "first");
    solo.remote_offers(Tracks::default(), "first");
    solo.remote_offers(screen(), "first");
    let actions = solo.answer_ops();
    let ended: Vec<_> = results(&actions).into_iter().map(|(_, result)| result).collect();
    assert_eq!(ended, [TaskResult::Superseded, TaskResult::Done, TaskResult::Done]);
    assert_eq!(solo.snapshot().remote_tracks, screen());
}

#[test]
fn what_brings_a_connection_back_goes_before_changes_of_tracks() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    solo.answer_ops();
    // Glare: the change waits for its second turn, the restart and then the remote's offer come after it.
    solo.remote_offers(Tracks::default(), "first");
    solo.transport(TransportState::Disconnected);
    let queue: Vec<_> = solo.snapshot().queue.iter().map(|t| (t.kind, t.priority)).collect();
    let expected = [
        (TaskKind::Answer, Priority::Urgent),
        (TaskKind::IceRestart, Priority::Urgent),
        (TaskKind::Offer, Priority::Normal),
    ];
    assert_eq!(queue, expected);
    solo.remote_offers(Tracks::default(), "first");
    let queue: Vec<_> = solo.snapshot().queue.iter().map(|t| (t.kind, t.priority)).collect();
    assert_eq!(queue, expected, "an offer that is here is answered before own ones");
}
