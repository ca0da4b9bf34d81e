//! The server may learn of a goodbye a minute after everyone else, and lists the participant until then.

use holdfast_protocol::PeerMessage;
use holdfast_signaling_session::SignalingEvent;

use crate::stay::{Stay, connects, joined, member, message};

fn left_on_purpose() -> Stay {
    let mut stay = Stay::settled_with(&[2, 3]);
    stay.tell(message(2, PeerMessage::Goodbye {}));
    assert_eq!(stay.shown(2), None);
    stay
}

#[test]
fn a_list_that_still_has_them_does_not_bring_them_back() {
    for resumed in [true, false] {
        let mut stay = left_on_purpose();
        let roster = vec![member(2), member(3)];
        let effects = stay.signaling(SignalingEvent::Reconnected { resumed, roster });
        assert_eq!(connects(&effects), []);
        assert_eq!(stay.shown(2), None);
        assert!(stay.shown(3).is_some());
    }
}

#[test]
fn nor_does_a_session_the_server_began_for_them_before() {
    let mut stay = left_on_purpose();
    assert_eq!(connects(&stay.tell(joined(2, 2))), []);
    assert_eq!(stay.shown(2), None);
}

#[test]
fn someone_who_comes_back_is_another_client_and_welcome() {
    let mut stay = left_on_purpose();
    assert_eq!(connects(&stay.tell(joined(2, 99))).len(), 1);
    assert!(stay.shown(2).is_some());
}
