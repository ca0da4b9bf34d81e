//! Closing ends every task with "closed", and nothing more is attempted.

use crate::solo::{HIGH, LOW, Solo, ms, names, results, screen};
use holdfast_negotiation::{Config, Input, PeerState, Phase, TaskResult, Tracks, TransportState};
use holdfast_terms::Generation;

#[test]
fn every_task_fails_with_closed_and_the_connection_is_closed() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(150));
    solo.answer_ops();
    solo.remote_answers(Tracks::default());
    solo.transport(TransportState::Failed);
    solo.remote_offers(screen(), "first");
    solo.actions();
    assert_eq!(solo.snapshot().queue.len(), 2);
    solo.input(Input::Close);
    let actions = solo.actions();
    let ended: Vec<_> = results(&actions).into_iter().map(|(_, result)| result).collect();
    assert_eq!(ended, [TaskResult::Closed; 3]);
    assert_eq!(names(&actions).last(), Some(&"state"));
    assert!(names(&actions).contains(&"close connection"));
    let snapshot = solo.snapshot();
    assert_eq!((snapshot.state, snapshot.phase), (PeerState::Left, Phase::Closed));
    assert_eq!((snapshot.queue.len(), snapshot.timers.len()), (0, 0));
    assert_eq!(snapshot.recovery, None);
}

#[test]
fn nothing_wakes_a_closed_machine() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Close);
    solo.actions();
    for input in [
        Input::Start,
        Input::Wanted(screen()),
        Input::AddressChanged,
        Input::Woke,
        Input::RemoteRestarted,
        Input::Retry,
        Input::Signaling(false),
        Input::Signaling(true),
        Input::Transport { generation: Generation(1), state: TransportState::Failed },
        Input::Close,
    ] {
        solo.input(input);
    }
    solo.remote_offers(screen(), "other");
    solo.pass(ms(120_000));
    assert_eq!(solo.actions(), []);
    assert_eq!(solo.machine.poll_timeout(), None);
    assert_eq!(solo.snapshot().counters.after_close, 11);
}

#[test]
fn a_machine_that_never_started_closes_without_a_connection_to_close() {
    let mut solo = Solo::polite();
    solo.input(Input::Close);
    assert_eq!(names(&solo.actions()), ["state"]);
}
