//! One remote participant's sound: takes packets, gives statistics, and has a place in the mix.

use super::{
    AudioError, FRAME, Mixer, Track, Voice, WavWriter,
    codec::packet_samples,
    dbfs, dominant_hz,
    jitter::{JitterBuffer, JitterCounts},
    lock,
};
use bytes::Bytes;
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// Level and tone are measured over the last 100 ms.
const MEASURED: usize = 5 * FRAME;
/// A payload longer than six full Opus frames is no audio packet.
const LONGEST_PAYLOAD: usize = 6 * super::MAX_PACKET;

/// What we know about the sound of a remote participant.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct RemoteAudioStats {
    /// Level of the last 100 ms before volume and mute, in dBFS; -100 is silence.
    pub dbfs: f32,
    /// Strongest tone of the last 100 ms in Hz, 0 when there is none.
    pub hz: f32,
    /// Share of the sound so far that had to be made up, 0 to 1. Silence on purpose does not count.
    pub concealed: f32,
    /// Interarrival jitter in milliseconds (RFC 3550, section 6.4.1).
    pub jitter_ms: f32,
    /// Sound waiting to be heard, in milliseconds.
    pub buffered_ms: f32,
    /// How much the jitter buffer wants to wait, in milliseconds.
    pub target_ms: f32,
    /// Packets that were not Opus.
    pub damaged: u64,
    /// Packets received, of any kind.
    pub received: u64,
    /// Packets that were not there when due.
    pub lost: u64,
    /// Lost packets that were rebuilt from redundancy.
    pub recovered: u64,
    /// Packets that came after their turn.
    pub late: u64,
    /// Packets that came twice.
    pub duplicate: u64,
    /// Packets thrown away because too many were waiting.
    pub overflow: u64,
}

/// A remote in a [`super::Playout`]; dropping it takes the remote out of the mix.
pub struct RemoteAudio {
    shared: Arc<Shared>,
}

struct Shared {
    epoch: Instant,
    buffer: Mutex<JitterBuffer>,
    volume: AtomicU32,
    muted: AtomicBool,
    gone: AtomicBool,
    ahead: AtomicUsize,
    damaged: AtomicU64,
    heard: Mutex<Heard>,
    recorder: Mutex<Option<WavWriter>>,
}

/// The last 100 ms, oldest sample at `oldest`.
struct Heard {
    samples: [f32; MEASURED],
    oldest: usize,
}

impl RemoteAudio {
    /// A remote and its seat. `epoch` is the zero of the seat's clock.
    pub(super) fn new(epoch: Instant) -> (Self, Seat) {
        let shared = Arc::new(Shared {
            epoch,
            buffer: Mutex::new(JitterBuffer::new()),
            volume: AtomicU32::new(1.0f32.to_bits()),
            muted: AtomicBool::new(false),
            gone: AtomicBool::new(false),
            ahead: AtomicUsize::new(0),
            damaged: AtomicU64::new(0),
            heard: Mutex::new(Heard { samples: [0.0; MEASURED], oldest: 0 }),
            recorder: Mutex::new(None),
        });
        let voice = Voice::new().inspect_err(|_| tracing::error!("no decoder, a remote stays silent")).ok();
        let seat = Seat { shared: Arc::clone(&shared), voice, track: Track::default(), frame: [0.0; FRAME] };
        (Self { shared }, seat)
    }

    /// Takes a packet from the network, in any order. Never waits for decoding.
    pub fn push(&self, sequence: u16, timestamp: u32, payload: &[u8]) {
        let samples = if payload.len() <= LONGEST_PAYLOAD { packet_samples(payload) } else { None };
        let Some(samples) = samples else {
            self.shared.damaged.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let payload = Bytes::copy_from_slice(payload);
        let now = self.shared.epoch.elapsed();
        lock(&self.shared.buffer).insert(sequence, timestamp, payload, samples, now);
    }

    /// Sets the volume: 0 is silent, 1 as sent, 2 the loudest. Values outside are clamped; NaN counts as 1.
    pub fn set_volume(&self, volume: f32) {
        self.shared.volume.store(volume.to_bits(), Ordering::Relaxed);
    }

    /// Leaves the remote out of the mix, or takes it in again. Statistics and recording go on.
    pub fn set_muted(&self, muted: bool) {
        self.shared.muted.store(muted, Ordering::Relaxed);
    }

    /// Measures. This costs up to a millisecond, so call it only a few times per second.
    #[must_use]
    pub fn stats(&self) -> RemoteAudioStats {
        let samples = lock(&self.shared.heard).in_order();
        let (counts, buffered, target, jitter_ms) = {
            let buffer = lock(&self.shared.buffer);
            (buffer.counts(), buffer.buffered(), buffer.target(), buffer.jitter_ms())
        };
        let JitterCounts { received, lost, recovered, late, duplicate, overflow, .. } = counts;
        let waiting = buffered + self.shared.ahead.load(Ordering::Relaxed) as i64;
        RemoteAudioStats {
            dbfs: dbfs(&samples),
            hz: dominant_hz(&samples, super::SAMPLE_RATE),
            concealed: counts.concealed(),
            jitter_ms,
            buffered_ms: waiting as f32 / 48.0,
            target_ms: target as f32 / 48.0,
            damaged: self.shared.damaged.load(Ordering::Relaxed),
            received,
            lost,
            recovered,
            late,
            duplicate,
            overflow,
        }
    }

    /// Packets received so far, of any kind. Very cheap, unlike [`Self::stats`].
    #[must_use]
    pub fn packets(&self) -> u64 {
        lock(&self.shared.buffer).counts().received
    }

    /// Level of the last 100 ms before volume and mute, in dBFS; -100 is silence. Cheap, unlike [`Self::stats`].
    #[must_use]
    pub fn level(&self) -> f32 {
        dbfs(&lock(&self.shared.heard).samples)
    }

    /// Records this remote as it is sent, before volume and mute, from now on. Ends an earlier recording. The file is
    /// complete once [`Self::end_recording`] returns or the remote is dropped.
    ///
    /// # Errors
    /// [`AudioError::FileUnwritable`] or [`AudioError::NoThread`].
    pub fn record_to(&self, path: PathBuf) -> Result<(), AudioError> {
        let recorder = WavWriter::create(&path)?;
        let before = lock(&self.shared.recorder).replace(recorder);
        // Completing the earlier file may take a while, so it happens without the lock.
        drop(before);
        Ok(())
    }

    /// Completes the file of the recording, if there is one.
    pub fn end_recording(&self) {
        let recorder = lock(&self.shared.recorder).take();
        drop(recorder);
    }
}

impl Drop for RemoteAudio {
    fn drop(&mut self) {
        self.shared.gone.store(true, Ordering::Release);
        self.end_recording();
    }
}

impl Heard {
    fn add(&mut self, frame: &[f32; FRAME]) {
        self.samples[self.oldest..self.oldest + FRAME].copy_from_slice(frame);
        self.oldest = (self.oldest + FRAME) % MEASURED;
    }

    fn in_order(&self) -> Vec<f32> {
        [&self.samples[self.oldest..], &self.samples[..self.oldest]].concat()
    }
}

/// A remote's place in the mix; belongs to the mixing thread.
pub(super) struct Seat {
    shared: Arc<Shared>,
    voice: Option<Voice>,
    track: Track,
    frame: [f32; FRAME],
}

impl Seat {
    /// Adds the next 20 ms to the mix. False if the remote has left and this was its last frame, which fades out.
    pub(super) fn play(&mut self, mixer: &mut Mixer, now: Duration) -> bool {
        let gone = self.shared.gone.load(Ordering::Acquire);
        if let Some(voice) = &mut self.voice {
            voice.pull(&self.shared.buffer, now, &mut self.frame);
            self.shared.ahead.store(voice.ahead(), Ordering::Relaxed);
        }
        lock(&self.shared.heard).add(&self.frame);
        if let Some(recorder) = lock(&self.shared.recorder).as_mut() {
            recorder.write(&self.frame);
        }
        let silent = gone || self.shared.muted.load(Ordering::Relaxed);
        let volume = if silent { 0.0 } else { f32::from_bits(self.shared.volume.load(Ordering::Relaxed)) };
        mixer.add(&mut self.track, &self.frame, volume);
        !gone
    }
}
