//! The microphone: a device callback that fills a ring, and a reader that takes frames of 20 ms out of it.

use super::{
    AudioError, FRAME, SAMPLE_RATE,
    choice::Choice,
    device::{self, BUILD_PATIENCE, Open},
    lock,
    pacing::{EndSignal, Worker},
    resample::Resampler,
    supervisor::{Health, Losses, keep_open},
};
use cpal::{
    Data, DeviceDirection, FromSample, I24, Sample, SampleFormat, SizedSample,
    traits::{DeviceTrait, StreamTrait},
};
use rtrb::{Consumer, Producer, RingBuffer};
use std::{
    sync::{Arc, Mutex},
    thread::Thread,
    time::{Duration, Instant},
};

/// The ring holds 200 ms: longer than any pause of the reading thread, short enough not to become a delay.
const RINGS_PER_SECOND: usize = 5;
/// How often it looks for a new ring while no ring delivers.
const LOOK_EVERY: Duration = Duration::from_millis(50);

const LOSSES: Losses = Losses { absent: AudioError::NoMicrophone, lost: AudioError::MicrophoneLost };

/// The reading end of one stream; a reopened device brings a new one.
struct Feed {
    ring: Consumer<f32>,
    resampler: Resampler,
    rate: u32,
}

/// Where the supervisor puts a new feed and the reader finds it.
#[derive(Clone, Default)]
pub(super) struct Incoming(Arc<Mutex<Option<Feed>>>);

/// Takes frames from the stream that is open.
pub(super) struct MicrophoneReader {
    incoming: Incoming,
    feed: Option<Feed>,
    input: Vec<f32>,
    last: Option<Instant>,
}

impl MicrophoneReader {
    pub(super) fn new(incoming: Incoming) -> Self {
        Self { incoming, feed: None, input: Vec::new(), last: None }
    }

    /// Waits for the next frame; `None` if it should stop. Returns how many samples at 48 kHz passed unread before it,
    /// because no device was there.
    pub(super) fn next(&mut self, stop: &EndSignal, frame: &mut [f32; FRAME]) -> Option<u64> {
        let mut missed = 0;
        loop {
            if let Some(feed) = lock(&self.incoming.0).take() {
                if let Some(last) = self.last.take() {
                    let samples = last.elapsed().as_micros() * u128::from(SAMPLE_RATE) / 1_000_000;
                    missed = u64::try_from(samples).unwrap_or(0);
                }
                self.feed = Some(feed);
            }
            if stop.is_set() {
                return None;
            }
            if let Some(feed) = &mut self.feed {
                let wanted = feed.resampler.takes();
                self.input.resize(wanted, 0.0);
                if feed.ring.pop_entire_slice(&mut self.input).is_ok() {
                    let written = feed.resampler.process(&self.input, frame);
                    frame[written..].fill(0.0);
                    self.last = Some(Instant::now());
                    return Some(missed);
                }
            }
            let feed = &self.feed;
            let incoming = &self.incoming;
            stop.wait_until(Instant::now() + LOOK_EVERY, || {
                feed.as_ref().is_some_and(|feed| feed.ring.slots() >= feed.resampler.takes())
                    || lock(&incoming.0).is_some()
            });
        }
    }

    /// Drops what was captured and not yet read. Returns how many samples at 48 kHz that was.
    pub(super) fn discard(&mut self) -> u64 {
        let Some(feed) = &mut self.feed else { return 0 };
        feed.resampler.reset();
        let waiting = feed.ring.slots();
        let Ok(chunk) = feed.ring.read_chunk(waiting) else { return 0 };
        chunk.commit_all();
        waiting as u64 * u64::from(SAMPLE_RATE) / u64::from(feed.rate)
    }
}

/// Opens the microphone and keeps it open; each stream's ring goes to `incoming`, and `reader` is woken.
pub(super) fn open(
    choice: &Choice,
    incoming: Incoming,
    reader: Thread,
    mut on_error: impl FnMut(AudioError) + Send + 'static,
) -> Result<Worker, AudioError> {
    let (theirs, choice) = (choice.clone(), choice.clone());
    let open = move |health: &Arc<Health>| open_stream(&choice, &incoming, &reader, health);
    // That the microphone is back shows by its sound.
    keep_open("microphone", LOSSES, theirs, open, move |news| _ = news.map_err(&mut on_error))
}

fn open_stream(
    choice: &Choice,
    incoming: &Incoming,
    reader: &Thread,
    health: &Arc<Health>,
) -> Result<Open, AudioError> {
    let found = device::find(choice, DeviceDirection::Input).ok_or(AudioError::NoMicrophone)?;
    let shape = device::shape(&found.device, DeviceDirection::Input).ok_or(AudioError::NoMicrophone)?;
    let rate = shape.config.sample_rate;
    let stream = device::with_fallback(shape.config, |config| {
        let resampler = Resampler::to_frames(rate)
            .map_err(|_| cpal::Error::new(cpal::ErrorKind::UnsupportedOperation))?;
        let (producer, ring) =
            RingBuffer::new((rate as usize / RINGS_PER_SECOND).max(2 * resampler.takes_at_most()));
        let mut writer = Writer {
            ring: producer,
            channels: usize::from(config.channels.max(1)),
            wake_at: resampler.takes_at_most(),
            reader: reader.clone(),
            health: Arc::clone(health),
        };
        let failing = Arc::clone(health);
        let stream = found.device.build_input_stream_raw(
            config,
            shape.format,
            move |data, _| writer.take(data),
            move |error| {
                if device::is_fatal(&error) {
                    failing.fail();
                }
            },
            Some(BUILD_PATIENCE),
        )?;
        *lock(&incoming.0) = Some(Feed { ring, resampler, rate });
        Ok(stream)
    });
    let started = stream.and_then(|stream| stream.play().map(|()| stream));
    match started {
        Ok(stream) => Ok(Open::new(stream, found)),
        Err(error) => Err(device::open_error(&error, AudioError::NoMicrophone, AudioError::MicrophoneDenied)),
    }
}

/// The device callback's side: mixes channels to one and never allocates, locks or logs.
struct Writer {
    ring: Producer<f32>,
    channels: usize,
    wake_at: usize,
    reader: Thread,
    health: Arc<Health>,
}

impl Writer {
    fn take(&mut self, data: &Data) {
        match data.sample_format() {
            SampleFormat::F32 => self.write::<f32>(data),
            SampleFormat::I16 => self.write::<i16>(data),
            SampleFormat::I32 => self.write::<i32>(data),
            SampleFormat::I24 => self.write::<I24>(data),
            SampleFormat::U8 => self.write::<u8>(data),
            _ => {}
        }
        self.health.beat();
        // Some servers deliver half a millisecond at a time. The reader sleeps until a frame is complete.
        if self.ring.buffer().capacity() - self.ring.slots() >= self.wake_at {
            self.reader.unpark();
        }
    }

    fn write<T: SizedSample>(&mut self, data: &Data)
    where
        f32: FromSample<T>,
    {
        let Some(samples) = data.as_slice::<T>() else { return };
        let scale = 1.0 / self.channels as f32;
        let frames = samples.chunks_exact(self.channels);
        // A full ring means that the reader sleeps. The newest samples are dropped, and the waiting ones are heard in
        // order.
        let room = frames.len().min(self.ring.slots());
        let Ok(chunk) = self.ring.write_chunk_uninit(room) else { return };
        chunk.fill_from_iter(
            frames.map(|frame| frame.iter().map(|&s| f32::from_sample(s)).sum::<f32>() * scale),
        );
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn writer(capacity: usize, channels: usize) -> (Writer, Consumer<f32>) {
        let (ring, consumer) = RingBuffer::new(capacity);
        let reader = std::thread::current();
        (Writer { ring, channels, wake_at: 480, reader, health: Arc::default() }, consumer)
    }

    #[test]
    fn channels_are_averaged_and_a_full_ring_loses_the_newest() {
        let (mut writer, mut ring) = writer(3, 2);
        let mut samples = [16_384i16, 0, -32_768, -32_768, 0, 0, 32_767, 32_767];
        // SAFETY: pointer and length describe `samples`, whose type is the format named.
        let data = unsafe { Data::from_parts(samples.as_mut_ptr().cast(), samples.len(), SampleFormat::I16) };
        writer.take(&data);
        assert_eq!((ring.pop().unwrap(), ring.pop().unwrap(), ring.pop().unwrap()), (0.25, -1.0, 0.0));
        assert!(ring.is_empty());
    }

    #[test]
    fn discarding_empties_the_ring_and_tells_how_much_time_that_was() {
        let (producer, ring) = RingBuffer::new(44_100);
        let mut reader = MicrophoneReader::new(Incoming::default());
        reader.feed = Some(Feed { ring, resampler: Resampler::to_frames(44_100).unwrap(), rate: 44_100 });
        let mut producer = producer;
        producer.push_entire_slice(&[0.5; 4410]).unwrap();
        assert_eq!(reader.discard(), 4800);
        assert_eq!(reader.discard(), 0);
    }
}
