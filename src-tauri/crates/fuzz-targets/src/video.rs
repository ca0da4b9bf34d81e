//! Incoming video packets: payload descriptor, order, loss, frames.

use std::time::Duration;

use arbitrary::Arbitrary;
use bytes::Bytes;

use holdfast_peer_machine::losses::OUTAGE;

use crate::assembler::{FIRST_REPEAT, FrameAssembler, MAX_HELD, REQUEST_INTERVAL, VideoPacket};
use crate::payloads::operations;
use crate::vp8::{is_keyframe, parse_descriptor, write_descriptor};

/// Packets and events per input; the bound is for the fuzzer's speed only.
const OPERATIONS: usize = 400;

#[derive(Arbitrary, Debug)]
enum Operation<'a> {
    /// The packet after the last one: what a working sender sends.
    Next {
        starts: bool,
        key: bool,
        marker: bool,
        later: bool,
    },
    /// A packet out of order.
    Jump {
        by: i8,
        starts: bool,
        key: bool,
        marker: bool,
    },
    /// Nothing after `Next` is what the sender would have sent.
    Far {
        sequence: u16,
        timestamp: u32,
    },
    /// A payload that may be anything.
    Payload {
        payload: &'a [u8],
        marker: bool,
    },
    Padding,
    /// The same number of complete frames, so that long runs cost few bytes.
    Run {
        frames: u8,
    },
    Skip(u8),
    Pass(u16),
    Timeout,
    WantKeyframe,
    Interrupt,
}

/// A sender as far as it makes sense, and the assembler.
struct Stream {
    assembler: FrameAssembler,
    now: Duration,
    sequence: u16,
    timestamp: u32,
    last_sent: u16,
    /// When the last packet came that was of use: not late, not the second of its kind, not broken.
    useful_at: Duration,
    /// Whole frames that came of packets.
    frames: u64,
    /// The next frame that comes out has to be a keyframe.
    keyframe_due: bool,
    /// When a keyframe was asked for: the time before the last, and the last.
    asked_at: [Option<Duration>; 2],
}

/// Any packets in any order at any time.
pub fn video_packets(data: &[u8]) {
    let mut stream = Stream {
        assembler: FrameAssembler::new(),
        now: Duration::from_secs(1),
        sequence: 0,
        timestamp: 0,
        last_sent: 0,
        useful_at: Duration::ZERO,
        frames: 0,
        keyframe_due: true,
        asked_at: [None; 2],
    };
    for operation in operations(data, OPERATIONS) {
        stream.apply(operation);
        stream.look();
    }
    stream.settle();
}

impl Stream {
    fn apply(&mut self, operation: Operation<'_>) {
        match operation {
            Operation::Next { starts, key, marker, later } => {
                self.timestamp = self.timestamp.wrapping_add(if later { 3000 } else { 0 });
                self.sequence = self.sequence.wrapping_add(1);
                self.send(self.sequence, part(starts, key), marker);
            }
            Operation::Jump { by, starts, key, marker } => {
                self.send(self.sequence.wrapping_add_signed(by.into()), part(starts, key), marker);
            }
            Operation::Far { sequence, timestamp } => (self.sequence, self.timestamp) = (sequence, timestamp),
            Operation::Payload { payload, marker } => {
                if let Some(descriptor) = parse_descriptor(payload) {
                    assert!(descriptor.offset < payload.len());
                    assert!(descriptor.starts_frame || !descriptor.starts_keyframe);
                }
                self.sequence = self.sequence.wrapping_add(1);
                self.send(self.sequence, Bytes::copy_from_slice(payload), marker);
            }
            Operation::Padding => {
                self.sequence = self.sequence.wrapping_add(1);
                self.send(self.sequence, Bytes::new(), false);
            }
            Operation::Run { frames } => {
                for frame in 0..frames {
                    self.timestamp = self.timestamp.wrapping_add(3000);
                    self.sequence = self.sequence.wrapping_add(1);
                    self.send(self.sequence, part(true, frame == 0), true);
                    self.look();
                }
            }
            Operation::Skip(packets) => self.sequence = self.sequence.wrapping_add(packets.into()),
            Operation::Pass(ms) => self.now += Duration::from_millis(ms.into()),
            Operation::Timeout => self.fire(),
            Operation::WantKeyframe => self.assembler.want_keyframe(),
            Operation::Interrupt => {
                self.assembler.interrupt();
                self.keyframe_due = true;
            }
        }
    }

    fn send(&mut self, sequence: u16, payload: Bytes, marker: bool) {
        self.last_sent = sequence;
        let packet = VideoPacket { sequence, timestamp: self.timestamp, marker, payload };
        self.assembler.take_counters();
        self.assembler.handle_packet(packet, self.now);
        if self.now >= self.useful_at + OUTAGE {
            // What was asked before the path was down was not heard.
            self.asked_at = [None; 2];
        }
        let counted = self.assembler.take_counters();
        self.frames += counted.frames;
        if counted.useless == 0 {
            // What comes late or twice says nothing about the path.
            self.useful_at = self.now;
        }
    }

    /// Goes to the next timeout, and sees that it has led somewhere.
    fn fire(&mut self) {
        let Some(at) = self.assembler.poll_timeout() else { return };
        self.now = self.now.max(at);
        self.assembler.handle_timeout(self.now);
        self.look();
        assert!(
            self.assembler.poll_timeout().is_none_or(|next| next > self.now),
            "a timeout that changes nothing"
        );
    }

    /// Takes what there is to take.
    fn look(&mut self) {
        while let Some(frame) = self.assembler.poll_frame() {
            assert!(
                frame.keyframe || !self.keyframe_due,
                "cannot be decoded: a keyframe is missing before it"
            );
            assert!(!frame.data.is_empty());
            assert!(!frame.keyframe || is_keyframe(&frame.data));
            self.keyframe_due = false;
        }
        if self.assembler.poll_keyframe_request(self.now) {
            let [before, last] = self.asked_at;
            assert!(last.is_none_or(|at| self.now >= at + FIRST_REPEAT), "asked too soon");
            assert!(before.is_none_or(|at| self.now >= at + REQUEST_INTERVAL), "asked too often");
            self.asked_at = [last, Some(self.now)];
        }
    }

    /// When nothing comes any more, every wait ends. A clean keyframe is always shown.
    fn settle(&mut self) {
        // One hole after the other is given up; there cannot be more of them than packets that are held.
        for _ in 0..MAX_HELD {
            self.fire();
        }
        assert!(self.assembler.poll_timeout().is_none(), "waits although nothing comes");
        self.assembler.interrupt();
        self.keyframe_due = true;
        // Further on than anything that is held, as after a long silence.
        self.sequence = self.last_sent.wrapping_add(20_000);
        self.timestamp = self.timestamp.wrapping_add(90_000);
        let frames = self.frames;
        self.send(self.sequence, part(true, true), true);
        assert_eq!(self.frames, frames + 1, "a whole keyframe is not shown");
        self.look();
    }
}

/// A payload with a descriptor as we write it and one byte of frame.
fn part(starts: bool, key: bool) -> Bytes {
    let mut payload = write_descriptor(starts, 7).to_vec();
    payload.push(u8::from(!key));
    payload.into()
}
