//! Who hears what happens in the call: the page, and observers that only want to know that something changed.

use std::future::Future;

use holdfast_meeting::{MeetingEvent, MeetingSnapshot};
use tauri::ipc::Channel;
use tokio::sync::{Mutex, broadcast};

/// Changes an observer may lag behind; it only needs to know that there were some.
const OBSERVER_BACKLOG: usize = 16;

/// Events kept for the first page; more than there are notices, none of which is kept twice.
const KEPT_EVENTS: usize = 16;

/// There is one page, so there is one channel: a page that was reloaded replaces its predecessor.
pub(crate) struct Listeners {
    page: Mutex<Page>,
    changed: broadcast::Sender<()>,
}

#[derive(Default)]
struct Page {
    channel: Option<Channel<MeetingEvent>>,
    /// What happened before the first page came and it must still hear.
    kept: Vec<MeetingEvent>,
}

impl Page {
    /// Keeps an event for the first page, once: it is said to a person, and the kinds are few.
    fn keep(&mut self, event: MeetingEvent) {
        if self.kept.len() < KEPT_EVENTS && !self.kept.contains(&event) {
            self.kept.push(event);
        }
    }
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
        for kept in page.kept.drain(..) {
            send(&channel, kept);
        }
        page.channel = Some(channel);
    }

    /// Tells the page. A state is in its snapshot when it comes later; a notice is not, and is kept until then.
    pub(crate) async fn publish(&self, event: MeetingEvent) {
        let mut page = self.page.lock().await;
        match &page.channel {
            Some(channel) => send(channel, event),
            None if matches!(event, MeetingEvent::Notice { .. }) => page.keep(event),
            None => {}
        }
        // No observer is a normal state.
        let _ = self.changed.send(());
    }

    /// Publishes, or keeps the event for the first page to come.
    pub(crate) async fn publish_or_keep(&self, event: MeetingEvent) {
        let mut page = self.page.lock().await;
        match &page.channel {
            Some(channel) => send(channel, event),
            None => page.keep(event),
        }
    }

    #[cfg(test)]
    pub(crate) async fn has_kept(&self) -> bool {
        !self.page.lock().await.kept.is_empty()
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
