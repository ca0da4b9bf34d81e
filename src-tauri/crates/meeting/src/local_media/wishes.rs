//! What is wanted of the devices, shared by the callers and the thread that carries it out.
//!
//! [`DeviceWishes`] decides what follows from the wishes. This is the lock around them, and the gate that follows them
//! under that lock.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use holdfast_media::audio::{AudioSourceSpec, CaptureLevel, DeviceUse, MicrophoneGate};
use holdfast_media::video::{VideoSettings, VideoSourceSpec};
use holdfast_meeting_machine::{DeviceWishes, Wanted};

/// Where our pictures and sound come from.
#[derive(Clone, Debug)]
pub(crate) struct LocalSources {
    pub(crate) video: VideoSourceSpec,
    pub(crate) video_settings: VideoSettings,
    pub(crate) audio: AudioSourceSpec,
}

#[derive(Debug)]
pub(super) struct Wishes {
    pub(super) devices: DeviceWishes,
    pub(super) sources: LocalSources,
    pub(super) keyframe: bool,
    /// Number of the capture that ended by itself, and why.
    pub(super) camera_broken: Option<(u64, &'static str)>,
    /// Number of the newest capture of the microphone.
    pub(super) microphone_captures: u64,
    /// Why the newest capture ended by itself.
    pub(super) microphone_broken: Option<&'static str>,
    /// The device of the microphone's stream, as last reported.
    pub(super) microphone_use: Option<DeviceUse>,
    pub(super) stop: bool,
    /// Grows with every change, so that the thread knows whether it has seen all changes.
    pub(super) version: u64,
}

impl Wishes {
    pub(super) fn new(sources: LocalSources, devices: DeviceWishes) -> Self {
        Self {
            devices,
            sources,
            keyframe: false,
            camera_broken: None,
            microphone_captures: 0,
            microphone_broken: None,
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
    /// Level of the microphone that was opened last.
    pub(super) level: Mutex<Option<CaptureLevel>>,
}

impl Shared {
    pub(super) fn new(wishes: Wishes) -> Self {
        Self {
            wishes: Mutex::new(wishes),
            changed: Condvar::new(),
            gate: MicrophoneGate::default(),
            level: Mutex::default(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Wishes> {
        // Wishes are plain values, which are valid after any panic.
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Wishes)) {
        let mut wishes = self.lock();
        change(&mut wishes);
        wishes.version += 1;
        // Under the lock that guards the wishes, so that an opening in progress cannot undo a mute.
        self.gate.set_open(wishes.devices.is_gate_open());
        self.changed.notify_all();
    }

    /// Changes only the wishes. The thread that carries them out need not wake up for this.
    pub(super) fn change_devices(&self, change: impl FnOnce(&mut DeviceWishes)) {
        let mut wishes = self.lock();
        change(&mut wishes.devices);
        self.gate.set_open(wishes.devices.is_gate_open());
    }

    /// Waits until there is a version that the thread has not seen; `None` when the devices must close.
    pub(super) fn wait_for_news(&self, seen: Option<u64>) -> Option<MutexGuard<'_, Wishes>> {
        let mut wishes = self.lock();
        while Some(wishes.version) == seen && !wishes.stop {
            wishes = self.changed.wait(wishes).unwrap_or_else(PoisonError::into_inner);
        }
        (!wishes.stop).then_some(wishes)
    }
}

/// Controls the devices. Clones control the same ones.
#[derive(Clone)]
pub(crate) struct LocalControl {
    pub(super) shared: std::sync::Arc<Shared>,
}

impl LocalControl {
    /// Opens or closes the microphone. When this returns after `false`, no sound is sent any more.
    pub(crate) fn set_microphone(&self, on: bool) {
        self.shared.change(|wishes| wishes.devices.set_microphone(on));
    }

    /// Closes the microphone for good: an opening at the same moment comes too late.
    pub(crate) fn leave(&self) {
        self.shared.change(|wishes| wishes.devices.leave());
    }

    /// What is wanted now.
    pub(crate) fn wanted(&self) -> Wanted {
        self.shared.lock().devices.wanted()
    }

    /// Level of the microphone in dBFS, also while its gate is closed; `None` before it was first opened.
    pub(crate) fn microphone_dbfs(&self) -> Option<f32> {
        let level = self.shared.level.lock().unwrap_or_else(PoisonError::into_inner);
        level.as_ref().map(CaptureLevel::dbfs)
    }

    pub(crate) fn set_camera(&self, on: bool) {
        self.shared.change(|wishes| wishes.devices.set_camera(on));
    }

    /// Takes pictures from another camera. Does nothing if pictures do not come from a camera.
    pub(crate) fn choose_camera(&self, chosen: Option<String>) {
        self.shared.change(|wishes| {
            if let VideoSourceSpec::Camera { id } = &mut wishes.sources.video {
                *id = chosen;
            }
        });
    }

    /// Takes sound from another microphone. Does nothing if sound does not come from a microphone.
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn the_gate_follows_each_wish_at_once() {
        let sources = LocalSources {
            video: VideoSourceSpec::Pattern { hue: 0 },
            video_settings: VideoSettings::default(),
            audio: AudioSourceSpec::Tone { hz: 440.0 },
        };
        let shared = Arc::new(Shared::new(Wishes::new(sources, DeviceWishes::new(true, false))));
        let control = LocalControl { shared };
        assert!(!control.shared.gate.is_open(), "no device is open");
        control.shared.change_devices(DeviceWishes::microphone_is_open);
        assert!(control.shared.gate.is_open());
        control.set_microphone(false);
        assert!(!control.shared.gate.is_open());
        control.shared.change_devices(DeviceWishes::microphone_is_open);
        assert!(!control.shared.gate.is_open(), "it was muted while the device opened");
        control.set_microphone(true);
        control.shared.change_devices(DeviceWishes::microphone_is_open);
        assert!(control.shared.gate.is_open());
        control.leave();
        control.set_microphone(true);
        control.shared.change_devices(DeviceWishes::microphone_is_open);
        assert!(!control.shared.gate.is_open());
    }
}
