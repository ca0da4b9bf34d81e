//! Mixes all remotes, 20 ms at a time on one thread, and brings the mix to a speaker, to a file or nowhere.

use super::{
    AudioError, FRAME, Mixer, RemoteAudio, SILENCE_DBFS, WavWriter,
    capture::AudioErrorSink,
    dbfs, lock,
    pacing::{Pacer, Stop, Worker},
    remote::Seat,
    speaker::{self, Incoming, SpeakerWriter},
};
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    time::Instant,
};

/// Where the mix goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AudioSinkSpec {
    /// A speaker of this machine.
    Speaker {
        /// An id from [`super::speakers`]; the system's default when `None` or not plugged in.
        device: Option<String>,
    },
    /// A WAV file, overwritten.
    File(PathBuf),
    /// Nowhere; remotes are still decoded in real time, so that statistics and recordings work.
    None,
}

/// A running mix; dropping it ends it.
pub struct Playout {
    // Dropped in this order: first the device, then the thread that feeds it.
    _device: Option<Worker>,
    _thread: Worker,
    shared: Arc<Shared>,
}

struct Shared {
    epoch: Instant,
    newcomers: Mutex<Vec<Seat>>,
    level: AtomicU32,
}

impl Playout {
    /// Starts playing to `spec`. A speaker that goes away is reported to `on_error` and reopened when it is back;
    /// the mix goes on meanwhile.
    ///
    /// # Errors
    /// [`AudioError::NoSpeaker`] when there is none or no sound server, [`AudioError::FileUnwritable`].
    pub fn start(spec: AudioSinkSpec, on_error: AudioErrorSink) -> Result<Self, AudioError> {
        let shared = Arc::new(Shared {
            epoch: Instant::now(),
            newcomers: Mutex::new(Vec::new()),
            level: AtomicU32::new(SILENCE_DBFS.to_bits()),
        });
        let incoming = Incoming::default();
        let (output, chosen) = match spec {
            AudioSinkSpec::None => (Output::Nowhere(Pacer::default()), None),
            AudioSinkSpec::File(path) => (Output::File(Pacer::default(), WavWriter::create(&path)?), None),
            AudioSinkSpec::Speaker { device } => {
                (Output::Speaker(SpeakerWriter::new(incoming.clone())), Some(device))
            }
        };
        let theirs = Arc::clone(&shared);
        let (go, told_to_go) = mpsc::channel();
        let thread = Worker::spawn("audio-playout", move |stop| {
            if told_to_go.recv().is_ok() {
                run(output, &theirs, stop);
            }
        })?;
        let device = match (chosen, thread.thread()) {
            (Some(chosen), Some(mixer)) => {
                let opened = speaker::open(chosen, incoming, mixer.clone(), on_error);
                match opened {
                    Ok(device) => Some(device),
                    Err(error) => {
                        tracing::info!(code = error.code(), "speaker not opened");
                        // Ends the thread without a frame; otherwise its end would be waited for in vain.
                        drop(go);
                        return Err(error);
                    }
                }
            }
            _ => None,
        };
        _ = go.send(());
        Ok(Self { _device: device, _thread: thread, shared })
    }

    /// Adds a remote to the mix; it stays until the returned handle is dropped.
    #[must_use]
    pub fn add(&self) -> RemoteAudio {
        let (remote, seat) = RemoteAudio::new(self.shared.epoch);
        lock(&self.shared.newcomers).push(seat);
        remote
    }

    /// Level of the whole mix in dBFS; -100 is silence.
    #[must_use]
    pub fn level_dbfs(&self) -> f32 {
        f32::from_bits(self.shared.level.load(Ordering::Relaxed))
    }
}

/// A sink and the clock that leads it.
enum Output {
    Nowhere(Pacer),
    File(Pacer, WavWriter),
    Speaker(SpeakerWriter),
}

impl Output {
    fn wait(&mut self, stop: &Stop) {
        match self {
            // Frames skipped because the machine slept are nobody's loss: the jitter buffers start over.
            Self::Nowhere(pacer) | Self::File(pacer, _) => _ = pacer.wait(stop),
            Self::Speaker(speaker) => speaker.wait(stop),
        }
    }

    fn write(&mut self, frame: &[f32; FRAME]) {
        match self {
            Self::Nowhere(_) => {}
            Self::File(_, file) => file.write(frame),
            Self::Speaker(speaker) => speaker.write(frame),
        }
    }
}

fn run(mut output: Output, shared: &Shared, stop: &Stop) {
    let mut mixer = Mixer::new();
    let mut seats: Vec<Seat> = Vec::new();
    loop {
        output.wait(stop);
        if stop.is_set() {
            return;
        }
        seats.append(&mut lock(&shared.newcomers));
        let now = shared.epoch.elapsed();
        seats.retain_mut(|seat| seat.play(&mut mixer, now));
        let frame = mixer.finish();
        shared.level.store(dbfs(&frame).to_bits(), Ordering::Relaxed);
        output.write(&frame);
    }
}
