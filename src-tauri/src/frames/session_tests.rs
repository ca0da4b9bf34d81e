//! What a page gets, feed by feed, without a socket in between.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use bytes::Bytes;
use holdfast_media::video::I420Frame;
use holdfast_meeting::{FeedFrame, FeedNumber};
use tokio::sync::mpsc;

use super::credit::{FrameFormat, I420_CREDITS, VP8_CREDITS};
use super::decode::{Decoded, Picture};
use super::header::Header;
use super::hub::FrameHub;
use super::request::FrameRequest;
use super::session::{OUTBOX, Session};

fn session(format: FrameFormat) -> (Session, mpsc::Receiver<Vec<u8>>, FrameHub) {
    let hub = FrameHub::new();
    let (outbox, sent) = mpsc::channel(OUTBOX);
    (Session::new(hub.clone(), format, outbox), sent, hub)
}

fn frame(feed: u32, number: u32, keyframe: bool) -> FeedFrame {
    let data = Bytes::from(number.to_le_bytes().to_vec());
    FeedFrame { feed: FeedNumber(feed), keyframe, timestamp: number * 3000, width: 640, height: 360, data }
}

fn picture(feed: u32, number: u8) -> Decoded {
    let frame = I420Frame {
        width: 2,
        height: 2,
        y: vec![number; 4],
        u: vec![number; 1],
        v: vec![number; 1],
        captured_at: Duration::ZERO,
    };
    Decoded::Picture(Picture { feed, timestamp_us: u64::from(number), keyframe: false, frame })
}

/// The next message as (header, first byte of the payload).
fn next(sent: &mut mpsc::Receiver<Vec<u8>>) -> Option<(Header, u8)> {
    let message = sent.try_recv().ok()?;
    let (header, payload) = Header::read(&message).unwrap();
    Some((header, payload[0]))
}

#[test]
fn a_page_that_acknowledges_gets_every_frame() {
    let (mut session, mut sent, _hub) = session(FrameFormat::Vp8);
    for number in 0..100 {
        session.frame(frame(3, number, number == 0));
        let (header, first) = next(&mut sent).unwrap();
        assert_eq!((header.feed, header.seq, header.keyframe), (3, number + 1, number == 0));
        assert_eq!(u32::from(first), number);
        session.heard(FrameRequest::Credit { feed: 3, seq: header.seq });
    }
}

#[tokio::test]
async fn one_tile_that_stalls_does_not_stop_another() {
    let (mut session, mut sent, hub) = session(FrameFormat::Vp8);
    for number in 0..20 {
        session.frame(frame(1, number, number == 0));
        session.frame(frame(2, number, number == 0));
        session.heard(FrameRequest::Credit { feed: 2, seq: number + 1 });
    }
    let mut counts = [0, 0];
    while let Some((header, _)) = next(&mut sent) {
        counts[header.feed as usize - 1] += 1;
    }
    assert_eq!(counts, [VP8_CREDITS, 20]);
    session.heard(FrameRequest::Credit { feed: 1, seq: VP8_CREDITS });
    assert_eq!(hub.keyframe_wanted().await, Some(1));
}

#[test]
fn a_slow_page_gets_the_newest_decoded_picture_not_the_oldest() {
    let (mut session, mut sent, _hub) = session(FrameFormat::I420);
    // Makes the feed known; its content does not matter here.
    session.frame(frame(1, 0, false));
    for number in 1..=9 {
        session.decoded(picture(1, number));
    }
    for number in 1..=I420_CREDITS {
        assert_eq!(
            next(&mut sent).map(|(header, first)| (header.seq, u32::from(first))),
            Some((number, number))
        );
    }
    assert_eq!(next(&mut sent), None);
    session.heard(FrameRequest::Credit { feed: 1, seq: 1 });
    assert_eq!(next(&mut sent).map(|(header, first)| (header.seq, first)), Some((3, 9)));
}

#[test]
fn a_page_is_told_of_keyframes_that_cannot_be_decoded_as_far_as_it_gives_credit() {
    let (mut session, mut sent, hub) = session(FrameFormat::I420);
    session.frame(frame(1, 0, false));
    let broken = |keyframe| Decoded::Broken { feed: 1, timestamp_us: 7, keyframe };
    session.decoded(broken(false));
    assert!(sent.try_recv().is_err(), "a keyframe will follow");
    for _ in 0..10 {
        session.decoded(broken(true));
    }
    let mut told = || sent.try_recv().ok().map(|message| Header::read(&message).unwrap().0);
    for seq in 1..=I420_CREDITS {
        let header = told().unwrap();
        assert!(header.undecodable);
        assert_eq!((header.feed, header.seq), (1, seq));
    }
    assert_eq!(told(), None);
    session.heard(FrameRequest::Credit { feed: 1, seq: I420_CREDITS });
    session.decoded(picture(1, 9));
    assert_eq!(told().map(|header| (header.undecodable, header.seq)), Some((false, I420_CREDITS + 1)));
    assert_eq!(counted(&hub, "frames.undecodable"), 11);
}

#[tokio::test]
async fn a_tile_falls_back_to_decoded_pictures_alone() {
    let (mut session, mut sent, hub) = session(FrameFormat::Vp8);
    session.frame(frame(1, 0, true));
    session.frame(frame(2, 0, true));
    session.heard(FrameRequest::Format { feed: 1, format: FrameFormat::I420 });
    assert_eq!(hub.keyframe_wanted().await, Some(1));
    session.frame(frame(1, 1, false));
    session.frame(frame(2, 1, false));
    session.decoded(picture(1, 7));
    session.decoded(picture(2, 8));
    let got: Vec<_> =
        std::iter::from_fn(|| next(&mut sent)).map(|(header, _)| (header.feed, header.format)).collect();
    assert_eq!(
        got,
        [(1, FrameFormat::Vp8), (2, FrameFormat::Vp8), (2, FrameFormat::Vp8), (1, FrameFormat::I420)],
        "and a feed that decodes itself gets no picture",
    );
}

#[test]
fn what_a_page_makes_up_is_not_remembered_without_bound() {
    let (mut session, mut sent, _hub) = session(FrameFormat::Vp8);
    for feed in 0..10_000 {
        session.heard(FrameRequest::Credit { feed, seq: feed });
        session.heard(FrameRequest::Format { feed, format: FrameFormat::I420 });
        session.heard(FrameRequest::Keyframe { feed });
    }
    // A real feed goes on as before.
    session.frame(frame(20_000, 0, true));
    assert_eq!(next(&mut sent).map(|(header, _)| header.feed), Some(20_000));
}

#[test]
fn a_full_outbox_costs_frames_not_memory() {
    let (mut session, mut sent, _hub) = session(FrameFormat::Vp8);
    // More feeds than messages fit.
    for feed in 0..OUTBOX as u32 + 10 {
        session.frame(frame(feed, 0, true));
    }
    assert_eq!(std::iter::from_fn(|| next(&mut sent)).count(), OUTBOX);
}

/// What the hub counted under this name.
fn counted(hub: &FrameHub, name: &str) -> u64 {
    hub.counts().all().into_iter().find(|bound| bound.name == name).unwrap().count
}

#[tokio::test]
async fn what_a_page_out_of_sight_is_not_sent_is_counted_and_forgotten_with_the_meeting() {
    let (mut session, mut sent, hub) = session(FrameFormat::Vp8);
    for number in 0..1000 {
        session.frame(frame(1, number, number % 100 == 0));
    }
    assert_eq!(std::iter::from_fn(|| next(&mut sent)).count() as u32, VP8_CREDITS);
    assert_eq!(counted(&hub, "frames.not_taken"), u64::from(1000 - VP8_CREDITS));
    hub.reset();
    assert!(hub.counts().all().iter().all(|bound| bound.count == 0));
}

#[tokio::test]
async fn frames_and_requests_that_find_no_room_are_counted() {
    let hub = FrameHub::new();
    let (outbox, _sent) = mpsc::channel(OUTBOX);
    let (heard, inbox) = mpsc::channel(1);
    let running = tokio::spawn(Session::new(hub.clone(), FrameFormat::Vp8, outbox).run(inbox));
    tokio::task::yield_now().await;
    // The session does not run meanwhile, because this test has one thread.
    for number in 0..1000 {
        hub.publish(frame(1, number, false));
        hub.request_keyframe(1);
    }
    for feed in 0..200 {
        heard.send(FrameRequest::Keyframe { feed }).await.unwrap();
    }
    drop(heard);
    running.await.unwrap();
    assert!(counted(&hub, "frames.lagged") >= 1000 - 256, "{:?}", hub.counts());
    assert!(counted(&hub, "frames.keyframe_requests") > 900, "{:?}", hub.counts());
    assert!(counted(&hub, "frames.feeds") > 100, "{:?}", hub.counts());
}
