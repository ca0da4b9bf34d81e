//! The meeting: entering, leaving, own media, events.

use holdfast_meeting::{MeetingEvent, MeetingSnapshot};
use tauri::ipc::Channel;
use tauri::{AppHandle, Runtime, State};
use tauri_plugin_clipboard_manager::ClipboardExt as _;

use crate::call::{Call, Destination, Entering};
use crate::error::AppError;

/// Hosts a new meeting on the embedded server and enters it.
#[tauri::command]
pub(crate) async fn host(
    call: State<'_, Call>,
    name: String,
    microphone: bool,
    camera: bool,
) -> Result<MeetingSnapshot, AppError> {
    call.enter(Destination::Ours, Entering { name, microphone, camera }).await
}

/// Enters the meeting of an invite link.
#[tauri::command]
pub(crate) async fn join(
    call: State<'_, Call>,
    link: String,
    name: String,
    microphone: bool,
    camera: bool,
) -> Result<MeetingSnapshot, AppError> {
    call.enter(Destination::Link(link), Entering { name, microphone, camera }).await
}

/// Leaves, or calls off entering.
#[tauri::command]
pub(crate) async fn leave(call: State<'_, Call>) -> Result<(), AppError> {
    call.leave().await;
    Ok(())
}

/// Opens or closes the microphone.
#[tauri::command]
pub(crate) async fn set_microphone(call: State<'_, Call>, on: bool) -> Result<(), AppError> {
    Ok(call.meeting()?.set_microphone(on).await?)
}

/// Switches the camera.
#[tauri::command]
pub(crate) async fn set_camera(call: State<'_, Call>, on: bool) -> Result<(), AppError> {
    Ok(call.meeting()?.set_camera(on).await?)
}

/// Raises or lowers the hand.
#[tauri::command]
pub(crate) async fn set_hand(call: State<'_, Call>, on: bool) -> Result<(), AppError> {
    Ok(call.meeting()?.set_hand(on).await?)
}

/// The meeting as it stands; nothing without one.
#[tauri::command]
pub(crate) async fn snapshot(call: State<'_, Call>) -> Result<Option<MeetingSnapshot>, AppError> {
    Ok(call.snapshot().await)
}

/// Events of this and every later meeting, a snapshot first if there is a meeting.
#[tauri::command]
pub(crate) async fn subscribe(call: State<'_, Call>, channel: Channel<MeetingEvent>) -> Result<(), AppError> {
    call.subscribe(channel).await;
    Ok(())
}

/// Puts the invite link on the clipboard. The page cannot: a webview asks or refuses.
#[tauri::command]
pub(crate) async fn copy_invite<R: Runtime>(
    app: AppHandle<R>,
    call: State<'_, Call>,
) -> Result<(), AppError> {
    let snapshot = call.meeting()?.snapshot().await?;
    // Waits for the display server; not on a thread that others share.
    tokio::task::spawn_blocking(move || app.clipboard().write_text(snapshot.invite))
        .await
        .map_err(|_| AppError::Internal)?
        .map_err(|error| {
            tracing::warn!(%error, "clipboard");
            AppError::ClipboardUnavailable
        })
}
