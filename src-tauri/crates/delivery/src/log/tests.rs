#![allow(clippy::unwrap_used)]

use super::*;
use crate::{CONTROL, Rate};
use holdfast_terms::MessageNumber;

const BOUNDS: ChannelBounds = ChannelBounds {
    message_bytes: 100,
    queue_bytes: 1000,
    queue_messages: 20,
    rate: Rate { per_second: 1, burst: 1 },
};
const ONE: Generation = Generation(1);
const TWO: Generation = Generation(2);

const fn ms(milliseconds: u64) -> Elapsed {
    Elapsed::from_millis(milliseconds)
}

fn end(id: u64) -> Log {
    Log::new(EndId::from_random(id), BOUNDS)
}

/// Takes everything that one end has to send now, and carries it to the other.
fn carry(from: &mut Log, to: &mut Log, now: Elapsed) -> usize {
    let frames: Vec<_> = std::iter::from_fn(|| from.poll_transmit(now)).collect();
    for (generation, bytes) in &frames {
        to.handle_frame(*generation, bytes, now);
    }
    frames.len()
}

fn taken(log: &mut Log) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| log.poll_message()).collect()
}

/// Two ends that are connected and know each other.
fn pair() -> (Log, Log) {
    let (mut a, mut b) = (end(1), end(2));
    a.handle_open(ONE, ms(0));
    b.handle_open(ONE, ms(0));
    for _ in 0..3 {
        carry(&mut a, &mut b, ms(0));
        carry(&mut b, &mut a, ms(0));
    }
    (a, b)
}

fn number(bytes: &[u8]) -> u64 {
    match Frame::parse(bytes).unwrap() {
        Frame::Message { number, .. } => number.get(),
        Frame::Acknowledgement { .. } => 0,
    }
}

#[test]
fn early_messages_are_delivered_once_there_is_a_connection() {
    let (mut a, mut b) = (end(1), end(2));
    a.push(b"early".to_vec(), ms(0)).unwrap();
    assert_eq!(a.poll_transmit(ms(0)), None);
    assert_eq!(a.poll_timeout(), None, "nothing is due without a connection");
    a.handle_open(ONE, ms(5));
    b.handle_open(ONE, ms(5));
    carry(&mut b, &mut a, ms(5));
    carry(&mut a, &mut b, ms(5));
    assert_eq!(taken(&mut b), [b"early"]);
}

#[test]
fn what_was_not_acknowledged_goes_again_over_the_next_connection_and_is_delivered_once() {
    let (mut a, mut b) = pair();
    a.push(b"one".to_vec(), ms(1)).unwrap();
    a.push(b"two".to_vec(), ms(1)).unwrap();
    let (_, first) = a.poll_transmit(ms(1)).unwrap();
    b.handle_frame(ONE, &first, ms(1));
    let (_, lost) = a.poll_transmit(ms(1)).unwrap();
    a.handle_open(TWO, ms(2));
    b.handle_open(TWO, ms(2));
    carry(&mut a, &mut b, ms(2));
    b.handle_frame(ONE, &lost, ms(3));
    assert_eq!(taken(&mut b), [b"one", b"two"]);
    assert_eq!((b.snapshot().counts.received, b.snapshot().counts.doubled), (2, 2));
    assert_eq!(a.snapshot().counts.resent, 2);
}

#[test]
fn an_older_connection_serves_again_when_the_newer_one_closes() {
    let (mut a, mut b) = pair();
    a.handle_open(TWO, ms(1));
    a.push(b"one".to_vec(), ms(1)).unwrap();
    while a.poll_transmit(ms(1)).is_some() {}
    a.handle_close(TWO);
    let (generation, bytes) = a.poll_transmit(ms(1)).unwrap();
    assert_eq!((generation, number(&bytes)), (ONE, 1));
    b.handle_frame(generation, &bytes, ms(1));
    assert_eq!(taken(&mut b), [b"one"]);
}

#[test]
fn a_gap_is_named_once_and_filled_without_waiting() {
    let (mut a, mut b) = pair();
    for text in ["one", "two", "three"] {
        a.push(text.into(), ms(1)).unwrap();
    }
    let _lost = a.poll_transmit(ms(1)).unwrap();
    carry(&mut a, &mut b, ms(1));
    assert_eq!(b.snapshot().counts.early, 2);
    assert_eq!(carry(&mut b, &mut a, ms(1)), 1, "one acknowledgement names the gap");
    assert_eq!(carry(&mut a, &mut b, ms(1)), 3);
    assert_eq!(taken(&mut b), [&b"one"[..], b"two", b"three"]);
}

#[test]
fn a_remote_cannot_have_everything_sent_again_by_asking_often() {
    let (mut a, _) = pair();
    a.push(b"one".to_vec(), ms(1)).unwrap();
    let own = |gap| {
        let (from, to) = (EndId::from_random(2), Some(EndId::from_random(1)));
        Frame::Acknowledgement { from, to, through: MessageNumber::NONE, gap }.to_bytes()
    };
    let mut sent = 0;
    for _ in 0..100 {
        sent += std::iter::from_fn(|| a.poll_transmit(ms(1))).count();
        a.handle_frame(ONE, &own(true), ms(1));
    }
    assert_eq!(sent, 2);
}

#[test]
fn what_is_not_acknowledged_goes_again_at_growing_pauses() {
    let (mut a, _) = pair();
    a.push(b"one".to_vec(), ms(0)).unwrap();
    let mut sent = Vec::new();
    let mut now = ms(0);
    while sent.len() < 7 {
        a.handle_timeout(now);
        sent.extend(std::iter::from_fn(|| a.poll_transmit(now)).map(|_| now.as_secs()));
        now = a.poll_timeout().unwrap();
    }
    assert_eq!(sent, [0, 3, 9, 21, 45, 69, 93]);
}

#[test]
fn a_full_queue_and_a_long_message_are_refused_and_counted() {
    let mut a = end(1);
    assert_eq!(a.push(vec![0; 101], ms(0)), Err(Refusal::TooLarge));
    for _ in 0..10 {
        a.push(vec![0; 100], ms(0)).unwrap();
    }
    assert_eq!(a.push(vec![0; 1], ms(0)), Err(Refusal::Full), "of bytes");
    let mut b = end(2);
    for _ in 0..20 {
        b.push(Vec::new(), ms(0)).unwrap();
    }
    assert_eq!(b.push(Vec::new(), ms(0)), Err(Refusal::Full), "of messages");
    assert_eq!((a.snapshot().counts.refused, b.snapshot().counts.refused), (2, 1));
    assert_eq!(a.snapshot().unacknowledged, (10, 1000));
}

#[test]
fn a_receiver_that_is_slow_loses_nothing_and_holds_no_more_than_its_bound() {
    let (mut a, mut b) = pair();
    let mut got = Vec::new();
    let mut given = 0_u8;
    for step in 0..3000_u64 {
        let now = ms(step * 50);
        if given < 200 && a.push(vec![given; 90], now).is_ok() {
            given += 1;
        }
        for log in [&mut a, &mut b] {
            log.handle_timeout(now);
        }
        carry(&mut a, &mut b, now);
        assert!(b.snapshot().waiting.1 <= BOUNDS.queue_bytes);
        if step.is_multiple_of(7) {
            got.extend(b.poll_message().map(|message| message[0]));
        }
        carry(&mut b, &mut a, now);
    }
    assert_eq!(got, (0..200).collect::<Vec<_>>());
    assert!(b.snapshot().counts.no_room > 0, "it was slow");
}

#[test]
fn acknowledgements_of_what_was_never_sent_are_ignored_and_counted() {
    let (mut a, _) = pair();
    a.push(b"one".to_vec(), ms(1)).unwrap();
    a.push(b"two".to_vec(), ms(1)).unwrap();
    a.poll_transmit(ms(1)).unwrap();
    for through in [2, 3, u64::MAX] {
        let (from, to) = (EndId::from_random(2), Some(EndId::from_random(1)));
        let frame = Frame::Acknowledgement { from, to, through: MessageNumber(through), gap: true };
        a.handle_frame(ONE, &frame.to_bytes(), ms(1));
    }
    assert_eq!(a.snapshot().counts.impossible, 3);
    assert_eq!(a.snapshot().unacknowledged.0, 2);
}

#[test]
fn a_message_with_the_largest_number_changes_nothing() {
    let (_, mut b) = pair();
    let (from, to) = (EndId::from_random(1), EndId::from_random(2));
    let frame = Frame::Message { from, to, number: MessageNumber(u64::MAX), payload: b"far" };
    b.handle_frame(ONE, &frame.to_bytes(), ms(1));
    assert_eq!(b.poll_message(), None);
    let frame = Frame::Message { from, to, number: MessageNumber(1), payload: b"next" };
    b.handle_frame(ONE, &frame.to_bytes(), ms(1));
    assert_eq!(taken(&mut b), [b"next"]);
}

#[test]
fn a_message_longer_than_the_channel_allows_is_dropped() {
    let (_, mut b) = pair();
    let (from, to) = (EndId::from_random(1), EndId::from_random(2));
    let frame = Frame::Message { from, to, number: MessageNumber(1), payload: &[0; 101] };
    b.handle_frame(ONE, &frame.to_bytes(), ms(1));
    assert_eq!((b.poll_message(), b.snapshot().counts.malformed), (None, 1));
}

#[test]
fn two_who_lose_their_introductions_introduce_themselves_again() {
    let (mut a, mut b) = (end(1), end(2));
    a.handle_open(ONE, ms(0));
    b.handle_open(ONE, ms(0));
    a.push(b"one".to_vec(), ms(0)).unwrap();
    while a.poll_transmit(ms(0)).is_some() || b.poll_transmit(ms(0)).is_some() {}
    assert_eq!(a.poll_timeout(), Some(INTRODUCE_EVERY));
    a.handle_timeout(INTRODUCE_EVERY);
    for _ in 0..2 {
        carry(&mut a, &mut b, INTRODUCE_EVERY);
        carry(&mut b, &mut a, INTRODUCE_EVERY);
    }
    assert_eq!(taken(&mut b), [b"one"]);
}

#[test]
fn the_control_row_has_bounds_a_log_can_use() {
    let mut log = Log::new(EndId::from_random(1), CONTROL.bounds);
    assert!(log.push(vec![0; CONTROL.bounds.message_bytes], ms(0)).is_ok());
}
