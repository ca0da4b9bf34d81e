//! A working connection goes on for a while after another has replaced it.

use holdfast_negotiation::TransportState;
use holdfast_peer_machine::{Command, FAREWELL, LONGEST_FAREWELL, PeerEvent, Report};
use holdfast_protocol::Generation;

use crate::pair::{CONTROL_AFTER, MS, Pair, SECOND};

#[test]
fn it_is_closed_soon_after_the_control_channel_of_its_successor_opens() {
    let mut pair = Pair::connected();
    pair.command(0, Command::AddressChanged);
    pair.drive(10 * SECOND);
    for end in &pair.ends {
        let up = end.done.iter().find_map(|(at, action)| {
            let opened = holdfast_peer_machine::Action::OpenOutlet { generation: Generation(2) };
            (*action == opened).then_some(*at)
        });
        let closed = end.closed(Generation(1)).unwrap();
        assert_eq!(closed, up.unwrap() + CONTROL_AFTER + FAREWELL);
        assert_eq!(end.told(&PeerEvent::ControlClosed), 0, "messages were carried all the time");
        assert_eq!(end.machine.control_generation(), Some(Generation(2)));
    }
}

#[test]
fn it_carries_messages_while_its_successor_has_no_control_channel_but_not_for_long() {
    let mut pair = Pair::connected();
    pair.control_opens = false;
    pair.command(0, Command::AddressChanged);
    pair.drive(500 * MS);
    assert_eq!(pair.ends[0].machine.generation(), Generation(2));
    assert_eq!(pair.ends[0].machine.control_generation(), Some(Generation(1)), "the only way for messages");
    pair.drive(LONGEST_FAREWELL);
    assert!(pair.ends[0].closed(Generation(1)).is_some());
    assert_eq!(pair.ends[0].machine.control_generation(), None);
    assert_eq!(pair.ends[0].told(&PeerEvent::ControlClosed), 1);
}

#[test]
fn a_connection_that_carries_nothing_is_closed_as_soon_as_another_works() {
    let mut pair = Pair::connected();
    pair.report(0, Generation(1), Report::Transport(TransportState::Disconnected));
    pair.command(0, Command::AddressChanged);
    pair.drive(500 * MS);
    let up = holdfast_peer_machine::Action::OpenOutlet { generation: Generation(2) };
    let up = pair.ends[0].done.iter().find(|(_, action)| *action == up).map(|(at, _)| *at);
    assert_eq!(pair.ends[0].closed(Generation(1)), up);
}
