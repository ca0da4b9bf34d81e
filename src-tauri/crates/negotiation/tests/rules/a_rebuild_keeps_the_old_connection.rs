//! A rebuild keeps the connection that worked beside the new one; of two, the one in the middle is let go.

use crate::solo::{HIGH, LOW, Solo, candidate, closed, ms, names};
use holdfast_negotiation::{Action, Config, Input, Message, TransportState};
use holdfast_terms::Generation;

#[test]
fn one_whose_path_answers_or_may_answer_again_is_kept() {
    for state in [TransportState::Connected, TransportState::Disconnected] {
        let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
        solo.transport(state);
        solo.answer_ops();
        solo.pass(ms(40));
        solo.input(Input::AddressChanged);
        assert_eq!(closed(&solo.answer_ops()), []);
        let previous = solo.snapshot().previous.unwrap();
        assert_eq!((previous.generation, previous.transport), (Generation(1), state));
        assert_eq!(previous.transport_since_ms_ago, 40);
        assert_eq!((solo.generation(), solo.snapshot().transport), (Generation(2), TransportState::New));
        assert_eq!(solo.snapshot().counters.kept, 1);
    }
}

#[test]
fn one_whose_transport_has_given_up_is_not() {
    for state in [TransportState::Connecting, TransportState::Failed, TransportState::Closed] {
        let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
        solo.transport(state);
        solo.answer_ops();
        if solo.generation() == Generation::FIRST {
            solo.input(Input::AddressChanged);
            assert_eq!(closed(&solo.answer_ops()), [Generation(1)], "{state:?}");
        }
        assert_eq!(solo.snapshot().previous, None, "{state:?}");
    }
}

#[test]
fn one_that_never_completed_an_exchange_is_not() {
    let mut solo = Solo::impolite();
    solo.input(Input::Start);
    solo.answer_ops();
    solo.transport(TransportState::Connected);
    solo.input(Input::AddressChanged);
    assert_eq!(closed(&solo.answer_ops()), [Generation(1)]);
    assert_eq!(solo.snapshot().previous, None);
}

#[test]
fn following_the_remote_keeps_it_too() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.remote(Generation(4), Message::Candidate(candidate("new")));
    assert_eq!(names(&solo.answer_ops()), ["rebuilt", "create connection"]);
    assert_eq!(solo.snapshot().previous.unwrap().generation, Generation(1));
}

#[test]
fn a_further_rebuild_closes_the_one_in_the_middle_first() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::AddressChanged);
    solo.answer_ops();
    solo.remote_answers(solo.snapshot().wanted);
    solo.answer_ops();
    solo.input(Input::AddressChanged);
    let actions = solo.answer_ops();
    let create = actions.iter().position(|a| matches!(a, Action::CreateConnection { .. })).unwrap();
    assert_eq!(closed(&actions[..create]), [Generation(2)]);
    assert_eq!(closed(&actions), [Generation(2)]);
    assert_eq!(
        (solo.snapshot().previous.unwrap().generation, solo.generation()),
        (Generation(1), Generation(3))
    );
}

#[test]
fn a_connection_whose_exchange_is_stuck_goes_on_carrying_media() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.remote_offers(solo.snapshot().wanted, "first");
    solo.pass(ms(10_000));
    assert_eq!(
        (solo.snapshot().previous.unwrap().generation, solo.generation()),
        (Generation(1), Generation(2))
    );
}
