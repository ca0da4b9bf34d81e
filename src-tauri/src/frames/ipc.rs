//! Pictures over an IPC channel, for a webview that refuses the frame socket. It is slower (everything passes through
//! the window's main thread), but uses the same messages and the same credits.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tauri::ipc::{Channel, InvokeResponseBody};
use tokio::sync::mpsc;

use super::credit::FrameFormat;
use super::hub::FrameHub;
use super::request::FrameRequest;
use super::session::{INBOX, OUTBOX, Session};

/// The IPC sessions, one for each window. After a reload, the new session replaces that of the page before.
#[derive(Default)]
pub(crate) struct IpcFrames {
    inboxes: Mutex<BTreeMap<String, mpsc::Sender<FrameRequest>>>,
}

impl IpcFrames {
    /// Starts sending frames into the channel. Must be called within the async runtime.
    pub(crate) fn start(
        &self,
        window: &str,
        hub: FrameHub,
        format: FrameFormat,
        channel: Channel<InvokeResponseBody>,
    ) {
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
        self.lock().insert(window.to_owned(), heard);
    }

    /// Ends the session of a closed window.
    pub(crate) fn end(&self, window: &str) {
        self.lock().remove(window);
    }

    /// Gives a message of the window's page to its session, if there is one.
    pub(crate) async fn hear(&self, window: &str, message: FrameRequest) {
        let inbox = self.lock().get(window).cloned();
        if let Some(inbox) = inbox {
            // A session that ended takes no message. The page will start another.
            let _ = inbox.send(message).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, mpsc::Sender<FrameRequest>>> {
        self.inboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
