//! Which devices are plugged in.

use holdfast_media::{Device, audio, video};
use holdfast_meeting::DeviceKind;
use serde::Serialize;
use tauri::ipc::Channel;
use tauri::{Runtime, State, WebviewWindow};
use ts_rs::TS;

use crate::call::Call;
use crate::error::AppError;
use crate::preferences::VideoSize;
use crate::preview::{PreviewEvent, PreviewWanted};

/// What is plugged in.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export)]
pub(crate) struct Devices {
    cameras: Vec<Device>,
    microphones: Vec<Device>,
    speakers: Vec<Device>,
}

/// Lists devices. A kind is empty if the system does not tell about it.
#[tauri::command]
pub(crate) async fn devices() -> Result<Devices, AppError> {
    // Asks drivers and a sound server, which may take time.
    tokio::task::spawn_blocking(|| Devices {
        cameras: video::cameras(),
        microphones: audio::microphones(),
        speakers: audio::speakers(),
    })
    .await
    .map_err(|_| AppError::Internal)
}

/// Uses another device, at once and from now on; the system's own choice without an id.
#[tauri::command]
pub(crate) async fn choose_device(
    call: State<'_, Call>,
    kind: DeviceKind,
    id: Option<String>,
) -> Result<(), AppError> {
    call.choose_device(kind, id).await
}

/// Sends pictures of this size at most, at once and from now on.
#[tauri::command]
pub(crate) async fn choose_video_size(call: State<'_, Call>, size: VideoSize) -> Result<(), AppError> {
    call.choose_video_size(size).await
}

/// Opens devices to look at before a meeting. Pictures come as those of feed 0.
#[tauri::command]
pub(crate) async fn preview<R: Runtime>(
    call: State<'_, Call>,
    window: WebviewWindow<R>,
    wanted: PreviewWanted,
    channel: Channel<PreviewEvent>,
) -> Result<(), AppError> {
    call.preview(window.label(), wanted, channel).await
}

/// Closes the preview's devices.
#[tauri::command]
pub(crate) async fn preview_end(call: State<'_, Call>) -> Result<(), AppError> {
    call.end_preview().await;
    Ok(())
}

/// Plays a short chime on the chosen speaker.
#[tauri::command]
pub(crate) async fn test_sound(call: State<'_, Call>) -> Result<(), AppError> {
    call.test_sound().await
}
