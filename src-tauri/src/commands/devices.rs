//! What is plugged in.

use holdfast_media::{audio, video};
use serde::Serialize;
use ts_rs::TS;

use crate::error::AppError;

/// A camera, microphone or speaker.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export)]
pub(crate) struct Device {
    /// What the system calls it; stays the same while it is plugged in.
    id: String,
    /// What a person calls it.
    name: String,
}

/// What is plugged in.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export)]
pub(crate) struct Devices {
    cameras: Vec<Device>,
    microphones: Vec<Device>,
    speakers: Vec<Device>,
}

/// Lists devices. Kinds the system does not tell about are empty.
#[tauri::command]
pub(crate) async fn devices() -> Result<Devices, AppError> {
    // Asks drivers and a sound server, which may take their time.
    tokio::task::spawn_blocking(|| Devices {
        cameras: video::cameras()
            .into_iter()
            .map(|device| Device { id: device.id, name: device.name })
            .collect(),
        microphones: audio::microphones().into_iter().map(sound).collect(),
        speakers: audio::speakers().into_iter().map(sound).collect(),
    })
    .await
    .map_err(|_| AppError::Internal)
}

fn sound(device: audio::Device) -> Device {
    Device { id: device.id, name: device.name }
}
