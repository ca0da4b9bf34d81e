//! The switch of a microphone without its device: what decides when sound may leave, for whoever drives it by hand.

use std::sync::Arc;

use holdfast_media::audio::{AudioSourceSpec, MicrophoneGate};
use holdfast_media::video::{VideoSettings, VideoSourceSpec};

use super::wishes::{LocalControl, LocalSources, Shared, Wishes};

/// A microphone as a meeting switches it. The wish, the gate and the rules between them are those of a meeting's own
/// devices; the device, and the thread that opens it, are whoever holds this: the simulation of whole meetings.
pub struct MicrophoneSwitch {
    control: LocalControl,
}

impl MicrophoneSwitch {
    /// One that is wanted or not. Its gate is closed until a device is open.
    #[must_use]
    pub fn new(on: bool) -> Self {
        // Nothing is opened here: any sources do.
        let sources = LocalSources {
            video: VideoSourceSpec::Pattern { hue: 0 },
            video_settings: VideoSettings::default(),
            audio: AudioSourceSpec::Tone { hz: 440.0 },
        };
        let shared = Arc::new(Shared::new(Wishes::new(sources, on, false), false));
        Self { control: LocalControl { shared } }
    }

    /// What a person asks. After `false` no sound passes the gate.
    pub fn set(&self, on: bool) {
        self.control.set_microphone(on);
    }

    /// Closes it for good.
    pub fn leave(&self) {
        self.control.leave();
    }

    /// The device is open, or was looked at and still is.
    pub fn device_is_open(&self) {
        self.control.shared.open_gate();
    }

    /// Whether it is wanted: what everyone else is told.
    #[must_use]
    pub fn wanted(&self) -> bool {
        self.control.wanted().microphone
    }

    /// What captured sound goes through.
    #[must_use]
    pub fn gate(&self) -> &MicrophoneGate {
        &self.control.shared.gate
    }
}
