//! Out of a meeting: by the person, by the system, or because it ended.

use std::sync::Arc;

use holdfast_meeting::MeetingEvent;

use super::Call;
use super::phase::Left;

impl Call {
    /// Leaves, or calls off entering. Nothing is sent any more from the first moment. When this returns the pages are
    /// told, and nothing leads back. The goodbye goes on beside, since a server that does not answer can hold it up for
    /// seconds: see [`Call::left`].
    pub(crate) async fn leave(&self) {
        let Left::Meeting(closed, turn) = self.inner.phase.leave() else { return };
        let turn = match turn {
            Ok(turn) => turn,
            Err(_) => self.inner.phase.turn_to_leave().await,
        };
        // Until both are done: the record that ends below must not be the next call's.
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

    /// Waits until a call that was left is gone: everyone was told goodbye, its devices and its server are closed.
    pub(crate) async fn left(&self) {
        drop(self.inner.phase.turn_to_leave().await);
    }

    /// Leaves because the system wants the app to end: the meeting can be rejoined.
    pub(crate) async fn leave_for_now(&self) {
        let record = self.inner.way_back.journal().keep_for_later().await;
        self.leave().await;
        if record.is_some() {
            self.inner.way_back.set(record).await;
        }
    }
}
