//! The one call this app may be in. It lives here and not in the page: reloading or closing the page changes nothing.
//! What happens in a meeting is up to [`holdfast_meeting`].
//!
//! Each part owns its fields: [`phase`] whether there is a call, [`way_back`] what can be rejoined, [`listeners`] who
//! hears of it, [`shared_preferences`] what a person chose, [`devices`] what is open outside of a meeting, [`recent`]
//! the recent meetings. [`Call`] connects them.

mod coming_back;
mod demo;
mod devices;
mod entering;
mod events;
mod hosting;
mod journal;
mod leaving;
mod links;
mod listeners;
mod own_media;
mod phase;
mod pumps;
mod recent;
mod record;
mod record_file;
mod shared_preferences;
mod sources;
mod way_back;

use std::path::Path;
use std::sync::Arc;

use holdfast_meeting::{Meeting, MeetingEvent, MeetingSnapshot};
use holdfast_protocol::{MeetingLink, limits};
use serde_json::{Map, Value};
use tauri::ipc::Channel;
use tokio::sync::broadcast;

use crate::cli::Arguments;
use crate::error::AppError;
use crate::frames::FrameHub;
use crate::preferences::{Preferences, PreferencesFile};
use devices::DeviceUse;
use journal::{Journal, unix_ms};
use links::Taken;
use listeners::Listeners;
use phase::CallPhase;
use recent::{Recent, RecentMeetings};
use record_file::{Found, RecordFile};
use shared_preferences::SharedPreferences;
use way_back::WayBack;

pub(crate) use entering::{Destination, Entering};
pub(crate) use events::{AppEvent, PageEvent};
pub(crate) use recent::RecentMeeting;

/// Code of the sentence about a record that cannot be read.
const UNREADABLE: &str = "last_call_unreadable";

/// The call, shared by commands, the tray and the window. Cheap to clone; all clones are the same call.
#[derive(Clone)]
pub(crate) struct Call {
    inner: Arc<Inner>,
}

struct Inner {
    arguments: Arguments,
    phase: CallPhase,
    way_back: WayBack,
    listeners: Arc<Listeners>,
    preferences: SharedPreferences,
    devices: DeviceUse,
    recent: RecentMeetings,
    frames: FrameHub,
}

impl Call {
    /// No call yet. Looks in the folder for an interrupted call, but opens nothing because of it.
    pub(crate) fn new(
        arguments: Arguments,
        frames: FrameHub,
        preferences: PreferencesFile,
        data_folder: &Path,
    ) -> Self {
        let file = RecordFile::new(data_folder);
        let (mut record, mut first) = (None, Vec::new());
        if preferences.was_reset() {
            first.push(AppEvent::PreferencesReset.into());
        }
        match file.find() {
            Found::Nothing => {}
            Found::Unreadable => {
                first.push(MeetingEvent::Ended { code: Some(UNREADABLE.to_owned()) }.into());
            }
            Found::Record(found) if found.is_fresh(unix_ms()) => record = Some(*found),
            Found::Record(_) => file.remove(),
        }
        let listeners = Arc::new(Listeners::keeping(first));
        let inner = Inner {
            arguments,
            phase: CallPhase::new(),
            way_back: WayBack::new(record, Journal::new(file), Arc::clone(&listeners)),
            preferences: SharedPreferences::new(preferences, Arc::clone(&listeners)),
            listeners,
            devices: DeviceUse::new(frames.clone()),
            recent: RecentMeetings::open(data_folder),
            frames,
        };
        Self { inner: Arc::new(inner) }
    }

    /// The meeting, for a command that needs one.
    pub(crate) fn meeting(&self) -> Result<Meeting, AppError> {
        self.inner.phase.meeting().ok_or(AppError::NotInMeeting)
    }

    /// The current state of the meeting; `None` without a meeting.
    pub(crate) async fn snapshot(&self) -> Option<MeetingSnapshot> {
        let meeting = self.meeting().ok()?;
        // A meeting that has just ended counts as no meeting.
        meeting.snapshot().await.ok()
    }

    /// The room of the interrupted meeting that can be rejoined, while there is no other call.
    pub(crate) fn interrupted_room(&self) -> Option<String> {
        self.inner.way_back.room().filter(|_| self.inner.phase.is_idle())
    }

    /// Whether there is a meeting.
    pub(crate) fn is_in_meeting(&self) -> bool {
        self.inner.phase.meeting().is_some()
    }

    /// Whether we are in a meeting or entering one.
    pub(crate) fn is_busy(&self) -> bool {
        !self.inner.phase.is_idle()
    }

    /// Forgets the last meeting: it can no longer be rejoined.
    pub(crate) async fn forget_last(&self) {
        if self.inner.phase.is_idle() {
            self.inner.way_back.forget().await;
        }
    }

    /// Makes this the window's channel for this and every later meeting. The first event is a snapshot, if there is a
    /// meeting.
    pub(crate) async fn subscribe(&self, window: &str, channel: Channel<PageEvent>) {
        let start = async {
            let snapshot = self.snapshot().await;
            let snapshot = snapshot.map(|snapshot| MeetingEvent::Snapshot { snapshot: Box::new(snapshot) });
            let app = [
                self.inner.way_back.event(),
                self.recent_event(),
                self.inner.preferences.event(),
                self.inner.listeners.full_screen_event(),
            ];
            snapshot.map(PageEvent::from).into_iter().chain(app).collect()
        };
        self.inner.listeners.replace(window, channel, start).await;
    }

    /// The main window fills the screen, or no longer does.
    pub(crate) async fn tell_full_screen(&self, on: bool) {
        self.inner.listeners.tell_full_screen(on).await;
    }

    /// The window is closed and gets no more events.
    pub(crate) async fn unsubscribe(&self, window: &str) {
        self.inner.listeners.remove(window).await;
    }

    /// Takes an invite that came from outside. A link never takes a person out of a meeting.
    pub(crate) async fn offer_link(&self, link: &str) {
        let parsed = match link.parse::<MeetingLink>() {
            Ok(parsed) => parsed,
            Err(error) => return self.report_failed_start(&error.into()).await,
        };
        match links::taken(&parsed, self.invite().await.as_deref(), self.is_busy()) {
            Taken::Offer => {
                let link = parsed.to_string();
                self.inner.listeners.publish_or_keep(AppEvent::Link { link }).await;
            }
            Taken::HereAlready => {}
            Taken::Elsewhere => self.report_fault("link_in_meeting").await,
        }
    }

    async fn invite(&self) -> Option<String> {
        Some(self.snapshot().await?.invite)
    }

    /// Tells the page, now or when it subscribes, that we could not enter a meeting that the page had not asked for.
    pub(crate) async fn report_failed_start(&self, error: &AppError) {
        let ended = MeetingEvent::Ended { code: Some(error.code().to_owned()) };
        self.inner.listeners.publish_or_keep(ended).await;
    }

    /// Everything a person chose.
    pub(crate) fn preferences(&self) -> Preferences {
        self.inner.preferences.get()
    }

    /// Takes over what a person chose, all of it or nothing, and tells every page. A choice that cannot be written
    /// still applies to this run.
    pub(crate) async fn change_preferences(
        &self,
        change: &Map<String, Value>,
    ) -> Result<Preferences, AppError> {
        self.inner.preferences.change(change).await
    }

    /// Forgets a recent meeting. An unknown one counts as forgotten.
    pub(crate) async fn forget_recent(&self, id: u32) {
        if self.inner.recent.forget(id) {
            self.inner.listeners.publish(self.recent_event()).await;
        }
    }

    /// The recent meetings, newest first.
    pub(crate) fn recent(&self) -> Vec<RecentMeeting> {
        self.inner.recent.shown()
    }

    /// Tells a person about something that went wrong outside of a command.
    pub(crate) async fn report_fault(&self, code: &'static str) {
        self.inner.listeners.publish_or_keep(AppEvent::Fault { code: code.to_owned() }).await;
    }

    async fn set_recent(&self, entered: Recent) {
        let call = self.clone();
        // A disk may take time.
        let _ = tokio::task::spawn_blocking(move || call.inner.recent.entered(entered)).await;
        self.inner.listeners.publish(self.recent_event()).await;
    }

    fn recent_event(&self) -> PageEvent {
        AppEvent::Recent { meetings: self.recent() }.into()
    }

    /// Whether something waits for the first page.
    #[cfg(test)]
    pub(crate) async fn has_kept_event(&self) -> bool {
        self.inner.listeners.has_kept().await
    }

    /// Tells others than the page (the tray) that something happened in the call.
    pub(crate) fn observe(&self) -> broadcast::Receiver<()> {
        self.inner.listeners.observe()
    }
}

/// The name without spaces around it, if it can be used.
pub(crate) fn checked_name(name: &str) -> Result<String, AppError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(AppError::NameEmpty);
    }
    if name.chars().count() > limits::NAME_CHARS {
        return Err(AppError::NameTooLong);
    }
    Ok(name.to_owned())
}

#[cfg(test)]
pub(crate) mod testing {
    pub(crate) use super::journal::testing::snapshot;
}
