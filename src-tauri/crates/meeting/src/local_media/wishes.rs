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

/// Which of our devices are wanted: as the person switched them last, but for what failed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Whether our sound may leave.
    pub microphone: bool,
    /// Whether our pictures may.
    pub camera: bool,
}

/// Whether a device is wanted, and how often somebody said so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) on: bool,
    turn: u64,
}

impl Wish {
    fn new(on: bool) -> Self {
        Self { on, turn: 0 }
    }

    fn set(&mut self, on: bool) {
        *self = Self { on, turn: self.turn + 1 };
    }

    /// The device that was to fulfil this could not. False when somebody has switched since: that is a new wish,
    /// which is to be tried.
    pub(super) fn fail(&mut self, tried: Self) -> bool {
        if self.turn != tried.turn {
            return false;
        }
        self.on = false;
        true
    }
}

#[derive(Debug)]
pub(super) struct Wishes {
    pub(super) microphone: Wish,
    pub(super) camera: Wish,
    pub(super) sources: LocalSources,
    pub(super) keyframe: bool,
    /// Number of the capture that ended by itself, and why.
    pub(super) camera_broken: Option<(u64, &'static str)>,
    /// Number of the newest capture of the microphone.
    pub(super) microphone_captures: u64,
    /// Why it ended by itself.
    pub(super) microphone_broken: Option<&'static str>,
    /// What the microphone's stream is open on, as it told last.
    pub(super) microphone_use: Option<DeviceUse>,
    /// We have left: nothing is opened any more, whoever still wants it.
    left: bool,
    pub(super) stop: bool,
    /// Grows with every change, so that the thread knows whether it has seen all.
    pub(super) version: u64,
}

impl Wishes {
    pub(super) fn new(sources: LocalSources, microphone: bool, camera: bool) -> Self {
        Self {
            microphone: Wish::new(microphone),
            camera: Wish::new(camera),
            sources,
            keyframe: false,
            camera_broken: None,
            microphone_captures: 0,
            microphone_broken: None,
            microphone_use: None,
            left: false,
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
        if wishes.microphone.on && !self.meter_only {
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
            let on = on && !wishes.left;
            wishes.microphone.set(on);
            if !on {
                // Under the same lock that guards opening, so an opening in progress cannot undo it.
                self.shared.gate.set_open(false);
            }
        });
    }

    /// Closes the microphone for good: whoever opens it at the same moment comes too late.
    pub(crate) fn leave(&self) {
        self.shared.change(|wishes| {
            wishes.left = true;
            wishes.microphone.set(false);
            self.shared.gate.set_open(false);
        });
    }

    /// What is wanted now.
    pub(crate) fn wanted(&self) -> Wanted {
        let wishes = self.shared.lock();
        Wanted { microphone: wishes.microphone.on, camera: wishes.camera.on }
    }

    /// Level of the microphone in dBFS, also while its gate is closed; nothing before it was opened.
    pub(crate) fn microphone_dbfs(&self) -> Option<f32> {
        let level = self.shared.level.lock().unwrap_or_else(PoisonError::into_inner);
        level.as_ref().map(CaptureLevel::dbfs)
    }

    pub(crate) fn set_camera(&self, on: bool) {
        self.shared.change(|wishes| wishes.camera.set(on && !wishes.left));
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use super::*;

    fn control() -> LocalControl {
        let sources = LocalSources {
            video: VideoSourceSpec::Pattern { hue: 0 },
            video_settings: VideoSettings::default(),
            audio: AudioSourceSpec::Tone { hz: 440.0 },
        };
        let shared = Arc::new(Shared::new(Wishes::new(sources, true, true), false));
        LocalControl { shared }
    }

    #[test]
    fn a_failure_ends_the_wish_it_was_for_and_no_newer_one() {
        let control = control();
        let tried = control.shared.lock().camera;
        control.set_camera(false);
        control.set_camera(true);
        assert!(!control.shared.lock().camera.fail(tried));
        assert!(control.wanted().camera);
        let tried = control.shared.lock().camera;
        assert!(control.shared.lock().camera.fail(tried));
        assert!(!control.wanted().camera);
        control.set_camera(true);
        assert!(control.wanted().camera, "and can be wished anew");
    }

    #[test]
    fn nothing_opens_after_leaving() {
        let control = control();
        control.shared.open_gate();
        assert!(control.shared.gate.is_open());
        control.leave();
        control.set_microphone(true);
        control.set_camera(true);
        control.shared.open_gate();
        assert!(!control.shared.gate.is_open());
        assert_eq!(control.wanted(), Wanted { microphone: false, camera: false });
    }

    #[test]
    fn an_opening_in_progress_cannot_undo_a_mute() {
        let control = control();
        control.set_microphone(false);
        control.shared.open_gate();
        assert!(!control.shared.gate.is_open());
        control.set_microphone(true);
        control.shared.open_gate();
        assert!(control.shared.gate.is_open());
    }
}
