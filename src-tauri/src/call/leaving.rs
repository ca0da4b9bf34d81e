//! Leaving a meeting: because the person or the system wants it, or because it ended.

use std::sync::Arc;

use holdfast_meeting::MeetingEvent;

use super::Call;
use super::phase::Left;

impl Call {
    /// Leaves, or calls off entering. From the first moment, nothing more is sent. When this returns, the pages have
    /// been told, and there is no way back. The goodbye goes on in the background, because a server that does not
    /// answer can delay it for seconds: see [`Call::left`].
    pub(crate) async fn leave(&self) {
        let Left::Meeting(closed, turn) = self.inner.phase.leave() else { return };
        let turn = match turn {
            Ok(turn) => turn,
            Err(_) => self.inner.phase.turn_to_leave().await,
        };
        // Held until both are done: the record that ends below must not be that of the next call.
        let turn = Arc::new(turn);
        let goodbye = Arc::clone(&turn);
        tauri::async_runtime::spawn(async move {
            closed.await;
            drop(goodbye);
        });
        self.inner.way_back.journal().end().await;
        self.inner.listeners.publish(MeetingEvent::Ended { code: None }).await;
        drop(turn);
    }

    /// Waits until a left call is gone: everyone got the goodbye, and its devices and its server are closed.
    pub(crate) async fn left(&self) {
        drop(self.inner.phase.turn_to_leave().await);
    }

    /// Leaves because the system ends the app: the meeting can be rejoined.
    pub(crate) async fn leave_for_now(&self) {
        let record = self.inner.way_back.journal().keep_for_later().await;
        self.leave().await;
        if record.is_some() {
            self.inner.way_back.set(record).await;
        }
    }
}
