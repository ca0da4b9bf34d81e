//! The meeting: entering, leaving, own media, events.

use holdfast_meeting::{Listening, MeetingSnapshot};
use holdfast_protocol::ParticipantId;
use tauri::ipc::Channel;
use tauri::{AppHandle, Runtime, State, WebviewWindow};
use tauri_plugin_clipboard_manager::ClipboardExt as _;

use crate::call::{Call, Destination, Entering, PageEvent};
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

/// Enters a meeting with three synthetic people, to look around in. Nothing of it leaves this computer.
#[tauri::command]
pub(crate) async fn demo(
    call: State<'_, Call>,
    name: String,
    microphone: bool,
    camera: bool,
) -> Result<MeetingSnapshot, AppError> {
    call.enter(Destination::Demo, Entering { name, microphone, camera }).await
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

/// Enters one of the recent meetings.
#[tauri::command]
pub(crate) async fn join_recent(
    call: State<'_, Call>,
    id: u32,
    name: String,
    microphone: bool,
    camera: bool,
) -> Result<MeetingSnapshot, AppError> {
    call.enter(Destination::Recent(id), Entering { name, microphone, camera }).await
}

/// Forgets one of the recent meetings.
#[tauri::command]
pub(crate) async fn forget_recent(call: State<'_, Call>, id: u32) -> Result<(), AppError> {
    call.forget_recent(id).await;
    Ok(())
}

/// Comes back into the meeting that the app was in when it ended, with microphone and camera as they were.
#[tauri::command]
pub(crate) async fn rejoin(call: State<'_, Call>) -> Result<MeetingSnapshot, AppError> {
    call.rejoin().await
}

/// Forgets that meeting.
#[tauri::command]
pub(crate) async fn forget_last_call(call: State<'_, Call>) -> Result<(), AppError> {
    call.forget_last().await;
    Ok(())
}

/// Leaves, or calls off entering. The goodbye goes on in the background.
#[tauri::command]
pub(crate) async fn leave(call: State<'_, Call>) -> Result<(), AppError> {
    call.leave().await;
    Ok(())
}

/// Opens or closes the microphone. Closed means that nothing leaves, also after the app crashes and comes back.
#[tauri::command]
pub(crate) async fn set_microphone(call: State<'_, Call>, on: bool) -> Result<(), AppError> {
    call.set_microphone(on).await
}

/// Switches the camera.
#[tauri::command]
pub(crate) async fn set_camera(call: State<'_, Call>, on: bool) -> Result<(), AppError> {
    call.set_camera(on).await
}

/// Raises or lowers the hand.
#[tauri::command]
pub(crate) async fn set_hand(call: State<'_, Call>, on: bool) -> Result<(), AppError> {
    call.set_hand(on).await
}

/// Tries now to get the connection to someone back.
#[tauri::command]
pub(crate) async fn retry(call: State<'_, Call>, participant: ParticipantId) -> Result<(), AppError> {
    Ok(call.meeting()?.retry(participant).await?)
}

/// Changes how loud someone is here, and whether they are heard here at all.
#[tauri::command]
pub(crate) async fn set_listening(
    call: State<'_, Call>,
    participant: ParticipantId,
    listening: Listening,
) -> Result<(), AppError> {
    call.set_listening(participant, listening).await
}

/// Shows someone large here, or takes that back.
#[tauri::command]
pub(crate) async fn set_pinned(
    call: State<'_, Call>,
    participant: Option<ParticipantId>,
) -> Result<(), AppError> {
    call.set_pinned(participant).await
}

/// The current state of the meeting; nothing without a meeting.
#[tauri::command]
pub(crate) async fn snapshot(call: State<'_, Call>) -> Result<Option<MeetingSnapshot>, AppError> {
    Ok(call.snapshot().await)
}

/// Sends events of this and every later meeting: first a snapshot, if there is a meeting, and whether there is a
/// meeting to rejoin.
#[tauri::command]
pub(crate) async fn subscribe<R: Runtime>(
    window: WebviewWindow<R>,
    call: State<'_, Call>,
    channel: Channel<PageEvent>,
) -> Result<(), AppError> {
    call.subscribe(window.label(), channel).await;
    Ok(())
}

/// Puts the invite link on the clipboard. The page cannot do this, because a webview asks or refuses.
#[tauri::command]
pub(crate) async fn copy_invite<R: Runtime>(
    app: AppHandle<R>,
    call: State<'_, Call>,
) -> Result<(), AppError> {
    let snapshot = call.meeting()?.snapshot().await?;
    to_clipboard(app, snapshot.invite).await
}

pub(super) async fn to_clipboard<R: Runtime>(app: AppHandle<R>, text: String) -> Result<(), AppError> {
    // This waits for the display server, so it does not run on a shared thread.
    tokio::task::spawn_blocking(move || app.clipboard().write_text(text))
        .await
        .map_err(|_| AppError::Internal)?
        .map_err(|error| {
            tracing::warn!(%error, "clipboard");
            AppError::ClipboardUnavailable
        })
}
