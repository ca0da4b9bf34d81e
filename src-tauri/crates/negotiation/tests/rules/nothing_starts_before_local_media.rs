//! No connection starts before local media is ready or 10 s have passed; what the remote says meanwhile is kept.

use crate::solo::{Solo, ms, names};
use holdfast_negotiation::{Action, Input, PeerState, Tracks};
use holdfast_terms::Generation;

#[test]
fn it_starts_when_told_or_after_10_s() {
    let mut solo = Solo::impolite();
    solo.pass(ms(9_999));
    assert_eq!(solo.actions(), []);
    assert_eq!(solo.snapshot().state, PeerState::Waiting);
    solo.pass(ms(1));
    assert_eq!(names(&solo.actions()), ["create connection", "state"]);
    assert_eq!(solo.snapshot().state, PeerState::Connecting);
    let mut told = Solo::impolite();
    told.input(Input::Start);
    told.input(Input::Start);
    assert_eq!(names(&told.actions()), ["create connection", "state"]);
    assert_eq!(told.timer("localMedia"), None);
}

#[test]
fn an_offer_that_comes_before_is_answered_once_started() {
    let mut solo = Solo::polite();
    solo.remote_candidate("early");
    solo.remote_offers(Tracks::default(), "first");
    solo.remote_candidate("late");
    solo.pass(ms(9_000));
    assert_eq!(solo.actions(), []);
    solo.input(Input::Start);
    let order = names(&solo.answer_ops());
    assert!(order.contains(&"send answer"));
    assert_eq!(order.iter().filter(|n| **n == "add candidate").count(), 2);
}

#[test]
fn the_first_connection_is_of_the_generation_the_remote_is_at() {
    let mut solo = Solo::impolite();
    let offer = solo.description(holdfast_negotiation::DescriptionKind::Offer, None, Tracks::default(), "x");
    solo.remote(Generation(4), offer);
    solo.input(Input::Start);
    let actions = solo.answer_ops();
    assert!(actions.iter().any(|a| matches!(a, Action::CreateConnection { generation: Generation(4), .. })));
    assert!(names(&actions).contains(&"send answer"));
    assert!(!names(&actions).contains(&"create offer"));
}

#[test]
fn trouble_before_the_start_is_no_trouble() {
    let mut solo = Solo::impolite();
    for input in [Input::Woke, Input::AddressChanged, Input::RemoteRestarted, Input::Retry] {
        solo.input(input);
    }
    assert_eq!(solo.actions(), []);
}
