//! Who hears what happens in the call: the page of each window, and observers that only need to know that something
//! changed.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use holdfast_meeting::MeetingEvent;
use tauri::ipc::Channel;
use tokio::sync::{Mutex, broadcast};

use super::events::{AppEvent, PageEvent};
use crate::window_label::MAIN;

/// How many changes an observer may lag behind. It only needs to know that there were some.
const OBSERVER_BACKLOG: usize = 16;

/// Events kept for the first page. More than there are notices, and each notice is kept once.
const KEPT_EVENTS: usize = 16;

/// One channel for each window. A page that was reloaded replaces the one before it.
pub(crate) struct Listeners {
    pages: Mutex<Pages>,
    changed: broadcast::Sender<()>,
    /// Whether the main window fills the screen, so that a reloaded page finds its window as it is.
    full_screen: AtomicBool,
}

#[derive(Default)]
struct Pages {
    /// By the label of their window.
    channels: BTreeMap<String, Channel<PageEvent>>,
    /// What happened before the first page came, which it must still hear.
    kept: Vec<PageEvent>,
    /// The last message about who speaks. It is sent only when it changes, and no snapshot contains it.
    levels: Option<PageEvent>,
}

impl Pages {
    /// Keeps an event for the first page, once: the person hears each only once, and there are few kinds.
    fn keep(&mut self, event: PageEvent) {
        if self.kept.len() < KEPT_EVENTS && !self.kept.contains(&event) {
            self.kept.push(event);
        }
    }

    /// The main window tells a person of things that happen once.
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
                // The window is gone. The call goes on without it.
                tracing::debug!(window, "no page to hear of the meeting");
            }
            sent
        });
    }
}

impl Listeners {
    /// A listener list whose first page hears `kept` first.
    pub(crate) fn keeping(kept: Vec<PageEvent>) -> Self {
        let pages = Mutex::new(Pages { kept, ..Pages::default() });
        Self { pages, changed: broadcast::Sender::new(OBSERVER_BACKLOG), full_screen: AtomicBool::new(false) }
    }

    /// Makes this the channel of the window's page. `start` is read while no event can pass: earlier events are in it,
    /// and none is lost between them.
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
            // If the page is already gone, the next event notices.
            let _ = channel.send(event);
        }
        pages.channels.insert(window.to_owned(), channel);
    }

    /// The main window fills the screen, or no longer does.
    pub(crate) async fn tell_full_screen(&self, on: bool) {
        self.full_screen.store(on, Ordering::Relaxed);
        self.publish(AppEvent::FullScreen { on }).await;
    }

    /// The event that tells a page about it.
    pub(crate) fn full_screen_event(&self) -> PageEvent {
        AppEvent::FullScreen { on: self.full_screen.load(Ordering::Relaxed) }.into()
    }

    /// Forgets the page of a closed window.
    pub(crate) async fn remove(&self, window: &str) {
        self.pages.lock().await.channels.remove(window);
    }

    /// Tells every page. A page that comes later gets states in its snapshot; notices are not in it, so they are kept
    /// until then.
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
            // Having no observer is normal.
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

    /// What a new page hears.
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
