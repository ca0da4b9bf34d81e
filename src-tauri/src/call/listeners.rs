//! Who hears what happens in the call: the page of each window, and observers that only want to know that something
//! changed.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use holdfast_meeting::MeetingEvent;
use tauri::ipc::Channel;
use tokio::sync::{Mutex, broadcast};

use super::events::{AppEvent, PageEvent};
use crate::window_label::MAIN;

/// Changes an observer may lag behind; it only needs to know that there were some.
const OBSERVER_BACKLOG: usize = 16;

/// Events kept for the first page; more than there are notices, none of which is kept twice.
const KEPT_EVENTS: usize = 16;

/// One channel for each window: a page that was reloaded replaces its predecessor.
pub(crate) struct Listeners {
    pages: Mutex<Pages>,
    changed: broadcast::Sender<()>,
    /// Whether the main window fills the screen. A page that is loaded again finds its window as it is.
    full_screen: AtomicBool,
}

#[derive(Default)]
struct Pages {
    /// By the label of their window.
    channels: BTreeMap<String, Channel<PageEvent>>,
    /// What happened before the first page came and it must still hear.
    kept: Vec<PageEvent>,
    /// Who speaks, as it was told last: it is told again only when it changes, and is in no snapshot.
    levels: Option<PageEvent>,
}

impl Pages {
    /// Keeps an event for the first page, once: it is said to a person, and the kinds are few.
    fn keep(&mut self, event: PageEvent) {
        if self.kept.len() < KEPT_EVENTS && !self.kept.contains(&event) {
            self.kept.push(event);
        }
    }

    /// The main window is where a person is told of what happens once.
    fn tells_a_person(&self) -> bool {
        self.channels.contains_key(MAIN)
    }

    fn send(&mut self, event: &PageEvent) {
        match event {
            PageEvent::Meeting(MeetingEvent::Levels { .. }) => self.levels = Some(event.clone()),
            PageEvent::Meeting(MeetingEvent::Snapshot { .. } | MeetingEvent::Ended { .. }) => {
                self.levels = None
            }
            _ => {}
        }
        self.channels.retain(|window, channel| {
            let sent = channel.send(event.clone()).is_ok();
            if !sent {
                // The window is gone; the call goes on without it.
                tracing::debug!(window, "no page to hear of the meeting");
            }
            sent
        });
    }
}

impl Listeners {
    /// The first page will hear this first.
    pub(crate) fn keeping(kept: Vec<PageEvent>) -> Self {
        let pages = Mutex::new(Pages { kept, ..Pages::default() });
        Self { pages, changed: broadcast::Sender::new(OBSERVER_BACKLOG), full_screen: AtomicBool::new(false) }
    }

    /// Makes the channel that of the window's page. What it starts from is taken while no event can pass, so none is
    /// lost between them, and events before it are in it.
    pub(crate) async fn replace(
        &self,
        window: &str,
        channel: Channel<PageEvent>,
        start: impl Future<Output = Vec<PageEvent>>,
    ) {
        let mut pages = self.pages.lock().await;
        let mut first = start.await;
        if window == MAIN {
            first.append(&mut pages.kept);
        }
        first.extend(pages.levels.clone());
        for event in first {
            // A page that is gone already is noticed by the next event.
            let _ = channel.send(event);
        }
        pages.channels.insert(window.to_owned(), channel);
    }

    /// The main window fills the screen, or no longer does.
    pub(crate) async fn tell_full_screen(&self, on: bool) {
        self.full_screen.store(on, Ordering::Relaxed);
        self.publish(AppEvent::FullScreen { on }).await;
    }

    /// What a page is told of that.
    pub(crate) fn full_screen_event(&self) -> PageEvent {
        AppEvent::FullScreen { on: self.full_screen.load(Ordering::Relaxed) }.into()
    }

    /// Forgets the page of a window that was closed.
    pub(crate) async fn remove(&self, window: &str) {
        self.pages.lock().await.channels.remove(window);
    }

    /// Tells every page. A state is in its snapshot when it comes later; a notice is not, and is kept until then.
    pub(crate) async fn publish(&self, event: impl Into<PageEvent>) {
        let event = event.into();
        let passing = event.is_passing();
        let mut pages = self.pages.lock().await;
        pages.send(&event);
        if let PageEvent::Meeting(MeetingEvent::Solved { code }) = event {
            let solved = PageEvent::from(MeetingEvent::Notice { code });
            pages.kept.retain(|kept| *kept != solved);
        }
        if event.is_notice() && !pages.tells_a_person() {
            pages.keep(event);
        }
        if !passing {
            // No observer is a normal state.
            let _ = self.changed.send(());
        }
    }

    /// Publishes, or keeps the event for the first page to come.
    pub(crate) async fn publish_or_keep(&self, event: impl Into<PageEvent>) {
        let event = event.into();
        let mut pages = self.pages.lock().await;
        pages.send(&event);
        if !pages.tells_a_person() {
            pages.keep(event);
        }
    }

    #[cfg(test)]
    pub(crate) async fn has_kept(&self) -> bool {
        !self.pages.lock().await.kept.is_empty()
    }

    pub(crate) fn observe(&self) -> broadcast::Receiver<()> {
        self.changed.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use holdfast_meeting::Notice;

    use super::*;

    /// What a page hears that begins now.
    async fn heard(listeners: &Listeners) -> Vec<String> {
        let (hears, heard) = std::sync::mpsc::channel();
        let page = Channel::new(move |message| {
            if let tauri::ipc::InvokeResponseBody::Json(text) = message {
                let _ = hears.send(text);
            }
            Ok(())
        });
        listeners.replace(MAIN, page, async { Vec::new() }).await;
        heard.try_iter().collect()
    }

    #[tokio::test]
    async fn a_page_that_comes_later_knows_who_speaks() {
        let listeners = Listeners::keeping(Vec::new());
        assert!(heard(&listeners).await.is_empty());
        for me in [0.25, 0.5] {
            listeners.publish(MeetingEvent::Levels { me, levels: Vec::new(), active_speaker: None }).await;
        }
        assert_eq!(
            heard(&listeners).await,
            [r#"{"type":"levels","me":0.5,"levels":[],"activeSpeaker":null}"#]
        );
        listeners.publish(MeetingEvent::Ended { code: None }).await;
        assert!(heard(&listeners).await.is_empty(), "of no meeting");
    }

    #[tokio::test]
    async fn what_was_solved_before_there_was_a_page_is_not_told_to_it() {
        let listeners = Listeners::keeping(Vec::new());
        let code = Notice::SpeakerUnavailable;
        listeners.publish(MeetingEvent::Notice { code }).await;
        listeners.publish(MeetingEvent::Notice { code: Notice::CameraUnavailable }).await;
        listeners.publish(MeetingEvent::Solved { code }).await;
        let kept = listeners.pages.lock().await.kept.clone();
        assert_eq!(kept, [MeetingEvent::Notice { code: Notice::CameraUnavailable }.into()]);
    }
}
