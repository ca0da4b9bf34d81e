//! A look at the devices before a meeting: the same devices, controlled in the same way, but their media goes nowhere.

use std::time::Duration;

use holdfast_media::audio::AudioSourceSpec;
use holdfast_media::video::{VideoSettings, VideoSourceSpec};
use holdfast_meeting_machine::loudness::seeming;
use holdfast_meeting_machine::{DeviceKind, FeedNumber};
use tokio::sync::{broadcast, mpsc};

use crate::error::MeetingError;
use crate::fanout::Fanout;
use crate::frames::{FeedFrame, FeedFrames};
use crate::local_media::{LocalControl, LocalEvent, LocalMedia, LocalOutput, LocalSources};

/// Reports that may wait.
const EVENT_QUEUE: usize = 16;

/// What to look at.
#[derive(Clone, Debug)]
pub struct PreviewConfig {
    /// Show the camera's pictures.
    pub camera: bool,
    /// Measure the microphone.
    pub microphone: bool,
    /// Where pictures come from.
    pub video: VideoSourceSpec,
    /// Size, rate and bitrate of our pictures.
    pub video_settings: VideoSettings,
    /// Where sound comes from.
    pub audio: AudioSourceSpec,
}

/// A device that was wanted and does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviewFailure {
    /// Which.
    pub kind: DeviceKind,
    /// Why: the code of [`holdfast_media::video::VideoSourceError`] or [`holdfast_media::audio::AudioError`].
    pub code: &'static str,
}

/// Open devices. Dropping it closes them and waits for that, at most about a second for a camera that hangs.
pub struct Preview {
    media: LocalMedia,
    frames: FeedFrames,
}

/// Controls the devices of a [`Preview`]. Does nothing after its end.
#[derive(Clone)]
pub struct PreviewControl {
    local: LocalControl,
}

impl Preview {
    /// The number of its one feed, our camera.
    pub const FEED: FeedNumber = FeedNumber(0);

    /// How often to read the level.
    pub const LEVEL_EVERY: Duration = Duration::from_millis(100);

    /// Opens what is wanted, on a thread of its own.
    ///
    /// # Errors
    /// [`MeetingError::NoThread`]. Devices that do not work are reported when they fail.
    pub fn start(config: PreviewConfig) -> Result<(Self, PreviewFailures), MeetingError> {
        let frames = FeedFrames::new();
        let (events, failures) = mpsc::channel(EVENT_QUEUE);
        let output = LocalOutput {
            fanout: Fanout::default(),
            frames: frames.clone(),
            camera: Self::FEED,
            events,
            meter_only: true,
        };
        let PreviewConfig { camera, microphone, video, video_settings, audio } = config;
        let sources = LocalSources { video, video_settings, audio };
        let media =
            LocalMedia::start(sources, microphone, camera, output).map_err(|_| MeetingError::NoThread)?;
        Ok((Self { media, frames }, PreviewFailures { events: failures }))
    }

    /// Our own pictures from now on.
    #[must_use]
    pub fn frames(&self) -> broadcast::Receiver<FeedFrame> {
        self.frames.subscribe()
    }

    /// Controls the devices.
    #[must_use]
    pub fn control(&self) -> PreviewControl {
        PreviewControl { local: self.media.control() }
    }
}

impl PreviewControl {
    /// Makes the next picture a keyframe.
    pub fn request_keyframe(&self) {
        self.local.request_keyframe();
    }

    /// Uses another device; the system's own choice with `None`. A preview has no speaker.
    pub fn choose_device(&self, kind: DeviceKind, id: Option<String>) {
        match kind {
            DeviceKind::Camera => self.local.choose_camera(id),
            DeviceKind::Microphone => self.local.choose_microphone(id),
            DeviceKind::Speaker => {}
        }
    }

    /// Changes size, rate and bitrate of our pictures.
    pub fn set_video_settings(&self, settings: VideoSettings) {
        self.local.set_video_settings(settings);
    }

    /// Opens or closes the camera.
    pub fn set_camera(&self, on: bool) {
        self.local.set_camera(on);
    }

    /// Opens or closes the microphone device itself.
    pub fn set_microphone(&self, on: bool) {
        self.local.set_microphone(on);
    }

    /// How loud the microphone sounds, 0 to 1; `None` while it is not open.
    #[must_use]
    pub fn level(&self) -> Option<f32> {
        self.local.microphone_dbfs().map(seeming)
    }
}

/// The failures of a preview.
pub struct PreviewFailures {
    events: mpsc::Receiver<LocalEvent>,
}

impl PreviewFailures {
    /// The next failure; `None` at the end of the preview.
    pub async fn next(&mut self) -> Option<PreviewFailure> {
        loop {
            match self.events.recv().await? {
                LocalEvent::CameraFailed { code, .. } => {
                    return Some(PreviewFailure { kind: DeviceKind::Camera, code });
                }
                LocalEvent::MicrophoneFailed { code, .. } => {
                    return Some(PreviewFailure { kind: DeviceKind::Microphone, code });
                }
                // The page shows the choice beside the picture and the meter, which show whether they work.
                LocalEvent::Ready | LocalEvent::Used(..) | LocalEvent::Notice(_) | LocalEvent::Solved(_) => {}
            }
        }
    }
}
