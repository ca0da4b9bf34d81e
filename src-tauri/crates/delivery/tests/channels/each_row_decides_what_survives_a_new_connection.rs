//! The row of a channel decides whether its messages go over a new connection or are lost with the old one.

use holdfast_delivery::{ChannelEvent, ChannelId, Ready, Refusal};
use holdfast_terms::{Elapsed, Generation};

use crate::end::{LOG, NEWEST, PLAIN, bytes, end, exchange, open_all, sent, taken, text};

const NOW: Elapsed = Elapsed::from_secs(1);
const LATER: Elapsed = Elapsed::from_secs(2);

#[test]
fn a_log_sends_again_what_the_old_connection_did_not_bring() {
    let mut ends = [end(1), end(2)];
    ends.iter_mut().for_each(|end| open_all(end, 1, NOW));
    exchange(&mut ends, 1, LOG, NOW);
    for number in 0..5 {
        ends[0].send(LOG, bytes(number), NOW).unwrap();
    }
    assert_eq!(sent(&mut ends[0], 1, LOG, NOW).len(), 5, "and all of it is lost");
    ends.iter_mut().for_each(|end| open_all(end, 2, LATER));
    exchange(&mut ends, 2, LOG, LATER);
    assert_eq!(taken(&mut ends[1], LOG), (0..5).map(bytes).collect::<Vec<_>>());
    let snapshot = &ends[0].snapshot(LATER)[0];
    assert_eq!((snapshot.sent, snapshot.resent, snapshot.generation), (5, 5, Some(2)));
}

#[test]
fn a_newest_channel_sends_only_the_newest_again() {
    let mut ends = [end(1), end(2)];
    ends.iter_mut().for_each(|end| open_all(end, 1, NOW));
    for number in 0..3 {
        ends[0].send(NEWEST, text(number), NOW).unwrap();
    }
    assert_eq!(sent(&mut ends[0], 1, NEWEST, NOW).len(), 1, "the others were overtaken");
    ends.iter_mut().for_each(|end| open_all(end, 2, LATER));
    exchange(&mut ends, 2, NEWEST, LATER);
    assert_eq!(taken(&mut ends[1], NEWEST), [text(2)]);
    // Back on the first connection, it comes a second time and is dropped.
    ends.iter_mut().for_each(|end| end.handle_gone(Generation(2)));
    exchange(&mut ends, 1, NEWEST, LATER);
    assert!(taken(&mut ends[1], NEWEST).is_empty());
    assert_eq!(ends[0].snapshot(LATER)[1].overtaken, 2);
}

#[test]
fn a_plain_channel_keeps_what_waits_and_loses_what_was_sent() {
    let mut ends = [end(1), end(2)];
    open_all(&mut ends[0], 1, NOW);
    ends[0].send(PLAIN, text(1), NOW).unwrap();
    assert_eq!(sent(&mut ends[0], 1, PLAIN, NOW), [text(1)], "and it is lost");
    ends[0].handle_path(Generation(1), false);
    ends[0].send(PLAIN, text(2), NOW).unwrap();
    assert!(sent(&mut ends[0], 1, PLAIN, NOW).is_empty(), "the path is down");
    ends.iter_mut().for_each(|end| open_all(end, 2, LATER));
    exchange(&mut ends, 2, PLAIN, LATER);
    assert_eq!(taken(&mut ends[1], PLAIN), [text(2)]);
}

#[test]
fn the_newest_working_connection_carries_and_the_owner_is_told() {
    let mut end = end(1);
    let carried = |end: &holdfast_delivery::DataChannels| end.snapshot(NOW)[2].generation;
    open_all(&mut end, 1, NOW);
    open_all(&mut end, 2, NOW);
    assert_eq!((carried(&end), end.poll_event(PLAIN)), (Some(2), Some(ChannelEvent::Open)));
    end.handle_path(Generation(2), false);
    assert_eq!((carried(&end), end.poll_event(PLAIN)), (Some(1), None));
    end.handle_close(Generation(1), PLAIN);
    assert_eq!((carried(&end), end.poll_event(PLAIN)), (None, Some(ChannelEvent::Closed)));
    end.handle_path(Generation(2), true);
    assert_eq!((carried(&end), end.poll_event(PLAIN)), (Some(2), Some(ChannelEvent::Open)));
    assert_eq!(end.poll_event(PLAIN), None);
}

#[test]
fn what_does_not_fit_a_channel_is_refused_and_counted() {
    let mut end = end(1);
    assert_eq!(end.send(ChannelId(9), text(0), NOW), Err(Refusal::Unknown));
    assert_eq!(end.send(PLAIN, bytes(0), NOW), Err(Refusal::Kind));
    let long = holdfast_delivery::ChannelMessage::Text("x".repeat(4097));
    assert_eq!(end.send(PLAIN, long, NOW), Err(Refusal::TooLarge));
    for number in 0..100 {
        end.send(PLAIN, text(number), NOW).unwrap();
    }
    assert_eq!(end.send(PLAIN, text(100), NOW), Err(Refusal::Full));
    let snapshot = &end.snapshot(NOW)[2];
    assert_eq!((snapshot.dropped, snapshot.queued_messages), (3, 100));
    assert_eq!(end.poll_ready(Generation(1), PLAIN, NOW), Ready::Never, "nothing is open");
}
