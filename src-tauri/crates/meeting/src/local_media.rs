//! Our own devices: opened, closed and encoded on a thread of their own, steered by wishes.
//!
//! Wishes are levels, not edges: the thread compares what is wanted with what runs. Any number of toggles while a
//! camera opens end in one action, and nothing queues up. The microphone gate is closed in the caller's own thread,
//! before anything else, so that a mute never waits for a device.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use holdfast_media::audio::{AudioCapture, AudioError, AudioSourceSpec, CaptureLevel, MicrophoneGate};
use holdfast_media::video::{VideoCapture, VideoSettings, VideoSourceError, VideoSourceSpec};
use holdfast_peer::Packetizer;
use holdfast_protocol::TrackSource;
use tokio::sync::mpsc;

use crate::fanout::Fanout;
use crate::frames::{FrameHub, TileFrame};
use crate::roster::OWN_TILE;
use crate::view::Notice;

/// What the devices report.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LocalEvent {
    /// The first wishes have been carried out, well or not: connections may start (requirement M2).
    Ready,
    /// The camera is off although it was wanted.
    CameraFailed(Notice),
    /// The microphone is closed although it was wanted.
    MicrophoneFailed(Notice),
}

/// Where our pictures and sound come from.
#[derive(Clone, Debug)]
pub(crate) struct LocalSources {
    pub(crate) video: VideoSourceSpec,
    pub(crate) video_settings: VideoSettings,
    pub(crate) audio: AudioSourceSpec,
}

#[derive(Debug, Default)]
struct Wishes {
    microphone: bool,
    camera: bool,
    keyframe: bool,
    camera_broken: bool,
    microphone_broken: bool,
    stop: bool,
    /// Grows with every change, so that the thread knows whether it has seen all.
    version: u64,
}

struct Shared {
    wishes: Mutex<Wishes>,
    changed: Condvar,
    gate: MicrophoneGate,
    /// Of the microphone that was opened last.
    level: Mutex<Option<CaptureLevel>>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Wishes> {
        // Wishes are plain values, whole after any panic.
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Wishes)) {
        let mut wishes = self.lock();
        change(&mut wishes);
        wishes.version += 1;
        self.changed.notify_all();
    }
}

/// Steers the devices. Clones steer the same ones.
#[derive(Clone)]
pub(crate) struct LocalControl {
    shared: Arc<Shared>,
}

impl LocalControl {
    /// Opens or closes the microphone. When this returns after `false`, no sound is sent any more.
    pub(crate) fn set_microphone(&self, on: bool) {
        self.shared.change(|wishes| {
            wishes.microphone = on;
            if !on {
                // Under the same lock that guards opening, so an opening in progress cannot undo it.
                self.shared.gate.set_open(false);
            }
        });
    }

    /// Level of the microphone in dBFS, also while its gate is closed; nothing before it was opened.
    pub(crate) fn microphone_dbfs(&self) -> Option<f32> {
        let level = self.shared.level.lock().unwrap_or_else(PoisonError::into_inner);
        level.as_ref().map(CaptureLevel::dbfs)
    }

    pub(crate) fn set_camera(&self, on: bool) {
        self.shared.change(|wishes| wishes.camera = on);
    }

    pub(crate) fn request_keyframe(&self) {
        self.shared.change(|wishes| wishes.keyframe = true);
    }
}

/// The devices and their thread. Dropping it closes them.
pub(crate) struct LocalMedia {
    control: LocalControl,
    thread: Option<JoinHandle<()>>,
}

impl LocalMedia {
    /// Starts the thread; it opens what is wanted and then reports [`LocalEvent::Ready`].
    pub(crate) fn start(
        sources: LocalSources,
        microphone: bool,
        camera: bool,
        fanout: Fanout,
        frames: FrameHub,
        events: mpsc::Sender<LocalEvent>,
    ) -> std::io::Result<Self> {
        let wishes = Wishes { microphone, camera, ..Wishes::default() };
        let shared = Arc::new(Shared {
            wishes: Mutex::new(wishes),
            changed: Condvar::new(),
            gate: MicrophoneGate::default(),
            level: Mutex::default(),
        });
        let devices = Devices {
            sources,
            shared: Arc::clone(&shared),
            fanout,
            frames,
            events,
            audio_track: OutgoingTrack::new(TrackSource::Microphone, AUDIO_CLOCK),
            video_track: OutgoingTrack::new(TrackSource::Camera, VIDEO_CLOCK),
            camera: None,
            microphone: None,
        };
        let thread = std::thread::Builder::new().name("devices".into()).spawn(move || devices.run())?;
        Ok(Self { control: LocalControl { shared }, thread: Some(thread) })
    }

    pub(crate) fn control(&self) -> LocalControl {
        self.control.clone()
    }
}

impl Drop for LocalMedia {
    fn drop(&mut self) {
        self.control.set_microphone(false);
        self.control.shared.change(|wishes| wishes.stop = true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One outgoing track for the life of the meeting. A device that is reopened goes on in the same RTP sequence and
/// on the same clock; a receiver would take a restart of either for replayed or lost packets.
#[derive(Clone)]
struct OutgoingTrack {
    packetizer: Arc<Mutex<Packetizer>>,
    started: Instant,
    clock_rate: u32,
}

impl OutgoingTrack {
    fn new(source: TrackSource, clock_rate: u32) -> Self {
        let packetizer = Arc::new(Mutex::new(Packetizer::new(source)));
        Self { packetizer, started: Instant::now(), clock_rate }
    }

    /// What to add to the timestamps of a device that starts counting now.
    fn offset(&self) -> u32 {
        let ticks = self.started.elapsed().as_micros() * u128::from(self.clock_rate) / 1_000_000;
        // RTP time wraps (RFC 3550 section 5.1).
        ticks as u32
    }

    fn lock(&self) -> MutexGuard<'_, Packetizer> {
        self.packetizer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// RTP clock of Opus (RFC 7587 section 4.1).
const AUDIO_CLOCK: u32 = 48_000;
/// RTP clock of video (RFC 7741 section 4.1).
const VIDEO_CLOCK: u32 = 90_000;

struct Devices {
    sources: LocalSources,
    shared: Arc<Shared>,
    fanout: Fanout,
    frames: FrameHub,
    events: mpsc::Sender<LocalEvent>,
    audio_track: OutgoingTrack,
    video_track: OutgoingTrack,
    camera: Option<VideoCapture>,
    microphone: Option<AudioCapture>,
}

impl Devices {
    fn run(mut self) {
        let mut seen = 0;
        let mut ready = false;
        loop {
            let (microphone, camera, keyframe) = {
                let mut wishes = self.shared.lock();
                while ready && wishes.version == seen && !wishes.stop {
                    wishes = self.shared.changed.wait(wishes).unwrap_or_else(PoisonError::into_inner);
                }
                if wishes.stop {
                    return;
                }
                seen = wishes.version;
                if std::mem::take(&mut wishes.camera_broken) {
                    wishes.camera = false;
                    self.camera = None;
                }
                if std::mem::take(&mut wishes.microphone_broken) {
                    wishes.microphone = false;
                    self.microphone = None;
                }
                (wishes.microphone, wishes.camera, std::mem::take(&mut wishes.keyframe))
            };
            // The microphone first: people speak before they show themselves.
            self.apply_microphone(microphone);
            self.apply_camera(camera);
            if keyframe && let Some(camera) = &self.camera {
                camera.request_keyframe();
            }
            if !std::mem::replace(&mut ready, true) {
                self.report(LocalEvent::Ready);
            }
        }
    }

    fn apply_microphone(&mut self, wanted: bool) {
        if wanted && self.microphone.is_none() {
            match self.open_microphone() {
                Ok(capture) => {
                    *self.shared.level.lock().unwrap_or_else(PoisonError::into_inner) = Some(capture.level());
                    self.microphone = Some(capture);
                }
                Err(error) => {
                    tracing::warn!(code = error.code(), "microphone not opened");
                    self.shared.lock().microphone = false;
                    self.report(LocalEvent::MicrophoneFailed(self.audio_notice()));
                }
            }
        }
        let wishes = self.shared.lock();
        // Asked again under the lock: it may have been muted while the device opened.
        if wishes.microphone && self.microphone.is_some() {
            self.shared.gate.set_open(true);
        }
    }

    fn open_microphone(&self) -> Result<AudioCapture, AudioError> {
        let fanout = self.fanout.clone();
        let track = self.audio_track.clone();
        let offset = track.offset();
        let sink = Box::new(move |audio: holdfast_media::audio::EncodedAudio| {
            let batch = track.lock().audio(audio.data, audio.timestamp.wrapping_add(offset));
            fanout.send(batch);
        });
        let shared = Arc::clone(&self.shared);
        let events = self.events.clone();
        let notice = self.audio_notice();
        let on_error = Box::new(move |error: AudioError| {
            tracing::warn!(code = error.code(), "microphone lost");
            shared.change(|wishes| {
                wishes.microphone_broken = true;
                shared.gate.set_open(false);
            });
            let _ = events.try_send(LocalEvent::MicrophoneFailed(notice));
        });
        AudioCapture::start(self.sources.audio.clone(), self.shared.gate.clone(), sink, on_error)
    }

    fn apply_camera(&mut self, wanted: bool) {
        match (wanted, self.camera.is_some()) {
            (true, false) => match self.open_camera() {
                Ok(capture) => self.camera = Some(capture),
                Err(error) => {
                    tracing::warn!(code = error.code(), "camera not opened");
                    self.shared.lock().camera = false;
                    self.report(LocalEvent::CameraFailed(self.video_notice()));
                }
            },
            (false, true) => self.camera = None,
            _ => {}
        }
    }

    fn open_camera(&self) -> Result<VideoCapture, VideoSourceError> {
        let fanout = self.fanout.clone();
        let frames = self.frames.clone();
        let track = self.video_track.clone();
        let offset = track.offset();
        let sink = Box::new(move |frame: holdfast_media::video::EncodedFrame| {
            let timestamp = frame.timestamp.wrapping_add(offset);
            let batch = track.lock().video(frame.data.clone(), timestamp);
            fanout.send(batch);
            frames.publish(TileFrame {
                tile: OWN_TILE,
                keyframe: frame.keyframe,
                timestamp,
                width: frame.width,
                height: frame.height,
                data: frame.data,
            });
        });
        let shared = Arc::clone(&self.shared);
        let events = self.events.clone();
        let notice = self.video_notice();
        let on_error = Box::new(move |error: VideoSourceError| {
            tracing::warn!(code = error.code(), "camera lost");
            shared.change(|wishes| wishes.camera_broken = true);
            let _ = events.try_send(LocalEvent::CameraFailed(notice));
        });
        VideoCapture::start(self.sources.video.clone(), self.sources.video_settings, sink, on_error)
    }

    fn video_notice(&self) -> Notice {
        match self.sources.video {
            VideoSourceSpec::File(_) => Notice::VideoFileInvalid,
            _ => Notice::CameraUnavailable,
        }
    }

    fn audio_notice(&self) -> Notice {
        match self.sources.audio {
            AudioSourceSpec::File(_) => Notice::AudioFileInvalid,
            _ => Notice::MicrophoneUnavailable,
        }
    }

    fn report(&self, event: LocalEvent) {
        // The actor always drains this; when it is gone nobody is left to tell.
        let _ = self.events.blocking_send(event);
    }
}
