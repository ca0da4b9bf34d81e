//! From a source through the gate to the encoder, on one thread.

use super::{
    AudioError, DeviceListener, FRAME, FRAME_DURATION, MicrophoneGate, OpusEncoder, Passage, SILENCE_DBFS,
    Tone, WavLoop,
    choice::Choice,
    level::power_dbfs,
    microphone::{self, Incoming, MicrophoneReader},
    pacing::{EndSignal, Pacer, Worker},
    source::FrameSource,
};
use bytes::Bytes;
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
};

/// Where sound comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum AudioSourceSpec {
    /// A microphone of this machine.
    Microphone {
        /// An id from [`super::microphones`]; the system's default when `None` or not plugged in.
        device: Option<String>,
    },
    /// A WAV file with any rate and any number of channels, played over and over.
    File(PathBuf),
    /// A sine.
    Tone {
        /// Its frequency.
        hz: f32,
    },
    /// No sound at all.
    None,
}

/// One Opus packet of 20 ms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedAudio {
    /// The packet.
    pub data: Bytes,
    /// When its first sample was captured, in samples at 48 kHz since the capture began, wrapping. It also counts while
    /// the gate is closed and while the device is away, so that the other end can tell silence from loss.
    pub timestamp: u32,
}

/// Receives packets on the thread of the capture, while the gate is locked. It must not block.
pub type EncodedAudioSink = Box<dyn FnMut(EncodedAudio) + Send>;
/// Receives errors after the start, on threads of the capture.
pub type AudioErrorSink = Box<dyn FnMut(AudioError) + Send>;

/// Reads the level of a capture. It outlives the capture and then keeps the last level.
#[derive(Debug, Clone)]
pub struct CaptureLevel(Arc<AtomicU32>);

impl CaptureLevel {
    /// Level of the last captured sound in dBFS, also while the gate is closed; -100 is silence.
    #[must_use]
    pub fn dbfs(&self) -> f32 {
        f32::from_bits(self.0.load(Ordering::Relaxed))
    }
}

/// A running capture; dropping it ends it.
pub struct AudioCapture {
    // Dropped in this order: first the device, then the thread that reads from it.
    _device: Option<Worker>,
    _thread: Option<Worker>,
    level: Arc<AtomicU32>,
    choice: Choice,
}

/// How fast the level falls: by half in 60 ms.
const LEVEL_FALL: f32 = 0.8;

impl AudioCapture {
    /// Starts capturing from `spec`. Packets go to `sink` while `gate` is open. A device that goes away is reported to
    /// `on_error` and reopened when it is back. A file that fails ends the capture.
    ///
    /// # Errors
    /// [`AudioError::NoMicrophone`] if there is no microphone or no sound server, one of the `File…` kinds, or
    /// [`AudioError::Codec`].
    pub fn start(
        spec: AudioSourceSpec,
        gate: MicrophoneGate,
        sink: EncodedAudioSink,
        on_error: AudioErrorSink,
    ) -> Result<Self, AudioError> {
        let level = Arc::new(AtomicU32::new(SILENCE_DBFS.to_bits()));
        let on_error = Arc::new(Mutex::new(on_error));
        let incoming = Incoming::default();
        let mut choice = Choice::default();
        let input = match spec {
            AudioSourceSpec::None => return Ok(Self { _device: None, _thread: None, level, choice }),
            AudioSourceSpec::Tone { hz } => Input::paced(Tone::new(hz)),
            AudioSourceSpec::File(path) => Input::paced(WavLoop::open(&path)?),
            AudioSourceSpec::Microphone { device } => {
                choice = Choice::new(device);
                Input::Device(MicrophoneReader::new(incoming.clone()))
            }
        };
        let is_device = matches!(input, Input::Device(_));
        let mut line = Line {
            gate,
            sink,
            encoder: OpusEncoder::new()?,
            on_error: Arc::clone(&on_error),
            level: Arc::clone(&level),
            power: 0.0,
            timestamp: 0,
        };
        let (go, told_to_go) = mpsc::channel();
        let thread = Worker::spawn("audio-capture", move |stop| {
            // Not before the device is open: if the start fails, nothing may reach the sink.
            if told_to_go.recv().is_ok() {
                line.run(input, stop);
            }
        })?;
        let device = match thread.thread() {
            Some(reader) if is_device => {
                let lost = move |error| super::lock(&on_error)(error);
                let opened = microphone::open(&choice, incoming, reader.clone(), lost);
                match opened {
                    Ok(device) => Some(device),
                    Err(error) => {
                        tracing::info!(code = error.code(), "microphone not opened");
                        // Ends the thread without a frame. Otherwise we would wait for its end in vain.
                        drop(go);
                        return Err(error);
                    }
                }
            }
            _ => None,
        };
        _ = go.send(());
        Ok(Self { _device: device, _thread: Some(thread), level, choice })
    }

    /// Moves to another microphone without a pause; to the system's default with `None`, or when it is not plugged in.
    /// Timestamps go on. Does nothing if the source is no device.
    pub fn choose(&self, device: Option<String>) {
        self.choice.set(device);
    }

    /// Tells `listener` which microphone is used, now and whenever that changes. If the source is no device, it tells
    /// nothing.
    pub fn on_device(&self, listener: DeviceListener) {
        self.choice.listen(listener);
    }

    /// Level of the last captured sound in dBFS, also while the gate is closed; -100 is silence.
    #[must_use]
    pub fn level_dbfs(&self) -> f32 {
        self.level().dbfs()
    }

    /// The same, as a handle for a caller that reads it often.
    #[must_use]
    pub fn level(&self) -> CaptureLevel {
        CaptureLevel(Arc::clone(&self.level))
    }
}

/// A source, and the clock that sets its pace.
enum Input {
    Paced(Box<dyn FrameSource>, Pacer),
    Device(MicrophoneReader),
}

impl Input {
    fn paced(source: impl FrameSource + 'static) -> Self {
        Self::Paced(Box::new(source), Pacer::default())
    }

    /// The next frame, and how many samples passed before it; `Ok(None)` to stop.
    fn next(&mut self, stop: &EndSignal, frame: &mut [f32; FRAME]) -> Result<Option<u64>, AudioError> {
        match self {
            Self::Device(reader) => Ok(reader.next(stop, frame)),
            Self::Paced(source, pacer) => {
                let skipped = pacer.wait(stop);
                if stop.is_set() {
                    return Ok(None);
                }
                source.next_frame(frame)?;
                Ok(Some(u64::from(skipped) * FRAME as u64))
            }
        }
    }

    fn discard(&mut self) -> u64 {
        match self {
            Self::Device(reader) => reader.discard(),
            Self::Paced(..) => 0,
        }
    }
}

struct Line {
    gate: MicrophoneGate,
    sink: EncodedAudioSink,
    encoder: OpusEncoder,
    on_error: Arc<Mutex<AudioErrorSink>>,
    level: Arc<AtomicU32>,
    power: f32,
    timestamp: u64,
}

impl Line {
    fn run(&mut self, mut input: Input, stop: &EndSignal) {
        let mut frame = [0.0; FRAME];
        let mut failing = false;
        loop {
            match input.next(stop, &mut frame) {
                Ok(Some(unread)) => self.timestamp += unread,
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(code = error.code(), "audio source ended");
                    return super::lock(&self.on_error)(error);
                }
            }
            self.measure(&frame);
            let (encoder, sink, timestamp) = (&mut self.encoder, &mut self.sink, self.timestamp as u32);
            let mut failed = false;
            let passage = self.gate.pass(&mut frame, |frame| match encoder.encode(frame) {
                Ok(data) => sink(EncodedAudio { data, timestamp }),
                Err(_) => failed = true,
            });
            self.timestamp += FRAME as u64;
            if passage == Passage::JustOpened {
                self.timestamp += input.discard();
            }
            if failed && !std::mem::replace(&mut failing, failed) {
                super::lock(&self.on_error)(AudioError::Codec);
            }
        }
    }

    /// The meter measures what the microphone hears, also while the gate is closed, for the hint "you are speaking
    /// while muted". The level does not leave this machine.
    fn measure(&mut self, frame: &[f32; FRAME]) {
        let power = frame.iter().map(|s| s * s).sum::<f32>() / FRAME as f32;
        self.power = power.max(self.power * LEVEL_FALL);
        self.level.store(power_dbfs(self.power).to_bits(), Ordering::Relaxed);
    }
}

impl Drop for Line {
    /// A meter that outlives the capture shows silence, not the last level.
    fn drop(&mut self) {
        self.level.store(SILENCE_DBFS.to_bits(), Ordering::Relaxed);
    }
}

const _: () = assert!(FRAME_DURATION.as_millis() * 48 == FRAME as u128);
