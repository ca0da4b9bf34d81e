//! WAV files: one to read sound from, others to record to.

use super::{
    AudioError, FRAME, SAMPLE_RATE,
    pacing::Worker,
    resample::{RATES, Resampler},
    source::FrameSource,
};
use hound::{SampleFormat, WavReader, WavSpec};
use std::{
    fs::File,
    io::{BufReader, BufWriter, ErrorKind},
    path::Path,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
};

/// More channels than any microphone array has. A header with more is damaged.
const MOST_CHANNELS: u16 = 32;
/// Bytes before the samples of the simplest file.
const SHORTEST_HEADER: u64 = 44;
/// Two seconds of frames wait for a slow disk. If the disk is slower, the recording gets a gap; the call does not.
const MOST_WAITING: usize = 100;
/// How often the header is brought up to date, so that a killed process leaves a readable file: every second.
const FLUSH_EVERY: u32 = 50;

/// Plays a WAV file over and over: any rate, channels mixed to one.
pub struct WavLoop {
    reader: WavReader<BufReader<File>>,
    spec: WavSpec,
    resampler: Resampler,
    input: Vec<f32>,
}

impl WavLoop {
    /// Opens `path` and checks that it holds what its header says.
    ///
    /// # Errors
    /// Any of the `File…` kinds of [`AudioError`].
    pub fn open(path: &Path) -> Result<Self, AudioError> {
        let file = File::open(path).map_err(|error| file_error(&error))?;
        let size = file.metadata().map_err(|error| file_error(&error))?.len();
        let reader = WavReader::new(BufReader::new(file)).map_err(|error| wav_error(&error))?;
        let spec = reader.spec();
        if !RATES.contains(&spec.sample_rate) || !(1..=MOST_CHANNELS).contains(&spec.channels) {
            return Err(AudioError::FileUnsupported);
        }
        if spec.bits_per_sample == 0 || spec.bits_per_sample > 32 {
            return Err(AudioError::FileUnsupported);
        }
        let claimed = u64::from(reader.len()) * u64::from(spec.bits_per_sample / 8);
        if reader.duration() == 0 || claimed + SHORTEST_HEADER > size {
            return Err(AudioError::FileCorrupt);
        }
        Ok(Self { reader, spec, resampler: Resampler::to_frames(spec.sample_rate)?, input: Vec::new() })
    }

    /// Reads `wanted` samples of all channels mixed, from the beginning again whenever the file ends.
    fn read(&mut self, wanted: usize) -> Result<(), AudioError> {
        self.input.clear();
        let mut empty_rounds = 0;
        while self.input.len() < wanted {
            let before = self.input.len();
            match self.spec.sample_format {
                SampleFormat::Float => {
                    let samples = self.reader.samples::<f32>();
                    mix(samples, self.spec.channels, 1.0, wanted, &mut self.input)?;
                }
                SampleFormat::Int => {
                    let scale = 1.0 / (1u64 << (self.spec.bits_per_sample - 1)) as f32;
                    let samples = self.reader.samples::<i32>().map(|s| s.map(|s| s as f32));
                    mix(samples, self.spec.channels, scale, wanted, &mut self.input)?;
                }
            }
            if self.input.len() < wanted {
                self.reader.seek(0).map_err(|_| AudioError::FileCorrupt)?;
            }
            empty_rounds = if self.input.len() == before { empty_rounds + 1 } else { 0 };
            if empty_rounds > 1 {
                return Err(AudioError::FileCorrupt);
            }
        }
        Ok(())
    }
}

impl FrameSource for WavLoop {
    fn next_frame(&mut self, frame: &mut [f32; FRAME]) -> Result<(), AudioError> {
        self.read(self.resampler.takes())?;
        let written = self.resampler.process(&self.input, frame);
        if written == FRAME { Ok(()) } else { Err(AudioError::FileUnsupported) }
    }
}

/// Appends the average of each group of `channels` samples until `out` holds `wanted`.
fn mix(
    samples: impl Iterator<Item = hound::Result<f32>>,
    channels: u16,
    scale: f32,
    wanted: usize,
    out: &mut Vec<f32>,
) -> Result<(), AudioError> {
    let scale = scale / f32::from(channels);
    let (mut sum, mut count) = (0.0f32, 0);
    for sample in samples {
        sum += sample.map_err(|error| wav_error(&error))? * scale;
        count += 1;
        if count == channels {
            // A damaged float file may hold infinities; the encoder must not see them.
            out.push(if sum.is_finite() { sum.clamp(-1.0, 1.0) } else { 0.0 });
            (sum, count) = (0.0, 0);
            if out.len() == wanted {
                break;
            }
        }
    }
    Ok(())
}

fn file_error(error: &std::io::Error) -> AudioError {
    match error.kind() {
        ErrorKind::NotFound => AudioError::FileNotFound,
        ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::Other => AudioError::FileCorrupt,
        _ => AudioError::FileUnreadable,
    }
}

fn wav_error(error: &hound::Error) -> AudioError {
    match error {
        hound::Error::IoError(error) => file_error(error),
        hound::Error::Unsupported | hound::Error::TooWide => AudioError::FileUnsupported,
        _ => AudioError::FileCorrupt,
    }
}

/// Records frames to a WAV file (16 bit, mono, 48 kHz) on a thread of its own; the file is complete once this is
/// dropped.
pub struct WavWriter {
    frames: Option<SyncSender<Vec<f32>>>,
    worker: Worker,
    missed: u64,
}

impl WavWriter {
    /// Creates or overwrites `path`.
    ///
    /// # Errors
    /// [`AudioError::FileUnwritable`] or [`AudioError::NoThread`].
    pub fn create(path: &Path) -> Result<Self, AudioError> {
        let spec = WavSpec {
            channels: 1,
            sample_rate: SAMPLE_RATE,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let writer = hound::WavWriter::create(path, spec).map_err(|_| AudioError::FileUnwritable)?;
        let (frames, incoming) = sync_channel(MOST_WAITING);
        let worker = Worker::spawn("wav-writer", move |_| {
            if record(writer, &incoming).is_err() {
                tracing::warn!("a recording could not be written to the end");
            }
        })?;
        Ok(Self { frames: Some(frames), worker, missed: 0 })
    }

    /// Appends samples and never waits. What a stuck disk cannot take is left out.
    pub fn write(&mut self, samples: &[f32]) {
        let Some(frames) = &self.frames else { return };
        if frames.try_send(samples.to_vec()).is_err() {
            self.missed += 1;
            if self.missed == 1 {
                tracing::warn!("a recording has a gap: the disk is too slow or full");
            }
        }
    }
}

impl Drop for WavWriter {
    fn drop(&mut self) {
        // The thread writes what still waits, completes the file and ends.
        self.frames = None;
        self.worker.wait();
    }
}

fn record(mut writer: hound::WavWriter<BufWriter<File>>, incoming: &Receiver<Vec<f32>>) -> hound::Result<()> {
    let mut unflushed = 0;
    while let Ok(samples) = incoming.recv() {
        for sample in samples {
            writer.write_sample((sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16)?;
        }
        unflushed += 1;
        if unflushed == FLUSH_EVERY {
            unflushed = 0;
            writer.flush()?;
        }
    }
    writer.finalize()
}
