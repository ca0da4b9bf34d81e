//! The previous connection goes when the new one has taken over, when its own path has failed, and when nobody is
//! at its far end any more; not before.

use crate::pair::Pair;
use crate::solo::{HIGH, LOW, Solo, closed, ms};
use holdfast_negotiation::{Config, Input, TransportState};
use holdfast_terms::Generation;

/// Connected in generation 1, building generation 2, media expected.
fn rebuilding() -> Solo {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::MediaExpected(true));
    solo.input(Input::MediaReceived { generation: Generation(1) });
    solo.input(Input::AddressChanged);
    solo.answer_ops();
    solo.remote_answers(solo.snapshot().wanted);
    assert_eq!(closed(&solo.answer_ops()), []);
    solo
}

fn previous(solo: &Solo, state: TransportState) -> Input {
    Input::Transport { generation: solo.snapshot().previous.unwrap().generation, state }
}

#[test]
fn when_media_comes_on_the_new_one() {
    let mut solo = rebuilding();
    solo.transport(TransportState::Connected);
    assert_eq!(closed(&solo.answer_ops()), [], "it answers, but carries nothing yet");
    solo.input(Input::MediaReceived { generation: Generation(1) });
    assert_eq!(closed(&solo.answer_ops()), [], "this came on the old one");
    solo.input(Input::MediaReceived { generation: Generation(2) });
    assert_eq!(closed(&solo.answer_ops()), [Generation(1)]);
    assert_eq!((solo.snapshot().previous, solo.snapshot().recovery), (None, None));
}

#[test]
fn when_the_new_one_answers_and_no_media_is_due() {
    let mut solo = rebuilding();
    solo.input(Input::MediaExpected(false));
    solo.transport(TransportState::Connected);
    assert_eq!(closed(&solo.answer_ops()), [Generation(1)]);
}

#[test]
fn when_its_own_path_has_failed() {
    for state in [TransportState::Failed, TransportState::Closed] {
        let mut solo = rebuilding();
        let input = previous(&solo, state);
        solo.input(input.clone());
        assert_eq!(closed(&solo.answer_ops()), [Generation(1)]);
        assert_eq!(solo.snapshot().previous, None);
        solo.input(input);
        assert_eq!((solo.actions(), solo.snapshot().counters.late_reports), (vec![], 1));
    }
}

#[test]
fn not_while_it_may_come_back_by_itself() {
    let mut solo = rebuilding();
    for state in [TransportState::Disconnected, TransportState::Connecting, TransportState::Connected] {
        let input = previous(&solo, state);
        solo.input(input);
        assert_eq!(closed(&solo.answer_ops()), []);
        assert_eq!(solo.snapshot().previous.unwrap().transport, state);
    }
}

#[test]
fn when_the_remote_joined_afresh() {
    let mut solo = rebuilding();
    solo.input(Input::RemoteRestarted);
    assert_eq!(closed(&solo.answer_ops()), [Generation(1), Generation(2)]);
    assert_eq!((solo.snapshot().previous, solo.generation()), (None, Generation(3)));
}

#[test]
fn a_remote_that_joined_afresh_leaves_nothing_to_keep_also_when_it_cannot_be_reached() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Signaling(false));
    solo.input(Input::RemoteRestarted);
    assert_eq!(closed(&solo.answer_ops()), [Generation(1)]);
    solo.input(Input::Signaling(true));
    solo.answer_ops();
    assert_eq!((solo.snapshot().previous, solo.generation()), (None, Generation(2)));
}

#[test]
fn when_it_is_over() {
    let mut solo = rebuilding();
    solo.input(Input::Close);
    assert_eq!(closed(&solo.answer_ops()), [Generation(1), Generation(2)]);
    assert!(solo.snapshot().timers.is_empty());
}

#[test]
fn a_new_one_that_stays_silent_never_replaces_an_old_one_that_is_heard() {
    let mut solo = rebuilding();
    for _ in 0..600 {
        solo.pass(ms(500));
        solo.input(Input::MediaReceived { generation: Generation(1) });
        let closed = closed(&solo.answer_ops());
        assert!(!closed.contains(&Generation(1)), "{closed:?}");
        if solo.snapshot().transport == TransportState::New {
            solo.remote_answers(solo.snapshot().wanted);
            solo.answer_ops();
            solo.transport(TransportState::Connected);
        }
    }
    assert!(solo.snapshot().counters.rebuilds > 3);
}

#[test]
fn both_ends_end_with_one_each_also_when_both_rebuild_at_once() {
    for seed in 0..20 {
        let mut pair = Pair::connected(seed);
        for _ in 0..3 {
            pair.input(0, Input::AddressChanged);
            pair.pass(ms(seed * 7));
            pair.input(1, Input::AddressChanged);
            pair.pass(ms(seed * 11));
        }
        pair.pass(ms(10_000));
        pair.assert_whole();
    }
}
