//! Out of a meeting: by the person, by the system, or because it ended.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use holdfast_meeting::MeetingEvent;

use super::{Active, Call, Inner, Phase};

impl Call {
    /// Leaves, or calls off entering. When this returns there is no call, and nothing of it is sent any more; what it
    /// returns tells the pages at once and says goodbye to the others, which a server that does not answer can hold up
    /// for seconds, also where an earlier call is still being left.
    pub(crate) fn leave(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut phase = self.phase();
        let left = match std::mem::replace(&mut *phase, Phase::Idle) {
            Phase::Idle => None,
            Phase::Entering { cancel, .. } => {
                let _ = cancel.send(());
                None
            }
            Phase::In(active) => {
                self.inner.left_before.store(active.attempt + 1, Ordering::Release);
                Some(active.close())
            }
        };
        let inner = Arc::clone(&self.inner);
        // From this moment on, not from when somebody waits for it: the next call must not begin in between.
        let leaving = Arc::clone(&inner.leaving).try_lock_owned();
        drop(phase);
        async move {
            let _leaving = match leaving {
                Ok(leaving) => leaving,
                Err(_) => Arc::clone(&inner.leaving).lock_owned().await,
            };
            let Some(closed) = left else { return };
            let told = async {
                inner.journal.end().await;
                inner.listeners.publish(MeetingEvent::Ended { code: None }).await;
            };
            tokio::join!(closed, told);
        }
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

impl Inner {
    /// Waits until a call that was left is gone, with its devices and its server.
    pub(super) async fn left(&self) {
        drop(self.leaving.lock().await);
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
