//! Messages of the negotiation go through signaling, or over a control channel while signaling is out of reach.

use holdfast_peer_machine::{Command, PeerEvent};
use holdfast_protocol::{Generation, PeerMessage};

use crate::pair::{Pair, SECOND};

fn signals(pair: &Pair, side: usize) -> usize {
    let signals = pair.ends[side].events.iter();
    signals.filter(|(_, event)| matches!(event, PeerEvent::Signal { .. })).count()
}

#[test]
fn a_rebuild_is_negotiated_over_the_old_control_channel_when_signaling_is_away() {
    let mut pair = Pair::connected();
    pair.signaling_up = false;
    for side in 0..2 {
        pair.command(side, Command::Signaling(false));
    }
    pair.command(0, Command::AddressChanged);
    pair.drive(5 * SECOND);
    assert_eq!((signals(&pair, 0), signals(&pair, 1)), (0, 0));
    let texts = pair.ends[0].texts();
    let about = |text: &str| match PeerMessage::parse(text) {
        Ok(PeerMessage::Description { generation, .. }) => generation,
        _ => None,
    };
    assert_eq!(
        (texts[0].0, about(texts[0].1)),
        (Generation(1), Some(Generation(2))),
        "on the channel of 1, about 2"
    );
    assert_eq!(pair.ends[1].machine.generation(), Generation(2));
    assert_eq!(pair.ends[1].machine.control_generation(), Some(Generation(2)));
}

#[test]
fn what_a_channel_does_not_take_goes_through_signaling_and_what_the_owner_says_is_counted() {
    let mut pair = Pair::connected();
    pair.ends[0].refuses_texts = true;
    pair.command(0, Command::Signaling(false));
    pair.command(0, Command::AddressChanged);
    assert!(signals(&pair, 0) > 0);
    pair.command(0, Command::Control(PeerMessage::Goodbye {}));
    pair.input(0, holdfast_peer_machine::Input::Totals(Box::default()));
    assert_eq!(pair.ends[0].machine.stats().control_dropped, 1);
}
