//! Each channel has a rate. Messages beyond it are dropped and counted. Other channels are not affected.

use holdfast_delivery::ChannelMessage;
use holdfast_terms::{Elapsed, Generation};

use crate::end::{LOG, NEWEST, PLAIN, end, open_all, taken, text};

#[test]
fn a_flood_is_dropped_beyond_the_burst_and_the_others_go_on() {
    let mut end = end(1);
    let now = Elapsed::from_secs(1);
    open_all(&mut end, 1, now);
    let mut came = 0;
    for generation in [1, 2] {
        for number in 0..300 {
            end.handle_message(Generation(generation), PLAIN, text(number), now);
            came += taken(&mut end, PLAIN).len();
        }
    }
    assert_eq!(came, 200, "whatever the connection");
    let snapshot = &end.snapshot(now)[2];
    assert_eq!((snapshot.over_rate, snapshot.allowance, snapshot.burst), (400, 0, 200));
    assert_eq!(end.snapshot(now)[0].allowance, 200);
    let later = now + Elapsed::from_secs(1);
    end.handle_message(Generation(1), PLAIN, text(1), later);
    assert_eq!(taken(&mut end, PLAIN), [text(1)]);
}

#[test]
fn the_queue_of_untaken_messages_is_bounded_and_unreadable_ones_are_counted() {
    let mut end = end(1);
    let now = Elapsed::from_secs(1);
    open_all(&mut end, 1, now);
    for number in 0..150 {
        end.handle_message(Generation(1), PLAIN, text(number), now);
    }
    assert_eq!(taken(&mut end, PLAIN).len(), 100);
    let garbage = || ChannelMessage::Binary(vec![0xff; 40]);
    for channel in [LOG, NEWEST, PLAIN] {
        end.handle_message(Generation(1), channel, garbage(), now);
        end.handle_message(Generation(1), channel, ChannelMessage::Text("x".repeat(5000)), now);
        assert!(taken(&mut end, channel).is_empty());
    }
    let snapshots = end.snapshot(now);
    assert_eq!(snapshots[2].dropped, 50);
    assert_eq!([0, 1, 2].map(|row| snapshots[row].malformed), [2, 2, 2]);
}
