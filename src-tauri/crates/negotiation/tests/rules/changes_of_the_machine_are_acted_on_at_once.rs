//! Sleep, a change of address and the server coming back are acted on at once; loss of the server alone disturbs
//! nothing.

use crate::pair::Pair;
use crate::solo::{HIGH, LOW, Solo, ms, names, screen};
use holdfast_negotiation::{Action, Cause, Config, Input, PeerState, TrackSource, Tracks, TransportState};
use holdfast_terms::Generation;

#[test]
fn a_new_address_rebuilds_without_trying_a_restart() {
    let mut solo = Solo::connected(Config::new(HIGH, LOW, 1));
    solo.input(Input::AddressChanged);
    let order = names(&solo.answer_ops());
    assert_eq!(order, ["rebuilt", "create connection", "create offer", "send offer"]);
}

#[test]
fn a_new_address_at_either_end_or_both_leads_to_one_connection() {
    for who in 1..4 {
        let mut pair = Pair::connected(who);
        for side in 0..2 {
            if who & (1 << side) != 0 {
                pair.input(side, Input::AddressChanged);
            }
        }
        pair.pass(ms(3_000));
        pair.assert_whole();
        assert_eq!(pair.snapshot(0).generation, Generation(2));
    }
}

#[test]
fn waking_restarts_ice_at_once_and_shows_nothing_when_the_path_still_answers() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.pass(ms(60_000));
    solo.input(Input::Woke);
    assert_eq!(names(&solo.answer_ops()), ["create restart offer", "send offer"]);
    solo.remote_answers(Tracks::default());
    solo.answer_ops();
    assert_eq!((solo.snapshot().state, solo.snapshot().recovery), (PeerState::Connected, None));
}

#[test]
fn waking_to_a_dead_path_shows_when_media_stays_out() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::MediaExpected(true));
    solo.input(Input::Woke);
    solo.pass(ms(1_999));
    assert_eq!(solo.snapshot().state, PeerState::Connected);
    solo.pass(ms(1));
    assert_eq!(solo.snapshot().state, PeerState::Reconnecting);
}

#[test]
fn without_the_server_the_control_channel_carries_changes() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Signaling(false));
    solo.input(Input::Wanted(screen()));
    solo.pass(ms(60_000));
    assert_eq!(solo.actions(), [], "no way to say it");
    assert_eq!(solo.snapshot().state, PeerState::Connected);
    solo.input(Input::ControlOpen { generation: Generation(1), open: true });
    assert_eq!(names(&solo.answer_ops()), ["create offer", "send offer"]);
}

#[test]
fn a_change_made_without_any_way_out_is_offered_when_the_server_is_back() {
    let mut pair = Pair::connected(1);
    pair.signaling(0, false);
    let wanted = Tracks::default().with(TrackSource::Screen, true);
    pair.want(0, wanted);
    pair.pass(ms(60_000));
    assert_ne!(pair.snapshot(1).remote_tracks, wanted);
    pair.signaling(0, true);
    pair.pass(ms(500));
    pair.assert_whole();
}

#[test]
fn when_nothing_gets_out_the_ladder_makes_no_connections_and_starts_over_with_the_server() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Signaling(false));
    solo.input(Input::ControlOpen { generation: Generation(1), open: true });
    solo.transport(TransportState::Disconnected);
    solo.pass(ms(60_000));
    let asked = solo.answer_ops();
    assert!(asked.iter().all(|a| matches!(a, Action::StateChanged { .. })), "{asked:?}");
    assert_eq!((solo.snapshot().state, solo.generation()), (PeerState::Failed, Generation(1)));
    solo.input(Input::Signaling(true));
    assert_eq!(names(&solo.answer_ops()), ["create restart offer", "state", "send offer"]);
    assert_eq!(solo.snapshot().recovery.unwrap().cause, Cause::TransportDisconnected);
    assert_eq!(solo.snapshot().state, PeerState::Reconnecting);
}

#[test]
fn the_server_coming_back_does_not_disturb_a_connection_that_works() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::Signaling(false));
    solo.pass(ms(5_000));
    solo.input(Input::Signaling(true));
    assert_eq!(solo.actions(), []);
}

#[test]
fn the_server_lost_and_back_right_after_an_address_changed_costs_no_second_connection() {
    let mut solo = Solo::connected(Config::new(LOW, HIGH, 1));
    solo.input(Input::AddressChanged);
    solo.answer_ops();
    // The path to the server is renewed for the same reason, and what waits for it arrives then.
    solo.input(Input::Signaling(false));
    solo.pass(ms(300));
    solo.input(Input::Signaling(true));
    solo.answer_ops();
    assert_eq!(solo.generation(), Generation(2));
}
