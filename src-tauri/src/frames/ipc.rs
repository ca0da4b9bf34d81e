//! Pictures over an IPC channel, for a webview that refuses the frame socket. Slower (everything passes the
//! window's main thread), but the same messages and the same credits.

use std::sync::{Mutex, PoisonError};

use tauri::ipc::{Channel, InvokeResponseBody};
use tokio::sync::mpsc;

use super::credit::FrameFormat;
use super::hub::FrameHub;
use super::request::FrameRequest;
use super::session::{INBOX, OUTBOX, Session};

/// The page's IPC session; there is one page, so a new session replaces the one of the page before a reload.
#[derive(Default)]
pub(crate) struct IpcFrames {
    inbox: Mutex<Option<mpsc::Sender<FrameRequest>>>,
}

impl IpcFrames {
    /// Starts sending frames into the channel. Must be called within the async runtime.
    pub(crate) fn start(&self, hub: FrameHub, format: FrameFormat, channel: Channel<InvokeResponseBody>) {
        let (outbox, mut frames) = mpsc::channel(OUTBOX);
        let (heard, inbox) = mpsc::channel(INBOX);
        tokio::spawn(Session::new(hub, format, outbox).run(inbox));
        tokio::spawn(async move {
            while let Some(frame) = frames.recv().await {
                if channel.send(InvokeResponseBody::Raw(frame)).is_err() {
                    return;
                }
            }
        });
        // Dropping the old inbox ends the old session.
        *self.inbox.lock().unwrap_or_else(PoisonError::into_inner) = Some(heard);
    }

    /// Gives a message of the page to the session, if there is one.
    pub(crate) async fn hear(&self, message: FrameRequest) {
        let inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(inbox) = inbox {
            // A session that ended hears nothing; the page will start another.
            let _ = inbox.send(message).await;
        }
    }
}
