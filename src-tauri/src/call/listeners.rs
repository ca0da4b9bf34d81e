//! Who hears what happens in the call: the page, and observers that only want to know that something changed.

use std::future::Future;

use holdfast_meeting::{MeetingEvent, MeetingSnapshot};
use tauri::ipc::Channel;
use tokio::sync::{Mutex, broadcast};

/// Changes an observer may lag behind; it only needs to know that there were some.
const OBSERVER_BACKLOG: usize = 16;

/// There is one page, so there is one channel: a page that was reloaded replaces its predecessor.
pub(crate) struct Listeners {
    page: Mutex<Page>,
    changed: broadcast::Sender<()>,
}

#[derive(Default)]
struct Page {
    channel: Option<Channel<MeetingEvent>>,
    /// What happened before the first page came and it must still hear.
    kept: Option<MeetingEvent>,
}

impl Default for Listeners {
    fn default() -> Self {
        Self { page: Mutex::default(), changed: broadcast::Sender::new(OBSERVER_BACKLOG) }
    }
}

impl Listeners {
    /// Makes the channel the page's. The snapshot is taken while no event can pass, so none is lost between
    /// them, and events before it are in it.
    pub(crate) async fn replace(
        &self,
        channel: Channel<MeetingEvent>,
        snapshot: impl Future<Output = Option<MeetingSnapshot>>,
    ) {
        let mut page = self.page.lock().await;
        if let Some(snapshot) = snapshot.await {
            send(&channel, MeetingEvent::Snapshot { snapshot: Box::new(snapshot) });
        }
        if let Some(kept) = page.kept.take() {
            send(&channel, kept);
        }
        page.channel = Some(channel);
    }

    pub(crate) async fn publish(&self, event: MeetingEvent) {
        let page = self.page.lock().await;
        if let Some(channel) = &page.channel {
            send(channel, event);
        }
        // No observer is a normal state.
        let _ = self.changed.send(());
    }

    /// Publishes, or keeps the event for the first page to come.
    pub(crate) async fn publish_or_keep(&self, event: MeetingEvent) {
        let mut page = self.page.lock().await;
        match &page.channel {
            Some(channel) => send(channel, event),
            None => page.kept = Some(event),
        }
    }

    #[cfg(test)]
    pub(crate) async fn has_kept(&self) -> bool {
        self.page.lock().await.kept.is_some()
    }

    pub(crate) fn observe(&self) -> broadcast::Receiver<()> {
        self.changed.subscribe()
    }
}

fn send(channel: &Channel<MeetingEvent>, event: MeetingEvent) {
    if channel.send(event).is_err() {
        // The window is gone; the call goes on without it.
        tracing::debug!("no page to hear of the meeting");
    }
}
