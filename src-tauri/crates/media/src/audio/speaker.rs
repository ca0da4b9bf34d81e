//! The speaker: a ring that the mixer fills, and a device callback that empties it.
//!
//! The device's clock sets the pace: a frame is mixed whenever the ring runs low. While there is no device, or it does
//! not pull, a timer sets the pace, so that everything else (statistics, recordings, the delays of the other ends) goes
//! on.

use super::{
    AudioError, FRAME,
    choice::Choice,
    device::{self, BUILD_PATIENCE, Open},
    lock,
    pacing::{EndSignal, Pacer, Worker},
    resample::Resampler,
    supervisor::{Health, Losses, keep_open},
};
use cpal::{
    Data, DeviceDirection, FromSample, I24, SampleFormat, SizedSample,
    traits::{DeviceTrait, StreamTrait},
};
use rtrb::{Consumer, Producer, RingBuffer};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread::Thread,
    time::Instant,
};

/// The ring holds eight frames; two to four of them are used.
const RING_FRAMES: usize = 8;
/// A device that has not pulled for this long does not set the pace until it pulls again.
const NOT_PULLING: std::time::Duration = std::time::Duration::from_millis(100);

const LOSSES: Losses = Losses { absent: AudioError::NoSpeaker, lost: AudioError::SpeakerLost };

/// How little may be left in the ring before the next frame is mixed. It starts at half a frame and grows with every
/// audible gap, because the gap shows how late this machine's threads run.
#[derive(Debug)]
struct Margin {
    percent_of_frame: usize,
    heard: u64,
    calm: u32,
}

impl Margin {
    const LEAST: usize = 50;
    const MOST: usize = 250;
    const STEP: usize = 50;
    /// After this many frames without a gap (one minute) it tries one step less.
    const CALM: u32 = 3000;

    fn new() -> Self {
        Self { percent_of_frame: Self::LEAST, heard: 0, calm: 0 }
    }

    /// Called for every frame with the count of gaps so far. Returns the margin in percent of a frame.
    fn after(&mut self, gaps: u64) -> usize {
        if gaps != self.heard {
            (self.heard, self.calm) = (gaps, 0);
            self.percent_of_frame = (self.percent_of_frame + Self::STEP).min(Self::MOST);
        } else {
            self.calm += 1;
            if self.calm == Self::CALM {
                self.calm = 0;
                self.percent_of_frame = (self.percent_of_frame - Self::STEP).max(Self::LEAST);
            }
        }
        self.percent_of_frame
    }
}

/// What the mixer and the callback share.
#[derive(Default)]
struct Shared {
    /// Callbacks so far.
    pulls: AtomicU64,
    /// Callbacks that found too few samples.
    gaps: AtomicU64,
    /// The callback wakes the mixer at this many samples or fewer.
    low: AtomicUsize,
}

/// The writing end of one stream.
struct Feed {
    ring: Producer<f32>,
    resampler: Resampler,
    shared: Arc<Shared>,
    frame: usize,
}

impl Feed {
    /// Samples written and not yet pulled.
    fn waiting(&self) -> usize {
        self.ring.buffer().capacity() - self.ring.slots()
    }
}

/// Where the supervisor puts a new feed and the mixer finds it.
#[derive(Clone, Default)]
pub(super) struct Incoming(Arc<Mutex<Option<Feed>>>);

/// The mixer's side.
pub(super) struct SpeakerWriter {
    incoming: Incoming,
    feed: Option<Feed>,
    margin: Margin,
    timer: Pacer,
    /// How many callbacks there were, and when it last saw one; no time while the timer sets the pace.
    pulls: u64,
    pulled: Option<Instant>,
    converted: Vec<f32>,
}

impl SpeakerWriter {
    pub(super) fn new(incoming: Incoming) -> Self {
        Self {
            incoming,
            feed: None,
            margin: Margin::new(),
            timer: Pacer::default(),
            pulls: 0,
            pulled: None,
            converted: Vec::new(),
        }
    }

    /// Waits until a frame is due.
    pub(super) fn wait(&mut self, stop: &EndSignal) {
        if let Some(feed) = lock(&self.incoming.0).take() {
            (self.margin.heard, self.pulls, self.pulled) = (0, 0, Some(Instant::now()));
            self.feed = Some(feed);
        }
        self.feed.take_if(|feed| feed.ring.is_abandoned());
        let Some(feed) = &mut self.feed else {
            self.timer.wait(stop);
            return;
        };
        let low = feed.frame * self.margin.after(feed.shared.gaps.load(Ordering::Relaxed)) / 100;
        feed.shared.low.store(low, Ordering::Relaxed);
        loop {
            let pulls = feed.shared.pulls.load(Ordering::Relaxed);
            if pulls != std::mem::replace(&mut self.pulls, pulls) {
                self.pulled = Some(Instant::now());
            }
            let Some(pulled) = self.pulled else {
                self.timer.wait(stop);
                return;
            };
            if stop.is_set() || feed.waiting() <= low {
                self.timer.restart();
                return;
            }
            if pulled.elapsed() >= NOT_PULLING {
                self.pulled = None;
                continue;
            }
            stop.wait_until(pulled + NOT_PULLING, || {
                feed.waiting() <= low || feed.shared.pulls.load(Ordering::Relaxed) != pulls
            });
        }
    }

    /// Queues a frame. While the device does not pull, the frame is dropped: it would be too old when the device pulls
    /// again.
    pub(super) fn write(&mut self, frame: &[f32; FRAME]) {
        let Some(feed) = self.feed.as_mut().filter(|_| self.pulled.is_some()) else { return };
        self.converted.resize(feed.resampler.gives_at_most(), 0.0);
        let length = feed.resampler.process(frame, &mut self.converted);
        _ = feed.ring.push_partial_slice(&self.converted[..length]);
    }
}

/// Opens the speaker and keeps it open; each stream's ring goes to `incoming`, and `mixer` is woken.
pub(super) fn open(
    choice: &Choice,
    incoming: Incoming,
    mixer: Thread,
    tell: impl FnMut(Result<(), AudioError>) + Send + 'static,
) -> Result<Worker, AudioError> {
    let (theirs, choice) = (choice.clone(), choice.clone());
    let open = move |health: &Arc<Health>| open_stream(&choice, &incoming, &mixer, health);
    keep_open("speaker", LOSSES, theirs, open, tell)
}

fn open_stream(
    choice: &Choice,
    incoming: &Incoming,
    mixer: &Thread,
    health: &Arc<Health>,
) -> Result<Open, AudioError> {
    let found = device::find(choice, DeviceDirection::Output).ok_or(AudioError::NoSpeaker)?;
    let shape = device::shape(&found.device, DeviceDirection::Output).ok_or(AudioError::NoSpeaker)?;
    let stream = device::with_fallback(shape.config, |config| {
        let resampler = Resampler::from_frames(config.sample_rate)
            .map_err(|_| cpal::Error::new(cpal::ErrorKind::UnsupportedOperation))?;
        let frame = config.sample_rate as usize / 50;
        let (producer, ring) = RingBuffer::new(RING_FRAMES * resampler.gives_at_most().max(frame));
        let shared = Arc::new(Shared::default());
        let mut reader = Reader {
            ring,
            channels: usize::from(config.channels.max(1)),
            started: false,
            mixer: mixer.clone(),
            shared: Arc::clone(&shared),
            health: Arc::clone(health),
        };
        let failing = Arc::clone(health);
        let stream = found.device.build_output_stream_raw(
            config,
            shape.format,
            move |data, _| reader.fill(data),
            move |error| {
                if device::is_fatal(&error) {
                    failing.fail();
                }
            },
            Some(BUILD_PATIENCE),
        )?;
        *lock(&incoming.0) = Some(Feed { ring: producer, resampler, shared, frame });
        Ok(stream)
    });
    let started = stream.and_then(|stream| stream.play().map(|()| stream));
    match started {
        Ok(stream) => Ok(Open::new(stream, found)),
        Err(error) => Err(device::open_error(&error, AudioError::NoSpeaker, AudioError::SpeakerDenied)),
    }
}

/// The device callback's side: never allocates, locks or logs.
struct Reader {
    ring: Consumer<f32>,
    channels: usize,
    started: bool,
    mixer: Thread,
    shared: Arc<Shared>,
    health: Arc<Health>,
}

impl Reader {
    fn fill(&mut self, data: &mut Data) {
        match data.sample_format() {
            SampleFormat::F32 => self.read::<f32>(data),
            SampleFormat::I16 => self.read::<i16>(data),
            SampleFormat::I32 => self.read::<i32>(data),
            SampleFormat::I24 => self.read::<I24>(data),
            SampleFormat::U8 => self.read::<u8>(data),
            _ => {}
        }
        self.health.beat();
        self.shared.pulls.fetch_add(1, Ordering::Relaxed);
        if self.ring.slots() <= self.shared.low.load(Ordering::Relaxed) {
            self.mixer.unpark();
        }
    }

    fn read<T: SizedSample + FromSample<f32>>(&mut self, data: &mut Data) {
        let Some(samples) = data.as_slice_mut::<T>() else { return };
        let wanted = samples.len() / self.channels;
        let there = self.ring.slots().min(wanted);
        if there == wanted {
            self.started = true;
        } else if self.started {
            self.shared.gaps.fetch_add(1, Ordering::Relaxed);
        }
        let mut frames = samples.chunks_exact_mut(self.channels);
        if let Ok(chunk) = self.ring.read_chunk(there) {
            for (sample, frame) in chunk.into_iter().zip(frames.by_ref()) {
                frame.fill(T::from_sample(sample));
            }
        }
        for frame in frames {
            frame.fill(T::EQUILIBRIUM);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_callback_copies_to_all_channels_fills_up_with_silence_and_counts_gaps() {
        let (mut producer, ring) = RingBuffer::new(8);
        producer.push_entire_slice(&[0.5, -1.0, 0.25]).unwrap();
        let (shared, mixer) = (Arc::new(Shared::default()), std::thread::current());
        let health = Arc::default();
        let mut reader =
            Reader { ring, channels: 2, started: false, mixer, shared: Arc::clone(&shared), health };
        let mut out = [7i16; 4];
        for (expected, gaps) in [([16_384, 16_384, -32_768, -32_768], 0), ([8_192, 8_192, 0, 0], 1)] {
            // SAFETY: pointer and length describe `out`, whose type is the format named.
            let mut data = unsafe { Data::from_parts(out.as_mut_ptr().cast(), out.len(), SampleFormat::I16) };
            reader.fill(&mut data);
            assert_eq!((out, shared.gaps.load(Ordering::Relaxed)), (expected, gaps));
        }
    }

    #[test]
    fn a_device_that_does_not_pull_gathers_no_delay() {
        let incoming = Incoming::default();
        let (ring, consumer) = RingBuffer::new(RING_FRAMES * FRAME);
        let (resampler, shared) = (Resampler::from_frames(48_000).unwrap(), Arc::new(Shared::default()));
        *lock(&incoming.0) = Some(Feed { ring, resampler, shared: Arc::clone(&shared), frame: FRAME });
        let (mut writer, stop) = (SpeakerWriter::new(incoming), EndSignal::default());
        for _ in 0..15 {
            writer.wait(&stop);
            writer.write(&[0.5; FRAME]);
            assert!(consumer.slots() <= 2 * FRAME, "{} samples wait", consumer.slots());
        }
        // It pulls again, so the timer no longer sets the pace, and nothing is added to what still waits.
        shared.pulls.fetch_add(1, Ordering::Relaxed);
        let waiting = consumer.slots();
        let begin = Instant::now();
        writer.wait(&stop);
        assert!(begin.elapsed() >= NOT_PULLING && writer.pulled.is_none() && consumer.slots() == waiting);
    }

    #[test]
    fn the_margin_grows_with_gaps_and_shrinks_in_calm() {
        let mut margin = Margin::new();
        assert_eq!(margin.after(0), 50);
        assert_eq!(margin.after(3), 100);
        for gaps in 4..100 {
            margin.after(gaps);
        }
        assert_eq!(margin.after(99), 250);
        for _ in 0..Margin::CALM {
            margin.after(99);
        }
        assert_eq!(margin.after(99), 200);
    }
}
