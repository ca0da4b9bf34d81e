//! The owner knows at each moment whether the control channel carries its messages.

use holdfast_delivery::{ChannelId, ChannelMessage};
use holdfast_peer_machine::{Command, HEARD_INTERVAL, PeerEvent, Report, STALLED_AFTER};
use holdfast_protocol::Generation;
use holdfast_protocol::PeerMessage;

use crate::pair::{MS, Pair, SECOND};

fn hears() -> PeerMessage {
    PeerMessage::Hears { participants: Vec::new() }
}

#[test]
fn a_channel_that_delivers_nothing_for_a_second_counts_as_closed_until_it_does() {
    let mut pair = Pair::connected();
    pair.path_up = false;
    pair.command(0, Command::Control(hears()));
    pair.drive(STALLED_AFTER);
    assert!(pair.ends[0].machine.control_flows(), "not yet");
    pair.drive(2 * HEARD_INTERVAL);
    assert!(!pair.ends[0].machine.control_flows());
    assert_eq!(pair.ends[0].told(&PeerEvent::ControlClosed), 1);
    pair.path_up = true;
    pair.drive(SECOND);
    assert_eq!(pair.ends[0].told(&PeerEvent::ControlOpen), 1);
    assert_eq!(pair.ends[1].told(&PeerEvent::Control(hears())), 1);
}

#[test]
fn nothing_is_looked_at_while_nothing_waits() {
    let mut pair = Pair::connected();
    pair.command(0, Command::Control(hears()));
    pair.drive(SECOND);
    pair.forget();
    pair.drive(60 * SECOND);
    assert!(pair.ends[0].done.is_empty(), "{:?}", pair.ends[0].done);
}

#[test]
fn a_channel_that_stalled_on_a_replaced_connection_is_seen_to_deliver_again() {
    let mut pair = Pair::connected();
    pair.control_opens = false;
    pair.command(0, Command::AddressChanged);
    pair.drive(500 * MS);
    assert_eq!(pair.ends[0].machine.control_generation(), Some(Generation(1)));
    pair.path_up = false;
    pair.command(0, Command::Control(hears()));
    pair.drive(STALLED_AFTER + 2 * HEARD_INTERVAL);
    assert!(!pair.ends[0].machine.control_flows());
    pair.path_up = true;
    pair.drive(SECOND);
    assert!(pair.ends[0].machine.control_flows());
}

#[test]
fn what_is_no_message_is_counted_and_changes_nothing() {
    let mut pair = Pair::connected();
    pair.report(0, Generation(1), Report::control("{}".into()));
    let binary = ChannelMessage::Binary(b"{\"type\":\"goodbye\"}".into());
    pair.report(0, Generation(1), Report::Message { channel: ChannelId::CONTROL, message: binary });
    pair.report(0, Generation(9), Report::control("of a connection that is not there".into()));
    let of_another = ChannelMessage::Text(PeerMessage::Goodbye {}.to_json());
    pair.report(0, Generation(1), Report::Message { channel: ChannelId(1), message: of_another });
    pair.input(0, holdfast_peer_machine::Input::Totals(Box::default()));
    assert_eq!(pair.ends[0].machine.stats().control_malformed, 2);
    assert!(pair.ends[0].events.is_empty());
}
