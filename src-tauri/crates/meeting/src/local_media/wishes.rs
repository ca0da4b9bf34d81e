//! What is wanted of the devices, shared by whoever wishes and the thread that fulfils.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use holdfast_media::audio::{AudioSourceSpec, CaptureLevel, DeviceUse, MicrophoneGate};
use holdfast_media::video::{VideoSettings, VideoSourceSpec};

/// Where our pictures and sound come from.
#[derive(Clone, Debug)]
pub(crate) struct LocalSources {
    pub(crate) video: VideoSourceSpec,
    pub(crate) video_settings: VideoSettings,
    pub(crate) audio: AudioSourceSpec,
}

#[derive(Debug)]
pub(super) struct Wishes {
    pub(super) microphone: bool,
    pub(super) camera: bool,
    pub(super) sources: LocalSources,
    pub(super) keyframe: bool,
    /// Number of the capture that ended by itself, and why.
    pub(super) camera_broken: Option<(u64, &'static str)>,
    pub(super) microphone_broken: bool,
    /// What the microphone's stream is open on, as it told last.
    pub(super) microphone_use: Option<DeviceUse>,
    pub(super) stop: bool,
    /// Grows with every change, so that the thread knows whether it has seen all.
    pub(super) version: u64,
}

impl Wishes {
    pub(super) fn new(sources: LocalSources, microphone: bool, camera: bool) -> Self {
        Self {
            microphone,
            camera,
            sources,
            keyframe: false,
            camera_broken: None,
            microphone_broken: false,
            microphone_use: None,
            stop: false,
            version: 0,
        }
    }
}

pub(super) struct Shared {
    wishes: Mutex<Wishes>,
    changed: Condvar,
    pub(super) gate: MicrophoneGate,
    /// Sound is measured and goes nowhere: the gate stays closed.
    meter_only: bool,
    /// Of the microphone that was opened last.
    pub(super) level: Mutex<Option<CaptureLevel>>,
}

impl Shared {
    pub(super) fn new(wishes: Wishes, meter_only: bool) -> Self {
        Self {
            wishes: Mutex::new(wishes),
            changed: Condvar::new(),
            gate: MicrophoneGate::default(),
            meter_only,
            level: Mutex::default(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Wishes> {
        // Wishes are plain values, whole after any panic.
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Wishes)) {
        let mut wishes = self.lock();
        change(&mut wishes);
        wishes.version += 1;
        self.changed.notify_all();
    }

    /// Waits until there is more than was seen; `None` when the devices are to be closed.
    pub(super) fn wait_for_news(&self, seen: Option<u64>) -> Option<MutexGuard<'_, Wishes>> {
        let mut wishes = self.lock();
        while Some(wishes.version) == seen && !wishes.stop {
            wishes = self.changed.wait(wishes).unwrap_or_else(PoisonError::into_inner);
        }
        (!wishes.stop).then_some(wishes)
    }

    /// Opens the gate if the microphone is still wanted: it may have been muted while the device opened.
    pub(super) fn open_gate(&self) {
        let wishes = self.lock();
        if wishes.microphone && !self.meter_only {
            self.gate.set_open(true);
        }
    }
}

/// Steers the devices. Clones steer the same ones.
#[derive(Clone)]
pub(crate) struct LocalControl {
    pub(super) shared: std::sync::Arc<Shared>,
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

    /// Takes pictures from another camera. Nothing happens where pictures come from no camera.
    pub(crate) fn choose_camera(&self, chosen: Option<String>) {
        self.shared.change(|wishes| {
            if let VideoSourceSpec::Camera { id } = &mut wishes.sources.video {
                *id = chosen;
            }
        });
    }

    /// Takes sound from another microphone. Nothing happens where sound comes from no microphone.
    pub(crate) fn choose_microphone(&self, chosen: Option<String>) {
        self.shared.change(|wishes| {
            if let AudioSourceSpec::Microphone { device } = &mut wishes.sources.audio {
                *device = chosen;
            }
        });
    }

    pub(crate) fn set_video_settings(&self, settings: VideoSettings) {
        self.shared.change(|wishes| wishes.sources.video_settings = settings);
    }

    pub(crate) fn request_keyframe(&self) {
        self.shared.change(|wishes| wishes.keyframe = true);
    }
}
