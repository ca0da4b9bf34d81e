//! Out of a meeting: by the person, by the system, or because it ended.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use holdfast_meeting::MeetingEvent;

use super::{Active, Call, Phase};

impl Call {
    /// Leaves, or calls off entering. Nothing is sent any more from the first moment, and when this returns the pages are
    /// told and nothing leads back. The goodbye goes on beside, since a server that does not answer can hold it up for
    /// seconds: see [`Call::left`].
    pub(crate) async fn leave(&self) {
        let (closed, leaving) = {
            let mut phase = self.phase();
            match std::mem::replace(&mut *phase, Phase::Idle) {
                Phase::Idle => return,
                Phase::Entering { cancel, .. } => {
                    let _ = cancel.send(());
                    return;
                }
                Phase::In(active) => {
                    self.inner.left_before.store(active.attempt + 1, Ordering::Release);
                    // Before the phase can be seen: the next call must not begin in between.
                    (active.close(), Arc::clone(&self.inner.leaving).try_lock_owned())
                }
            }
        };
        let leaving = match leaving {
            Ok(leaving) => leaving,
            Err(_) => Arc::clone(&self.inner.leaving).lock_owned().await,
        };
        // Until both are done: the record that ends below must not be the next call's.
        let leaving = Arc::new(leaving);
        let goodbye = Arc::clone(&leaving);
        tauri::async_runtime::spawn(async move {
            closed.await;
            drop(goodbye);
        });
        self.inner.journal.end().await;
        self.inner.listeners.publish(MeetingEvent::Ended { code: None }).await;
        drop(leaving);
    }

    /// Waits until a call that was left is gone: everyone was told goodbye, its devices and its server are closed.
    pub(crate) async fn left(&self) {
        drop(self.inner.leaving.lock().await);
    }

    /// Leaves because the system wants the app to end: the meeting can be come back to.
    pub(crate) async fn leave_for_now(&self) {
        let record = self.inner.journal.keep_for_later().await;
        self.leave().await;
        if record.is_some() {
            self.set_last(record).await;
        }
    }

    /// Whether the person left the meeting of this attempt.
    pub(super) fn was_left(&self, attempt: u64) -> bool {
        attempt < self.inner.left_before.load(Ordering::Acquire)
    }

    /// Frees the phase if it still holds the meeting of this attempt: it ended by itself.
    pub(super) fn ended(&self, attempt: u64) -> Option<Box<Active>> {
        let mut phase = self.phase();
        match std::mem::replace(&mut *phase, Phase::Idle) {
            Phase::In(active) if active.attempt == attempt => Some(active),
            other => {
                *phase = other;
                None
            }
        }
    }
}

impl Active {
    /// Closes what is ours when this returns, and the rest in what it returns.
    pub(super) fn close(self) -> impl Future<Output = ()> + Send + use<> {
        let left = self.meeting.leave();
        async move {
            left.await;
            if let Some(company) = self.company {
                company.leave().await;
            }
            if let Some(server) = self.server {
                server.shutdown().await;
            }
        }
    }
}
