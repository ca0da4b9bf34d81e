//! The end: a goodbye on every channel that may carry it, a short wait, and then nothing is left.

use holdfast_peer_machine::{Command, GOODBYE_WAIT, Input, PeerEvent, PeerState};
use holdfast_protocol::Generation;
use holdfast_protocol::PeerMessage;

use crate::pair::{MS, Pair, SECOND};

#[test]
fn a_goodbye_that_arrived_ends_the_wait() {
    let mut pair = Pair::connected();
    let begun = pair.now;
    pair.input(0, Input::Close { goodbye: true });
    assert!(!pair.ends[0].machine.is_closed());
    pair.drive(SECOND);
    assert!(pair.ends[0].machine.is_closed() && pair.ends[0].connections.is_empty());
    assert!(pair.ends[0].closed(Generation(1)).unwrap() < begun + GOODBYE_WAIT);
    assert_eq!(pair.ends[0].told(&PeerEvent::State(PeerState::Left)), 1);
    assert_eq!(pair.ends[1].told(&PeerEvent::Control(PeerMessage::Goodbye {})), 1);
}

#[test]
fn a_path_that_is_down_is_not_waited_for_long() {
    let mut pair = Pair::connected();
    pair.path_up = false;
    let begun = pair.now;
    pair.input(0, Input::Close { goodbye: true });
    pair.drive(SECOND);
    assert_eq!(pair.ends[0].closed(Generation(1)), Some(begun + GOODBYE_WAIT));
}

#[test]
fn without_a_goodbye_nothing_is_said_and_nothing_waited_for() {
    let mut pair = Pair::connected();
    pair.input(0, Input::Close { goodbye: false });
    assert!(pair.ends[0].machine.is_closed() && pair.ends[0].texts().is_empty());
    assert_eq!(pair.ends[0].machine.poll_timeout(), None);
}

#[test]
fn it_also_goes_over_a_replaced_connection() {
    let mut pair = Pair::connected();
    pair.control_opens = false;
    pair.command(0, Command::AddressChanged);
    pair.drive(500 * MS);
    pair.forget();
    pair.input(0, Input::Close { goodbye: true });
    pair.drive(100 * MS);
    assert_eq!(pair.ends[1].told(&PeerEvent::Control(PeerMessage::Goodbye {})), 1);
}

#[test]
fn after_the_end_nothing_is_asked_for_whatever_comes() {
    let mut pair = Pair::connected();
    pair.input(0, Input::Close { goodbye: false });
    pair.forget();
    pair.command(0, Command::Retry);
    pair.input(0, Input::Close { goodbye: true });
    pair.drive(60 * SECOND);
    assert!(pair.ends[0].done.is_empty() && pair.ends[0].events.is_empty());
}
