//! Who hears what happens in the call: the page, and observers that only want to know that something changed.

use std::future::Future;

use holdfast_meeting::MeetingEvent;
use serde::Serialize;
use tauri::ipc::Channel;
use tokio::sync::{Mutex, broadcast};
use ts_rs::TS;

use super::record::LastCall;

/// What the page hears: what happens in the meeting, and what happens to the app.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(untagged)]
#[ts(export)]
pub(crate) enum PageEvent {
    /// In a meeting.
    Meeting(MeetingEvent),
    /// Between meetings.
    App(AppEvent),
}

/// What happens to the app outside of a meeting.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "type", rename_all = "camelCase")]
#[ts(export)]
pub(crate) enum AppEvent {
    /// There is a meeting to come back to, or none any more.
    LastCall {
        /// What can be rejoined; nothing while in a meeting.
        call: Option<LastCall>,
        /// It is being rejoined right now, whoever asked for it.
        rejoining: bool,
    },
}

impl From<MeetingEvent> for PageEvent {
    fn from(event: MeetingEvent) -> Self {
        Self::Meeting(event)
    }
}

impl From<AppEvent> for PageEvent {
    fn from(event: AppEvent) -> Self {
        Self::App(event)
    }
}

impl PageEvent {
    /// Changes many times a second, and no observer acts on it.
    fn is_passing(&self) -> bool {
        matches!(self, Self::Meeting(MeetingEvent::Levels { .. } | MeetingEvent::Quality { .. }))
    }

    fn is_notice(&self) -> bool {
        matches!(self, Self::Meeting(MeetingEvent::Notice { .. }))
    }
}

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
    channel: Option<Channel<PageEvent>>,
    /// What happened before the first page came and it must still hear.
    kept: Vec<PageEvent>,
}

impl Page {
    /// Keeps an event for the first page, once: it is said to a person, and the kinds are few.
    fn keep(&mut self, event: PageEvent) {
        if self.kept.len() < KEPT_EVENTS && !self.kept.contains(&event) {
            self.kept.push(event);
        }
    }
}

impl Listeners {
    /// The first page will hear this first.
    pub(crate) fn keeping(kept: Vec<PageEvent>) -> Self {
        let page = Mutex::new(Page { channel: None, kept });
        Self { page, changed: broadcast::Sender::new(OBSERVER_BACKLOG) }
    }

    /// Makes the channel the page's. What it starts from is taken while no event can pass, so none is lost between
    /// them, and events before it are in it.
    pub(crate) async fn replace(
        &self,
        channel: Channel<PageEvent>,
        start: impl Future<Output = Vec<PageEvent>>,
    ) {
        let mut page = self.page.lock().await;
        for event in start.await {
            send(&channel, event);
        }
        for kept in page.kept.drain(..) {
            send(&channel, kept);
        }
        page.channel = Some(channel);
    }

    /// Tells the page. A state is in its snapshot when it comes later; a notice is not, and is kept until then.
    pub(crate) async fn publish(&self, event: impl Into<PageEvent>) {
        let event = event.into();
        let passing = event.is_passing();
        let mut page = self.page.lock().await;
        match &page.channel {
            Some(channel) => send(channel, event),
            None if event.is_notice() => page.keep(event),
            None => {}
        }
        if !passing {
            // No observer is a normal state.
            let _ = self.changed.send(());
        }
    }

    /// Publishes, or keeps the event for the first page to come.
    pub(crate) async fn publish_or_keep(&self, event: impl Into<PageEvent>) {
        let event = event.into();
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

fn send(channel: &Channel<PageEvent>, event: PageEvent) {
    if channel.send(event).is_err() {
        // The window is gone; the call goes on without it.
        tracing::debug!("no page to hear of the meeting");
    }
}
