//! Incoming sound: jitter buffer, Opus, concealment.

use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use arbitrary::Arbitrary;
use bytes::Bytes;
use holdfast_media::audio::{
    FRAME, FRAME_DURATION, FrameSource, OpusEncoder, Tone, Voice, has_redundancy, jitter::JitterBuffer,
    packet_samples,
};

use crate::payloads::operations;

/// Packets and events per input; the bound is for the fuzzer's speed only.
const OPERATIONS: usize = 200;
/// Packets or frames in a row; decoding takes its time, too.
const RUN: u8 = 16;
/// More than a decoder may be ahead: one packet of 120 ms, stretched, and a frame.
const AHEAD: usize = 2 * 5760 + FRAME;

/// Packets of a working sender.
static SPEECH: LazyLock<Vec<Bytes>> = LazyLock::new(|| {
    let (Ok(mut encoder), mut tone) = (OpusEncoder::new(), Tone::new(440.0)) else { return Vec::new() };
    let mut frame = [0.0; FRAME];
    (0..16)
        .filter_map(|_| {
            tone.next_frame(&mut frame).ok()?;
            encoder.encode(&frame).ok()
        })
        .collect()
});

#[derive(Arbitrary, Debug)]
enum Operation<'a> {
    /// The next packets of a working sender, and the sound is played meanwhile.
    Talk {
        packets: u8,
    },
    /// A packet out of order.
    Jump {
        by: i8,
    },
    /// The sender goes on from here.
    Far {
        sequence: u16,
        timestamp: u32,
    },
    /// The next packet, but with this in it.
    Payload(&'a [u8]),
    /// Packets never sent.
    Skip(u8),
    /// Silence on purpose.
    Pause(u16),
    Play(u8),
    /// The mixing thread is late.
    Pass(u16),
}

struct Line {
    buffer: Mutex<JitterBuffer>,
    voice: Voice,
    now: Duration,
    sequence: u16,
    timestamp: u32,
    pushed: u64,
}

/// Any packets in any order at any time.
pub fn audio_packets(data: &[u8]) {
    let Ok(voice) = Voice::new() else { panic!("no decoder") };
    let buffer = Mutex::new(JitterBuffer::new());
    let mut line = Line { buffer, voice, now: Duration::ZERO, sequence: 0, timestamp: 0, pushed: 0 };
    for operation in operations(data, OPERATIONS) {
        line.apply(operation);
        line.check();
    }
}

impl Line {
    fn apply(&mut self, operation: Operation<'_>) {
        match operation {
            Operation::Talk { packets } => {
                for _ in 0..packets % RUN {
                    self.next(None);
                    self.play();
                }
            }
            Operation::Jump { by } => {
                let steps = i32::from(by);
                self.push(
                    self.sequence.wrapping_add_signed(by.into()),
                    self.timestamp.wrapping_add_signed(steps * FRAME as i32),
                    None,
                );
            }
            Operation::Far { sequence, timestamp } => (self.sequence, self.timestamp) = (sequence, timestamp),
            Operation::Payload(payload) => self.next(Some(payload)),
            Operation::Skip(packets) => {
                self.sequence = self.sequence.wrapping_add(packets.into());
                self.timestamp = self.timestamp.wrapping_add(u32::from(packets) * FRAME as u32);
            }
            Operation::Pause(samples) => self.timestamp = self.timestamp.wrapping_add(samples.into()),
            Operation::Play(frames) => (0..frames % RUN).for_each(|_| self.play()),
            Operation::Pass(ms) => self.now += Duration::from_millis(ms.into()),
        }
    }

    fn next(&mut self, payload: Option<&[u8]>) {
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(FRAME as u32);
        self.push(self.sequence, self.timestamp, payload);
    }

    /// As `RemoteAudio::push`, with our clock.
    fn push(&mut self, sequence: u16, timestamp: u32, payload: Option<&[u8]>) {
        let speech = SPEECH.get(usize::from(sequence) % SPEECH.len().max(1)).cloned().unwrap_or_default();
        let payload = payload.map_or(speech, Bytes::copy_from_slice);
        let redundancy = has_redundancy(&payload);
        let Some(samples) = packet_samples(&payload) else { return };
        assert!(samples <= 5760 && (samples > 0 || !redundancy));
        self.pushed += 1;
        let Ok(mut buffer) = self.buffer.lock() else { panic!("poisoned") };
        buffer.insert(sequence, timestamp, payload, samples, self.now);
    }

    fn play(&mut self) {
        let mut frame = [f32::NAN; FRAME];
        self.voice.pull(&self.buffer, self.now, &mut frame);
        assert!(frame.iter().all(|sample| sample.is_finite()), "the mixer must not see this");
        self.now += FRAME_DURATION;
    }

    fn check(&self) {
        let Ok(buffer) = self.buffer.lock() else { panic!("poisoned") };
        let counts = buffer.counts();
        assert_eq!(counts.received, self.pushed);
        assert!(counts.late + counts.duplicate + counts.astray + counts.overflow <= counts.received);
        assert!(counts.recovered <= counts.lost);
        assert!((0.0..=1.0).contains(&counts.concealed()));
        assert!(buffer.waiting_packets() <= 100, "the buffer grows");
        assert!((0..=100 * 5760).contains(&buffer.buffered()));
        assert!((1440..=19_200).contains(&buffer.target()), "target {}", buffer.target());
        assert!(buffer.jitter_ms().is_finite() && buffer.jitter_ms() >= 0.0);
        assert!(self.voice.ahead() <= AHEAD, "{} samples ahead", self.voice.ahead());
    }
}
