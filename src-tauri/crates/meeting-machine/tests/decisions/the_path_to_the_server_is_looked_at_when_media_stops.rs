//! What stops media may also have stopped the path to the server, and TCP would not report that for a long time.

use holdfast_meeting_machine::{Effect, Input, LinkRequest};
use holdfast_negotiation::PeerState;
use holdfast_signaling_session::SignalingEvent;

use crate::stay::{Stay, asked};

#[test]
fn trouble_with_one_connection_asks_the_server() {
    let mut stay = Stay::settled_with(&[2, 3]);
    assert!(stay.state(2, PeerState::Reconnecting).contains(&Effect::CheckSignaling));
}

#[test]
fn a_silent_server_is_told_to_every_connection_and_an_answering_one_too() {
    let mut stay = Stay::settled_with(&[2, 3]);
    let effects = stay.signaling(SignalingEvent::Silent);
    assert_eq!(asked(&effects, 2), [LinkRequest::Signaling(false)]);
    assert_eq!(asked(&effects, 3), [LinkRequest::Signaling(false)]);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Emit(_))), "nothing to show yet");
    let effects = stay.signaling(SignalingEvent::Heard);
    assert_eq!(asked(&effects, 2), [LinkRequest::Signaling(true)]);
}

#[test]
fn media_that_is_back_means_that_the_server_may_be() {
    let mut stay = Stay::settled_with(&[2]);
    stay.state(2, PeerState::Reconnecting);
    stay.signaling(SignalingEvent::Silent);
    assert!(stay.state(2, PeerState::Connected).contains(&Effect::CheckSignaling));
}

#[test]
fn a_new_address_and_a_sleep_are_acted_on_at_once() {
    let mut stay = Stay::settled_with(&[2, 3]);
    for (input, request) in
        [(Input::AddressesChanged, LinkRequest::AddressChanged), (Input::Woke, LinkRequest::Woke)]
    {
        let effects = stay.tell(input);
        assert!(effects.contains(&Effect::ReconnectSignaling));
        for n in [2, 3] {
            assert_eq!(asked(&effects, n), std::slice::from_ref(&request));
        }
    }
}
