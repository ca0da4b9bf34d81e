//! A lost server session and a lost memory look the same to the server; the client's instance tells them apart.

use holdfast_meeting::machine::{Change, Input, PeerRequest};
use holdfast_protocol::{MediaState, PeerMessage};

use crate::stay::{Stay, asked, joined, message, told};

#[test]
fn the_same_client_keeps_its_connection() {
    let mut stay = Stay::settled_with(&[2]);
    let effects = stay.tell(joined(2, 2));
    assert_eq!(asked(&effects, 2), []);
    assert_eq!(told(&effects, 2), []);
}

#[test]
fn another_client_is_met_with_the_next_generation_and_told_everything() {
    let mut stay = Stay::settled_with(&[2]);
    let effects = stay.tell(joined(2, 99));
    assert!(asked(&effects, 2).contains(&PeerRequest::RemoteRestarted));
    assert_eq!(told(&effects, 2).len(), 1);
}

#[test]
fn what_the_earlier_client_said_counts_no_more() {
    let mut stay = Stay::settled_with(&[2]);
    let state = |revision, microphone| {
        PeerMessage::MediaState(MediaState { revision, microphone, ..MediaState::default() })
    };
    stay.tell(message(2, state(40, true)));
    stay.tell(joined(2, 99));
    stay.tell(message(2, state(1, false)));
    assert_eq!(stay.view(2).unwrap().media.revision, 1);
    assert!(!stay.view(2).unwrap().media.microphone);
}

#[test]
fn what_the_earlier_client_held_counts_no_more() {
    let mut stay = Stay::settled_with(&[2]);
    stay.tell(Input::Change(Change::Hand(true)));
    stay.tell(message(2, PeerMessage::MediaStateAck { revision: 2 }));
    stay.tell(joined(2, 99));
    assert_eq!(stay.view(2).unwrap().acknowledged_revision, 0);
}
