//! Mixes all remotes, 20 ms at a time on one thread, and brings the mix to a speaker, to a file or nowhere.

use super::{
    AudioError, DeviceListener, FRAME, Mixer, RemoteAudio, SILENCE_DBFS, Track, WavWriter,
    choice::Choice,
    dbfs, lock,
    pacing::{EndSignal, Pacer, Worker},
    remote::Seat,
    speaker::{self, Incoming, SpeakerWriter},
};
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
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
    /// A WAV file; it is overwritten.
    File(PathBuf),
    /// Nowhere; remotes are still decoded in real time, so that statistics and recordings work.
    None,
}

/// A running mix; dropping it ends it.
pub struct Playout {
    // Dropped in this order: first the device, then the thread that feeds it.
    speaker: Option<Speaker>,
    thread: Worker,
    shared: Arc<Shared>,
}

/// Learns whether the speaker works: when it was opened, each loss once, and when it is open again.
pub type SpeakerNews = Box<dyn FnMut(Result<(), AudioError>) + Send>;

/// The speaker, open or not.
struct Speaker {
    device: Mutex<Option<Worker>>,
    choice: Choice,
    incoming: Incoming,
    news: Arc<Mutex<SpeakerNews>>,
}

struct Shared {
    epoch: Instant,
    newcomers: Mutex<Vec<Seat>>,
    sounds: Mutex<Vec<Sound>>,
    level: AtomicU32,
}

/// A sound of our own that is played once.
struct Sound {
    samples: Vec<f32>,
    track: Track,
}

impl Playout {
    /// Starts playing to `spec`. `news` hears of a speaker that goes away; the speaker is reopened when it is back, and
    /// the mix goes on meanwhile.
    ///
    /// # Errors
    /// [`AudioError::NoSpeaker`] if there is no speaker or no sound server, [`AudioError::FileUnwritable`].
    pub fn start(spec: AudioSinkSpec, news: SpeakerNews) -> Result<Self, AudioError> {
        let playout = Self::start_silent(spec, news)?;
        playout.open()?;
        Ok(playout)
    }

    /// The same without opening the speaker: it opens when one is chosen.
    ///
    /// # Errors
    /// [`AudioError::FileUnwritable`], or [`AudioError::NoThread`].
    pub fn start_silent(spec: AudioSinkSpec, news: SpeakerNews) -> Result<Self, AudioError> {
        let shared = Arc::new(Shared {
            epoch: Instant::now(),
            newcomers: Mutex::new(Vec::new()),
            sounds: Mutex::new(Vec::new()),
            level: AtomicU32::new(SILENCE_DBFS.to_bits()),
        });
        let (output, speaker) = match spec {
            AudioSinkSpec::None => (Output::Nowhere(Pacer::default()), None),
            AudioSinkSpec::File(path) => (Output::File(Pacer::default(), WavWriter::create(&path)?), None),
            AudioSinkSpec::Speaker { device } => {
                let incoming = Incoming::default();
                let output = Output::Speaker(SpeakerWriter::new(incoming.clone()));
                let choice = Choice::new(device);
                let news = Arc::new(Mutex::new(news));
                (output, Some(Speaker { device: Mutex::new(None), choice, incoming, news }))
            }
        };
        let theirs = Arc::clone(&shared);
        let thread = Worker::spawn("audio-playout", move |stop| run(output, &theirs, stop))?;
        Ok(Self { speaker, thread, shared })
    }

    /// Opens the speaker if it is not open. Waits for the sound server.
    fn open(&self) -> Result<(), AudioError> {
        let (Some(speaker), Some(mixer)) = (&self.speaker, self.thread.thread()) else { return Ok(()) };
        let mut device = lock(&speaker.device);
        if device.is_none() {
            let news = Arc::clone(&speaker.news);
            let tell = move |works| lock(&news)(works);
            let opened = speaker::open(&speaker.choice, speaker.incoming.clone(), mixer.clone(), tell)
                .inspect_err(|error| tracing::info!(code = error.code(), "speaker not opened"))?;
            *device = Some(opened);
        }
        Ok(())
    }

    /// Moves to another speaker without a pause in the mix; to the system's default with `None`, or when it is not
    /// plugged in. Waits for the sound server if no speaker was open. Does nothing if the sink is none.
    ///
    /// # Errors
    /// [`AudioError::NoSpeaker`] if there was no speaker and still is none. Problems with a speaker that replaces
    /// another are reported like its loss.
    pub fn choose(&self, device: Option<String>) -> Result<(), AudioError> {
        if let Some(speaker) = &self.speaker {
            speaker.choice.set(device);
        }
        self.open()
    }

    /// Tells `listener` which speaker is used, now and whenever that changes. If the sink is none, it tells nothing.
    pub fn on_device(&self, listener: DeviceListener) {
        if let Some(speaker) = &self.speaker {
            speaker.choice.listen(listener);
        }
    }

    /// Plays a sound once, mixed with everything else: mono, 48 kHz, full scale at ±1.
    pub fn play(&self, samples: Vec<f32>) {
        lock(&self.shared.sounds).push(Sound { samples, track: Track::default() });
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

impl Sound {
    /// Adds the next 20 ms to the mix; false when the sound has ended.
    fn play(&mut self, mixer: &mut Mixer) -> bool {
        let mut frame = [0.0; FRAME];
        let length = self.samples.len().min(FRAME);
        frame[..length].copy_from_slice(&self.samples[..length]);
        self.samples.drain(..length);
        mixer.add(&mut self.track, &frame, 1.0);
        !self.samples.is_empty()
    }
}

/// A sink, and the clock that sets its pace.
enum Output {
    Nowhere(Pacer),
    File(Pacer, WavWriter),
    Speaker(SpeakerWriter),
}

impl Output {
    fn wait(&mut self, stop: &EndSignal) {
        match self {
            // Frames skipped because the machine slept are not lost sound. The jitter buffers start again.
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

fn run(mut output: Output, shared: &Shared, stop: &EndSignal) {
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
        lock(&shared.sounds).retain_mut(|sound| sound.play(&mut mixer));
        let frame = mixer.finish();
        shared.level.store(dbfs(&frame).to_bits(), Ordering::Relaxed);
        output.write(&frame);
    }
}
