//! The devices that a person chose: remembered, and used at once by the meeting or the preview.

use holdfast_media::audio::{AudioSinkSpec, Playout, chime};
use holdfast_meeting::{DeviceKind, Meeting, MeetingSnapshot, PreviewConfig};
use serde_json::{Map, Value};
use tauri::ipc::Channel;

use super::Call;
use super::sources::Sources;
use crate::error::AppError;
use crate::frames::FrameHub;
use crate::preferences::VideoSize;
use crate::preview::{PagePreview, PreviewEvent, PreviewWanted};

/// How long the end of a sound takes through the system's own buffers.
const TAIL: std::time::Duration = std::time::Duration::from_millis(400);

const KINDS: [DeviceKind; 3] = [DeviceKind::Camera, DeviceKind::Microphone, DeviceKind::Speaker];

/// How devices are used outside of a meeting. Makes sure that changes come one after the other.
pub(super) struct DeviceUse {
    preview: PagePreview,
    /// Held while a chosen device opens, so that the last choice wins.
    choosing: tokio::sync::Mutex<()>,
    /// Held while a speaker test plays.
    sounding: tokio::sync::Mutex<()>,
}

impl DeviceUse {
    pub(super) fn new(frames: FrameHub) -> Self {
        Self {
            preview: PagePreview::new(frames),
            choosing: tokio::sync::Mutex::default(),
            sounding: tokio::sync::Mutex::default(),
        }
    }
}

impl Call {
    /// Uses another device from now on, in this meeting and later ones; the system's own choice with `None`.
    pub(crate) async fn choose_device(&self, kind: DeviceKind, id: Option<String>) -> Result<(), AppError> {
        // One after the other, so that the last choice wins.
        let _choosing = self.inner.devices.choosing.lock().await;
        let mut devices = self.preferences().devices;
        devices.set(kind, id.clone());
        let saved = self.remember("devices", &devices).await;
        // A choice that cannot be written still applies to this run.
        if saved.is_ok() || matches!(saved, Err(AppError::PreferencesNotSaved(_))) {
            match self.meeting() {
                Ok(meeting) => meeting.choose_device(kind, id).await,
                Err(_) => {
                    if let Some(preview) = self.inner.devices.preview.control().await {
                        preview.choose_device(kind, id);
                    }
                }
            }
        }
        saved
    }

    /// Sends pictures of this size at most from now on, in this meeting and later ones.
    pub(crate) async fn choose_video_size(&self, size: VideoSize) -> Result<(), AppError> {
        let _choosing = self.inner.devices.choosing.lock().await;
        let saved = self.remember("videoSize", &size).await;
        let settings = self.inner.arguments.video_settings(size.pixels());
        match self.meeting() {
            Ok(meeting) => meeting.set_video_settings(settings),
            Err(_) => {
                if let Some(preview) = self.inner.devices.preview.control().await {
                    preview.set_video_settings(settings);
                }
            }
        }
        saved
    }

    async fn remember(&self, name: &str, value: &impl serde::Serialize) -> Result<(), AppError> {
        let value = serde_json::to_value(value).map_err(|_| AppError::Internal)?;
        let change: Map<String, Value> = Map::from_iter([(name.to_owned(), value)]);
        self.change_preferences(&change).await.map(drop)
    }

    /// Uses what was chosen while we were entering the meeting.
    pub(super) async fn use_choices(&self, meeting: &Meeting, snapshot: &MeetingSnapshot) {
        let _choosing = self.inner.devices.choosing.lock().await;
        let preferences = self.preferences();
        for kind in KINDS {
            let chosen = preferences.devices.of(kind);
            if chosen != snapshot.devices.of(kind) {
                meeting.choose_device(kind, chosen.map(str::to_owned)).await;
            }
        }
        meeting.set_video_settings(self.inner.arguments.video_settings(preferences.video_size.pixels()));
    }

    /// Opens devices to look at, as long as there is no meeting.
    pub(crate) async fn preview(
        &self,
        window: &str,
        wanted: PreviewWanted,
        channel: Channel<PreviewEvent>,
    ) -> Result<(), AppError> {
        let allowed = || {
            if !self.inner.phase.is_idle() {
                return Err(AppError::AlreadyInMeeting);
            }
            let Sources { video, video_settings, audio, .. } = self.sources();
            let PreviewWanted { camera, microphone } = wanted;
            Ok(PreviewConfig { camera, microphone, video, video_settings, audio })
        };
        self.inner.devices.preview.show(window, channel, allowed).await
    }

    /// Closes the preview's devices.
    pub(crate) async fn end_preview(&self) {
        self.inner.devices.preview.end().await;
    }

    /// The same, if they are open for the page of this window, which is gone.
    pub(crate) async fn end_preview_of(&self, window: &str) {
        self.inner.devices.preview.end_of(window).await;
    }

    /// Whether devices are open for a page.
    #[cfg(test)]
    pub(crate) async fn has_preview(&self) -> bool {
        self.inner.devices.preview.control().await.is_some()
    }

    /// Plays a short chime on the chosen speaker. Returns after it was heard. In a meeting it returns at once, because
    /// the chime is mixed with the other sound.
    pub(crate) async fn test_sound(&self) -> Result<(), AppError> {
        if let Ok(meeting) = self.meeting() {
            meeting.test_sound();
            return Ok(());
        }
        // One at a time, no matter how often the person presses the button.
        let Ok(_playing) = self.inner.devices.sounding.try_lock() else { return Ok(()) };
        let sink = match self.sources().sink {
            // A file is only for the sound of a meeting.
            AudioSinkSpec::File(_) => AudioSinkSpec::None,
            sink => sink,
        };
        let opened = tokio::task::spawn_blocking(move || Playout::start(sink, Box::new(|_| ()))).await;
        let playout = opened.map_err(|_| AppError::Internal)?.map_err(AppError::Sound)?;
        let sound = chime();
        let length = std::time::Duration::from_secs_f64(
            sound.len() as f64 / f64::from(holdfast_media::audio::SAMPLE_RATE),
        );
        playout.play(sound);
        tokio::time::sleep(length + TAIL).await;
        tokio::task::spawn_blocking(move || drop(playout)).await.map_err(|_| AppError::Internal)
    }

    pub(super) fn sources(&self) -> Sources {
        Sources::new(&self.inner.arguments, &self.preferences())
    }
}
