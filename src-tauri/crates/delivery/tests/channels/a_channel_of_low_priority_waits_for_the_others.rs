//! A channel of a low priority waits while a higher one has something to send, and while much is on its way.

use holdfast_delivery::{ChannelId, ChannelMessage, DataChannels, Ready};
use holdfast_terms::{Elapsed, Generation};

use crate::end::{LOG, PLAIN, bytes, end, exchange, open_all, sent, text};

const NOW: Elapsed = Elapsed::from_secs(1);
const FIRST: Generation = Generation(1);

/// An end with a log that knows its remote and has something to send.
fn loaded() -> DataChannels {
    let mut ends = [end(1), end(2)];
    ends.iter_mut().for_each(|end| open_all(end, 1, NOW));
    exchange(&mut ends, 1, LOG, NOW);
    let [mut end, _] = ends;
    for number in 0..10 {
        end.send(LOG, bytes(number), NOW).unwrap();
    }
    end
}

#[test]
fn it_waits_while_a_higher_one_has_something_to_send() {
    let mut end = loaded();
    end.send(PLAIN, text(1), NOW).unwrap();
    assert_eq!(end.poll_ready(FIRST, LOG, NOW), Ready::Now);
    assert_eq!(end.poll_transmit(FIRST, LOG, &[], NOW), None);
    assert_eq!(sent(&mut end, 1, PLAIN, NOW), [text(1)]);
    assert!(end.poll_transmit(FIRST, LOG, &[], NOW).is_some());
}

#[test]
fn it_waits_while_its_own_bytes_or_those_of_higher_ones_are_on_their_way() {
    let mut end = loaded();
    const ROOM: usize = 16 * 1024;
    for outstanding in [
        &[(LOG, ROOM)][..],
        &[(ChannelId::CONTROL, ROOM)],
        &[(LOG, ROOM / 2), (PLAIN, ROOM / 4), (ChannelId::CONTROL, ROOM / 4)],
    ] {
        assert_eq!(end.poll_transmit(FIRST, LOG, outstanding, NOW), None, "{outstanding:?}");
    }
    assert!(end.poll_transmit(FIRST, LOG, &[(LOG, ROOM - 1)], NOW).is_some());
}

#[test]
fn a_higher_one_does_not_wait_for_what_is_lower() {
    let mut end = loaded();
    end.send(PLAIN, text(1), NOW).unwrap();
    assert_eq!(end.poll_transmit(FIRST, PLAIN, &[(LOG, 1024 * 1024)], NOW), Some(text(1)));
}

#[test]
fn no_more_messages_are_on_their_way_than_a_remote_takes_in_one_burst() {
    let mut end = end(1);
    open_all(&mut end, 1, NOW);
    let mut given = 0;
    for second in 1..60 {
        let now = Elapsed::from_secs(second);
        for number in 0..100 {
            let _ = end.send(PLAIN, text(number), now);
        }
        while end.poll_transmit(FIRST, PLAIN, &[(PLAIN, 1)], now).is_some() {
            given += 1;
        }
    }
    assert_eq!(given, 50, "nothing of it is acknowledged");
    assert!(matches!(end.poll_transmit(FIRST, PLAIN, &[], NOW * 60), Some(ChannelMessage::Text(_))));
}
