//! Messages over the control channel beyond its rate are dropped and counted. Only a goodbye is still read.

use holdfast_delivery::{CONTROL, ChannelId};
use holdfast_peer_machine::{Command, Input, PeerEvent, PeerState, Report};
use holdfast_protocol::Generation;
use holdfast_protocol::{MediaState, PeerMessage, Revision, limits};

use crate::pair::{Pair, SECOND};

fn hears() -> PeerMessage {
    PeerMessage::Hears { participants: Vec::new() }
}

fn told(revision: u64) -> PeerMessage {
    PeerMessage::MediaState(MediaState { revision: Revision(revision), ..MediaState::default() }.into())
}

fn say(pair: &mut Pair, message: &PeerMessage, times: usize) {
    for _ in 0..times {
        pair.report(0, Generation(1), Report::control(message.to_json()));
    }
}

fn over_rate(pair: &mut Pair) -> u64 {
    pair.input(0, Input::Totals(Box::default()));
    let counted = pair.ends[0].machine.stats().control_over_rate;
    assert_eq!(pair.ends[0].machine.snapshot(pair.now).channels[0].over_rate, counted);
    counted
}

/// A pair. The first end has read its burst and reads nothing more now.
fn flooded() -> Pair {
    let mut pair = Pair::connected();
    // The messages that both sent when they met no longer count for the rate.
    pair.drive(10 * SECOND);
    let burst = CONTROL.bounds.rate.burst as usize;
    say(&mut pair, &hears(), burst + 50);
    assert_eq!(pair.ends[0].told(&PeerEvent::Control(hears())), burst);
    assert_eq!(over_rate(&mut pair), 50);
    pair
}

#[test]
fn a_flood_is_heard_as_far_as_the_rate_goes_and_no_further() {
    let mut pair = flooded();
    pair.forget();
    pair.drive(SECOND);
    say(&mut pair, &hears(), 150);
    assert_eq!(pair.ends[0].told(&PeerEvent::Control(hears())), 100);
    assert_eq!(over_rate(&mut pair), 100);
}

#[test]
fn what_a_driver_could_not_keep_counts_as_beyond_the_rate_and_only_a_goodbye_is_kept() {
    let mut pair = flooded();
    for generation in [Generation(1), Generation(7)] {
        pair.report(0, generation, Report::Unread { channel: ChannelId::CONTROL, messages: 30 });
    }
    assert_eq!(over_rate(&mut pair), 80, "a connection that is not known any more tells nothing");
    let kept = |message: &PeerMessage| Report::control(message.to_json()).is_kept();
    assert!(kept(&PeerMessage::Goodbye {}) && Report::control_open(false).is_kept());
    assert!(!kept(&hears()) && !kept(&told(1)));
}

#[test]
fn a_media_state_that_was_dropped_counts_when_it_is_said_again() {
    let mut pair = flooded();
    say(&mut pair, &told(1), 1);
    assert_eq!(pair.ends[0].told(&PeerEvent::Control(told(1))), 0);
    pair.drive(SECOND);
    say(&mut pair, &told(1), 1);
    assert_eq!(pair.ends[0].told(&PeerEvent::Control(told(1))), 1);
}

#[test]
fn a_goodbye_is_heard_and_nothing_after_it() {
    let mut pair = flooded();
    say(&mut pair, &PeerMessage::Goodbye {}, 20);
    assert_eq!(pair.ends[0].told(&PeerEvent::Control(PeerMessage::Goodbye {})), 1);
    assert_eq!(over_rate(&mut pair), 50, "the rest is of a connection that is closed");
    assert_eq!(pair.ends[0].told(&PeerEvent::State(PeerState::Left)), 1);
}

#[test]
fn a_negotiation_ends_although_its_messages_were_dropped() {
    let mut pair = Pair::connected();
    pair.drive(10 * SECOND);
    pair.signaling_up = false;
    for side in 0..2 {
        pair.command(side, Command::Signaling(false));
    }
    // The end that must answer is beyond its rate when the offer comes.
    for _ in 0..400 {
        pair.report(1, Generation(1), Report::control(hears().to_json()));
    }
    pair.command(0, Command::AddressChanged);
    pair.drive(SECOND / 20);
    for _ in 0..400 {
        pair.report(1, Generation(1), Report::control(hears().to_json()));
    }
    pair.drive(90 * SECOND);
    pair.input(1, Input::Totals(Box::default()));
    assert!(pair.ends[1].machine.stats().control_over_rate > 300);
    assert_eq!([0, 1].map(|side| pair.ends[side].machine.generation()), [Generation(2); 2]);
    assert!([0, 1].into_iter().all(|side| pair.ends[side].machine.control_flows()));
}

#[test]
fn the_bounds_of_control_are_those_of_the_way_through_the_server() {
    let rate = CONTROL.bounds.rate;
    assert_eq!(CONTROL.bounds.message_bytes, limits::FRAME_BYTES);
    assert_eq!((rate.per_second, rate.burst), (limits::RATE_PER_SECOND, limits::RATE_BURST));
    // A restart and a rebuild at once, each with as many candidates as the negotiation holds for a description.
    assert!(2 * holdfast_negotiation::limits::LOCAL_CANDIDATES <= rate.burst as usize);
}
