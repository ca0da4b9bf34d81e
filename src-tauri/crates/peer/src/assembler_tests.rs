#![allow(clippy::unwrap_used)]
use super::*;
use crate::packetizer::{MAX_FRAGMENT, Packetizer};
use holdfast_protocol::TrackSource;
use proptest::prelude::*;

const MS: Duration = Duration::from_millis(1);

/// Packets of `frames` frames. The frames with the numbers in `keyframes` are keyframes.
struct Sender {
    packetizer: Packetizer,
    sequence: u16,
    timestamp: u32,
}

impl Sender {
    fn starting_at(sequence: u16) -> Self {
        Self { packetizer: Packetizer::new(TrackSource::Camera), sequence, timestamp: 1000 }
    }

    fn frame(&mut self, keyframe: bool, packets: usize) -> (Vec<VideoPacket>, Bytes) {
        let mut data = vec![0x5a; (packets - 1) * MAX_FRAGMENT + 20];
        *data.first_mut().unwrap() = u8::from(!keyframe);
        *data.last_mut().unwrap() = self.timestamp.to_be_bytes()[3];
        let data = Bytes::from(data);
        self.timestamp = self.timestamp.wrapping_add(3000);
        let batch = self.packetizer.video(data.clone(), self.timestamp);
        assert_eq!(batch.packets.len(), packets);
        let packets = batch
            .packets
            .into_iter()
            .map(|packet| {
                let sequence = self.sequence;
                self.sequence = self.sequence.wrapping_add(1);
                VideoPacket {
                    sequence,
                    timestamp: packet.timestamp,
                    marker: packet.marker,
                    payload: packet.payload,
                }
            })
            .collect();
        (packets, data)
    }
}

fn feed(assembler: &mut FrameAssembler, packets: &[VideoPacket], now: Duration) -> Vec<Frame> {
    for packet in packets {
        assembler.handle_packet(packet.clone(), now);
    }
    std::iter::from_fn(|| assembler.poll_frame()).collect()
}

#[test]
fn frames_come_out_as_they_went_in() {
    let mut sender = Sender::starting_at(65_530);
    let mut assembler = FrameAssembler::new();
    for number in 0..20 {
        let (packets, data) = sender.frame(number == 0, 1 + number % 4);
        let frames = feed(&mut assembler, &packets, MS);
        assert_eq!(frames.len(), 1, "frame {number}");
        let frame = frames.first().unwrap();
        assert_eq!(frame.data, data);
        assert_eq!(frame.keyframe, number == 0);
    }
    assert!(!assembler.poll_keyframe_request(MS));
}

#[test]
fn a_stream_joined_in_the_middle_asks_for_a_keyframe_at_once_and_starts_there() {
    let mut sender = Sender::starting_at(10);
    let mut assembler = FrameAssembler::new();
    let (packets, _) = sender.frame(false, 2);
    assert!(feed(&mut assembler, &packets, MS).is_empty());
    assert!(assembler.poll_keyframe_request(MS));
    let (packets, _) = sender.frame(false, 1);
    assert!(feed(&mut assembler, &packets, 10 * MS).is_empty());
    assert!(!assembler.poll_keyframe_request(10 * MS), "rate limited");
    assert_eq!(assembler.poll_timeout(), Some(MS + FIRST_REPEAT));
    assert!(assembler.poll_keyframe_request(MS + FIRST_REPEAT));
    let (packets, _) = sender.frame(false, 1);
    assert!(feed(&mut assembler, &packets, 300 * MS).is_empty());
    assert!(!assembler.poll_keyframe_request(2 * FIRST_REPEAT + MS), "once more soon, then not so soon");
    assert_eq!(assembler.poll_timeout(), Some(MS + FIRST_REPEAT + REQUEST_INTERVAL));
    let (packets, data) = sender.frame(true, 3);
    let frames = feed(&mut assembler, &packets, 600 * MS);
    assert_eq!(frames.first().unwrap().data, data);
    assert!(!assembler.poll_keyframe_request(5000 * MS));
}

#[test]
fn a_track_that_sends_nothing_is_not_asked_again() {
    let mut sender = Sender::starting_at(10);
    let mut assembler = FrameAssembler::new();
    let (packets, _) = sender.frame(false, 1);
    feed(&mut assembler, &packets, MS);
    assert!(assembler.poll_keyframe_request(MS));
    assert_eq!(assembler.poll_timeout(), None);
    assert!(!assembler.poll_keyframe_request(60_000 * MS));
}

#[test]
fn a_repaired_hole_costs_nothing() {
    let mut sender = Sender::starting_at(1);
    let mut assembler = FrameAssembler::new();
    let (key, _) = sender.frame(true, 1);
    assert_eq!(feed(&mut assembler, &key, MS).len(), 1);
    let (mut delta, _) = sender.frame(false, 3);
    let lost = delta.remove(1);
    let (after, _) = sender.frame(false, 1);
    assert!(feed(&mut assembler, &delta, 2 * MS).is_empty());
    assert!(feed(&mut assembler, &after, 3 * MS).is_empty());
    assert_eq!(assembler.poll_timeout(), Some(2 * MS + REPAIR_WAIT));
    assembler.handle_timeout(200 * MS);
    assert_eq!(feed(&mut assembler, &[lost], 200 * MS).len(), 2);
    assert_eq!(assembler.counters.interruptions, 0);
    assert!(!assembler.poll_keyframe_request(300 * MS));
}

#[test]
fn a_hole_that_stays_interrupts_until_the_next_keyframe() {
    let mut sender = Sender::starting_at(1);
    let mut assembler = FrameAssembler::new();
    let (key, _) = sender.frame(true, 1);
    feed(&mut assembler, &key, MS);
    let (delta, _) = sender.frame(false, 3);
    feed(&mut assembler, &delta[..1], 2 * MS);
    let (after, _) = sender.frame(false, 1);
    assert!(feed(&mut assembler, &after, 3 * MS).is_empty());
    assert!(!assembler.poll_keyframe_request(3 * MS));
    let deadline = assembler.poll_timeout().unwrap();
    assembler.handle_timeout(deadline);
    assert!(assembler.poll_keyframe_request(deadline));
    assert_eq!(assembler.counters.interruptions, 1);
    // The late packets are useless now, and interframes still cannot be shown.
    assert!(feed(&mut assembler, &delta[1..], deadline).is_empty());
    let (more, _) = sender.frame(false, 2);
    assert!(feed(&mut assembler, &more, deadline + MS).is_empty());
    let (key, data) = sender.frame(true, 4);
    let frames = feed(&mut assembler, &key, deadline + 2 * MS);
    assert_eq!(frames.len(), 1);
    assert_eq!(frames.first().unwrap().data, data);
}

#[test]
fn a_whole_keyframe_after_a_hole_is_shown_without_waiting() {
    let mut sender = Sender::starting_at(1);
    let mut assembler = FrameAssembler::new();
    let (key, _) = sender.frame(true, 1);
    feed(&mut assembler, &key, MS);
    let (_lost, _) = sender.frame(false, 2);
    let (key, _) = sender.frame(true, 2);
    let frames = feed(&mut assembler, &key, 2 * MS);
    assert_eq!(frames.len(), 1);
    assert!(frames.first().unwrap().keyframe);
}

#[test]
fn a_keyframe_that_came_before_its_first_packet_is_found() {
    let mut sender = Sender::starting_at(1);
    let mut assembler = FrameAssembler::new();
    let (mut key, data) = sender.frame(true, 3);
    let first = key.remove(0);
    assert!(feed(&mut assembler, &key, MS).is_empty());
    let frames = feed(&mut assembler, &[first], 2 * MS);
    assert_eq!(frames.first().unwrap().data, data);
}

#[test]
fn a_frame_without_its_beginning_is_not_shown() {
    let mut sender = Sender::starting_at(1);
    let mut assembler = FrameAssembler::new();
    let (key, _) = sender.frame(true, 1);
    feed(&mut assembler, &key, MS);
    let (mut headless, _) = sender.frame(false, 2);
    headless.remove(0);
    for packet in &mut headless {
        packet.sequence -= 1;
    }
    assert!(feed(&mut assembler, &headless, MS).is_empty());
    assert!(assembler.poll_keyframe_request(MS));
}

#[test]
fn padding_fills_its_place() {
    let mut sender = Sender::starting_at(1);
    let mut assembler = FrameAssembler::new();
    let (key, _) = sender.frame(true, 1);
    feed(&mut assembler, &key, MS);
    let padding = VideoPacket {
        sequence: sender.sequence,
        timestamp: sender.timestamp,
        marker: false,
        payload: Bytes::new(),
    };
    sender.sequence += 1;
    let (delta, _) = sender.frame(false, 1);
    feed(&mut assembler, &[padding], MS);
    assert_eq!(feed(&mut assembler, &delta, MS).len(), 1);
}

#[test]
fn a_sender_that_begins_anew_is_followed() {
    let mut assembler = FrameAssembler::new();
    let (key, _) = Sender::starting_at(40_000).frame(true, 1);
    feed(&mut assembler, &key, MS);
    let mut second = Sender::starting_at(100);
    let (delta, _) = second.frame(false, 1);
    assert!(feed(&mut assembler, &delta, 2 * MS).is_empty());
    assert!(assembler.poll_keyframe_request(2 * MS));
    let (key, _) = second.frame(true, 1);
    assert_eq!(feed(&mut assembler, &key, 3 * MS).len(), 1);
}

#[test]
fn a_thrown_away_frame_means_waiting_for_a_keyframe() {
    let mut sender = Sender::starting_at(1);
    let mut assembler = FrameAssembler::new();
    let (key, _) = sender.frame(true, 1);
    feed(&mut assembler, &key, MS);
    assembler.interrupt();
    assert!(assembler.poll_keyframe_request(MS));
    let (delta, _) = sender.frame(false, 1);
    assert!(feed(&mut assembler, &delta, 2 * MS).is_empty());
    let (key, _) = sender.frame(true, 1);
    assert_eq!(feed(&mut assembler, &key, 3 * MS).len(), 1);
}

proptest! {
    /// Packets may be lost, duplicated or reordered. Still, every frame that comes out is one that went in, in order.
    /// And no interframe follows a frame that did not come out.
    #[test]
    fn only_decodable_sequences_come_out(
        frames in prop::collection::vec((any::<bool>(), 1usize..5), 1..40),
        fates in prop::collection::vec(0u8..20, 200),
        start: u16,
    ) {
        let mut sender = Sender::starting_at(start);
        let mut sent = Vec::new();
        let mut wire = Vec::new();
        for (keyframe, packets) in frames {
            let (packets, data) = sender.frame(keyframe, packets);
            sent.push((keyframe, packets.first().unwrap().timestamp, data));
            wire.extend(packets);
        }
        let mut order: Vec<VideoPacket> = Vec::new();
        for (index, packet) in wire.into_iter().enumerate() {
            match fates.get(index % fates.len()).copied().unwrap_or(9) {
                0 => {}
                1 => { order.push(packet.clone()); order.push(packet); }
                2 => { let at = order.len().saturating_sub(3); order.insert(at, packet); }
                _ => order.push(packet),
            }
        }
        let mut assembler = FrameAssembler::new();
        let mut out = Vec::new();
        let mut now = MS;
        for packet in order {
            now += 20 * MS;
            assembler.handle_timeout(now);
            assembler.handle_packet(packet, now);
            out.extend(std::iter::from_fn(|| assembler.poll_frame()));
        }
        let mut last: Option<usize> = None;
        for frame in out {
            let position = sent.iter().position(|(_, ts, _)| *ts == frame.timestamp).unwrap();
            let (keyframe, _, data) = sent.get(position).unwrap();
            prop_assert_eq!(&frame.data, data);
            prop_assert_eq!(frame.keyframe, *keyframe);
            prop_assert!(last.is_none_or(|last| position > last));
            prop_assert!(frame.keyframe || last == position.checked_sub(1));
            last = Some(position);
        }
    }

    #[test]
    fn any_packets_are_survived(
        packets in prop::collection::vec((any::<u16>(), any::<u32>(), any::<bool>(), prop::collection::vec(any::<u8>(), 0..8)), 0..300)
    ) {
        let mut assembler = FrameAssembler::new();
        let mut now = Duration::ZERO;
        for (sequence, timestamp, marker, payload) in packets {
            now += 10 * MS;
            assembler.handle_timeout(now);
            assembler.handle_packet(VideoPacket { sequence, timestamp, marker, payload: payload.into() }, now);
            assembler.poll_keyframe_request(now);
            while assembler.poll_frame().is_some() {}
            prop_assert!(assembler.held.len() <= MAX_HELD);
        }
    }
}

#[test]
fn what_was_lost_in_an_outage_is_not_waited_for() {
    let mut sender = Sender::starting_at(10);
    let mut assembler = FrameAssembler::new();
    let (packets, _) = sender.frame(true, 2);
    assert_eq!(feed(&mut assembler, &packets, MS).len(), 1);
    // Requested just before the path went down, so the request is lost.
    assembler.want_keyframe();
    assert!(assembler.poll_keyframe_request(10 * MS));
    for _ in 0..5 {
        sender.frame(false, 2);
    }
    let (packets, _) = sender.frame(false, 2);
    assert!(feed(&mut assembler, &packets, OUTAGE + MS).is_empty());
    assert!(assembler.poll_keyframe_request(OUTAGE + MS), "at once");
    let (packets, _) = sender.frame(true, 2);
    assert_eq!(feed(&mut assembler, &packets, OUTAGE + 20 * MS).len(), 1);
    assert_eq!(assembler.poll_timeout(), None);
}

#[test]
fn a_pause_in_which_nothing_was_sent_costs_no_keyframe() {
    let mut sender = Sender::starting_at(10);
    let mut assembler = FrameAssembler::new();
    let (packets, _) = sender.frame(true, 2);
    assert_eq!(feed(&mut assembler, &packets, MS).len(), 1);
    let (packets, _) = sender.frame(false, 2);
    assert_eq!(feed(&mut assembler, &packets, 100 * OUTAGE).len(), 1);
    assert!(!assembler.poll_keyframe_request(100 * OUTAGE));
}
