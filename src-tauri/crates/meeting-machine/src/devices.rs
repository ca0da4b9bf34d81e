//! Which devices a person chose.

use serde::{Deserialize, Serialize};

/// What a device is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export))]
pub enum DeviceKind {
    /// It captures pictures.
    Camera,
    /// It captures sound.
    Microphone,
    /// It plays sound.
    Speaker,
}

/// The devices chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export))]
pub struct MeetingDevices {
    /// Id of the camera; null for the system's own choice.
    pub camera: Option<String>,
    /// The same for the microphone.
    pub microphone: Option<String>,
    /// The same for the speaker.
    pub speaker: Option<String>,
}

impl MeetingDevices {
    /// The id of the device of this kind.
    #[must_use]
    pub fn of(&self, kind: DeviceKind) -> Option<&str> {
        match kind {
            DeviceKind::Camera => self.camera.as_deref(),
            DeviceKind::Microphone => self.microphone.as_deref(),
            DeviceKind::Speaker => self.speaker.as_deref(),
        }
    }

    /// Replaces the device of this kind.
    pub fn set(&mut self, kind: DeviceKind, id: Option<String>) {
        match kind {
            DeviceKind::Camera => self.camera = id,
            DeviceKind::Microphone => self.microphone = id,
            DeviceKind::Speaker => self.speaker = id,
        }
    }
}
