//! Pictures: where the frame socket is, and the IPC channel in its place.

use holdfast_meeting::{FeedNumber, MeetingError};
use tauri::ipc::{Channel, InvokeResponseBody};
use tauri::{Runtime, State, WebviewWindow};

use crate::call::Call;
use crate::error::AppError;
use crate::frames::ipc::IpcFrames;
use crate::frames::socket::FrameSocketAddress;
use crate::frames::{FrameFormat, FrameHub, FrameRequest, PageSocket};

/// Where the frame socket is, with a token that opens it once. The socket listens from the first call on.
#[tauri::command]
pub(crate) async fn frame_socket(socket: State<'_, PageSocket>) -> Result<FrameSocketAddress, AppError> {
    socket.grant().await.map_err(AppError::FrameSocketUnavailable)
}

/// The same binary messages over IPC, for a webview that refuses the socket.
#[tauri::command]
pub(crate) async fn frames_over_ipc<R: Runtime>(
    window: WebviewWindow<R>,
    hub: State<'_, FrameHub>,
    frames: State<'_, IpcFrames>,
    channel: Channel<InvokeResponseBody>,
    format: Option<FrameFormat>,
) -> Result<(), AppError> {
    frames.start(window.label(), hub.inner().clone(), format.unwrap_or(FrameFormat::Vp8), channel);
    Ok(())
}

/// Over IPC: the page has decoded or drawn everything of the feed up to `seq`.
#[tauri::command]
pub(crate) async fn frame_credit<R: Runtime>(
    window: WebviewWindow<R>,
    frames: State<'_, IpcFrames>,
    feed: u32,
    seq: u32,
) -> Result<(), AppError> {
    frames.hear(window.label(), FrameRequest::Credit { feed, seq }).await;
    Ok(())
}

/// Over IPC: the page wants the feed's pictures in another format.
#[tauri::command]
pub(crate) async fn frame_format<R: Runtime>(
    window: WebviewWindow<R>,
    frames: State<'_, IpcFrames>,
    feed: u32,
    format: FrameFormat,
) -> Result<(), AppError> {
    frames.hear(window.label(), FrameRequest::Format { feed, format }).await;
    Ok(())
}

/// The page's decoder of the feed needs a keyframe.
#[tauri::command]
pub(crate) async fn request_keyframe<R: Runtime>(
    window: WebviewWindow<R>,
    call: State<'_, Call>,
    frames: State<'_, IpcFrames>,
    feed: u32,
) -> Result<(), AppError> {
    frames.hear(window.label(), FrameRequest::Keyframe { feed }).await;
    // Also without an IPC session: the page may only want a sharper picture.
    match call.meeting()?.request_keyframe(FeedNumber(feed)).await {
        Err(MeetingError::Ended) => Err(AppError::NotInMeeting),
        other => Ok(other?),
    }
}
