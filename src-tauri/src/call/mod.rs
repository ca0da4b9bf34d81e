//! The one call this app may be in. It lives here, not in the page: reloading or closing the page changes
//! nothing. Knows when there is a meeting, who listens, and what could be come back to; what happens in a meeting is
//! the business of [`holdfast_meeting`].

mod coming_back;
mod demo;
mod devices;
mod entering;
mod hosting;
mod journal;
mod leaving;
mod links;
mod listeners;
mod pumps;
mod recent;
mod record;
mod record_file;
mod sources;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use holdfast_meeting::{Listening, Meeting, MeetingEvent, MeetingSnapshot};
use holdfast_protocol::{MeetingLink, ParticipantId, limits};
use holdfast_signaling_server::RunningServer;
use serde_json::{Map, Value};
use tauri::ipc::Channel;
use tokio::sync::{broadcast, oneshot};

use crate::cli::Arguments;
use crate::error::AppError;
use crate::frames::FrameHub;
use crate::preferences::{Preferences, PreferencesFile};
use crate::preview::PagePreview;
use demo::Company;
use journal::{Journal, unix_ms};
use links::Taken;
use listeners::Listeners;
use recent::{Recent, RecentMeetings};
use record::CallRecord;
use record_file::{Found, RecordFile};

pub(crate) use entering::{Destination, Entering};
pub(crate) use listeners::{AppEvent, PageEvent};
pub(crate) use recent::RecentMeeting;

/// Code of the sentence about a record that cannot be read.
const UNREADABLE: &str = "last_call_unreadable";

enum Phase {
    /// No meeting.
    Idle,
    /// On the way in; the sender calls it off.
    Entering { attempt: u64, cancel: oneshot::Sender<()> },
    /// In a meeting.
    In(Box<Active>),
}

struct Active {
    /// Of entering it; tells it from a later meeting, in which we may have the same id.
    attempt: u64,
    meeting: Meeting,
    server: Option<RunningServer>,
    company: Option<Company>,
}

/// The meeting that could be come back to.
#[derive(Default)]
struct Last {
    record: Option<CallRecord>,
    rejoining: bool,
}

/// The call, shared by commands, the tray and the window. Cheap to clone; all clones are the same call.
#[derive(Clone)]
pub(crate) struct Call {
    inner: Arc<Inner>,
}

struct Inner {
    arguments: Arguments,
    preferences: PreferencesFile,
    recent: RecentMeetings,
    phase: Mutex<Phase>,
    last: Mutex<Last>,
    journal: Journal,
    listeners: Listeners,
    frames: FrameHub,
    preview: PagePreview,
    /// Choices of devices are carried out one after the other.
    choosing: tokio::sync::Mutex<()>,
    /// Held while a speaker is tried.
    chiming: tokio::sync::Mutex<()>,
    /// Held while a call that was left says goodbye: the next one begins after it.
    leaving: Arc<tokio::sync::Mutex<()>>,
    /// Global keys that came faster than they could be taken.
    keys_dropped: AtomicU64,
    attempts: AtomicU64,
    /// The meetings of attempts below this one were left by the person, or ended before.
    left_before: AtomicU64,
    /// As a page that is loaded again finds its window.
    full_screen: AtomicBool,
}

impl Call {
    /// No call yet. Looks in the folder for one that was interrupted; nothing opens because of it.
    pub(crate) fn new(
        arguments: Arguments,
        frames: FrameHub,
        preferences: PreferencesFile,
        data_folder: &Path,
    ) -> Self {
        let file = RecordFile::new(data_folder);
        let (mut record, mut kept) = (None, Vec::new());
        if preferences.was_reset() {
            kept.push(AppEvent::PreferencesReset.into());
        }
        match file.find() {
            Found::Nothing => {}
            Found::Unreadable => {
                kept.push(MeetingEvent::Ended { code: Some(UNREADABLE.to_owned()) }.into());
            }
            Found::Record(found) if found.is_fresh(unix_ms()) => record = Some(*found),
            Found::Record(_) => file.remove(),
        }
        let inner = Inner {
            arguments,
            preferences,
            recent: RecentMeetings::open(data_folder),
            phase: Mutex::new(Phase::Idle),
            last: Mutex::new(Last { record, rejoining: false }),
            journal: Journal::new(file),
            listeners: Listeners::keeping(kept),
            preview: PagePreview::new(frames.clone()),
            choosing: tokio::sync::Mutex::default(),
            chiming: tokio::sync::Mutex::default(),
            leaving: Arc::default(),
            frames,
            keys_dropped: AtomicU64::new(0),
            attempts: AtomicU64::new(0),
            left_before: AtomicU64::new(0),
            full_screen: AtomicBool::new(false),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Opens or closes the microphone. Closed, it stays so through a crash from here on.
    pub(crate) async fn set_microphone(&self, on: bool) -> Result<(), AppError> {
        let (meeting, journal) = (self.meeting()?, &self.inner.journal);
        let recorded = async {
            journal.wish_microphone(|| meeting.wanted().microphone);
            journal.closed().await;
        };
        // In this order: polled first, the gate closes before anything else happens.
        let (changed, ()) = tokio::join!(biased; meeting.set_microphone(on), recorded);
        Ok(changed?)
    }

    /// Switches the camera. Off, it stays so through a crash from here on.
    pub(crate) async fn set_camera(&self, on: bool) -> Result<(), AppError> {
        let (meeting, journal) = (self.meeting()?, &self.inner.journal);
        let recorded = async {
            journal.wish_camera(|| meeting.wanted().camera);
            journal.closed().await;
        };
        let (changed, ()) = tokio::join!(biased; meeting.set_camera(on), recorded);
        Ok(changed?)
    }

    /// A global key was pressed or let go, and nobody could take it.
    pub(crate) fn note_dropped_key(&self) {
        self.inner.keys_dropped.fetch_add(1, Ordering::Relaxed);
        tracing::warn!("a global key was dropped");
    }

    /// How often that happened.
    pub(crate) fn keys_dropped(&self) -> u64 {
        self.inner.keys_dropped.load(Ordering::Relaxed)
    }

    /// Raises or lowers the hand.
    pub(crate) async fn set_hand(&self, up: bool) -> Result<(), AppError> {
        Ok(self.meeting()?.set_hand(up).await?)
    }

    /// Changes how someone is heard here.
    pub(crate) async fn set_listening(
        &self,
        id: ParticipantId,
        listening: Listening,
    ) -> Result<(), AppError> {
        Ok(self.meeting()?.set_listening(id, listening).await?)
    }

    /// Shows someone large here. The wish is kept, also while they are away.
    pub(crate) async fn set_pinned(&self, id: Option<ParticipantId>) -> Result<(), AppError> {
        self.meeting()?.set_pinned(id.clone()).await?;
        self.inner.journal.note_pinned(id);
        Ok(())
    }

    /// The meeting, for a command that needs one.
    pub(crate) fn meeting(&self) -> Result<Meeting, AppError> {
        match &*self.phase() {
            Phase::In(active) => Ok(active.meeting.clone()),
            _ => Err(AppError::NotInMeeting),
        }
    }

    /// The meeting as it stands; `None` without one.
    pub(crate) async fn snapshot(&self) -> Option<MeetingSnapshot> {
        let meeting = self.meeting().ok()?;
        // A meeting that ended this moment is none.
        meeting.snapshot().await.ok()
    }

    /// The room of the meeting that was interrupted and can be come back to, while nothing else is under way.
    pub(crate) fn interrupted_room(&self) -> Option<String> {
        let idle = matches!(*self.phase(), Phase::Idle);
        let room = self.last().record.as_ref().map(|record| record.link.room.to_string());
        room.filter(|_| idle)
    }

    /// Whether there is a meeting.
    pub(crate) fn is_in_meeting(&self) -> bool {
        matches!(*self.phase(), Phase::In(_))
    }

    /// Whether there is a meeting, or one is being entered.
    pub(crate) fn is_busy(&self) -> bool {
        !matches!(*self.phase(), Phase::Idle)
    }

    /// Gives up the way back into the last meeting.
    pub(crate) async fn forget_last(&self) {
        if self.last().record.is_some() && matches!(*self.phase(), Phase::Idle) {
            self.inner.journal.file().remove();
            self.set_last(None).await;
        }
    }

    /// Makes the channel the window's one that hears of this and every later meeting. The first event is a snapshot, if
    /// there is a meeting.
    pub(crate) async fn subscribe(&self, window: &str, channel: Channel<PageEvent>) {
        let full_screen = AppEvent::FullScreen { on: self.inner.full_screen.load(Ordering::Relaxed) };
        let start = async {
            let snapshot = self.snapshot().await;
            let snapshot = snapshot.map(|snapshot| MeetingEvent::Snapshot { snapshot: Box::new(snapshot) });
            let app =
                [self.last().event(), self.recent_event(), self.preferences_event(), full_screen.into()];
            snapshot.map(PageEvent::from).into_iter().chain(app).collect()
        };
        self.inner.listeners.replace(window, channel, start).await;
    }

    /// The main window fills the screen, or no longer does.
    pub(crate) async fn tell_full_screen(&self, on: bool) {
        self.inner.full_screen.store(on, Ordering::Relaxed);
        self.inner.listeners.publish(AppEvent::FullScreen { on }).await;
    }

    /// The window is closed and hears nothing any more.
    pub(crate) async fn unsubscribe(&self, window: &str) {
        self.inner.listeners.remove(window).await;
    }

    /// Hands over an invite that came from outside. Nobody is taken out of a meeting by a link.
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

    /// Tells the page that a meeting it did not ask for itself could not be entered, now or when it subscribes.
    pub(crate) async fn report_failed_start(&self, error: &AppError) {
        let ended = MeetingEvent::Ended { code: Some(error.code().to_owned()) };
        self.inner.listeners.publish_or_keep(ended).await;
    }

    /// Everything a person chose.
    pub(crate) fn preferences(&self) -> Preferences {
        self.inner.preferences.get()
    }

    /// Takes over what a person chose, all of it or nothing, and tells every page. What cannot be written holds for
    /// this run all the same.
    pub(crate) async fn change_preferences(
        &self,
        change: &Map<String, Value>,
    ) -> Result<Preferences, AppError> {
        let file = &self.inner.preferences;
        file.get().with(change)?;
        let written = {
            let (file, change) = (file.clone(), change.clone());
            // A disk may take its time.
            tokio::task::spawn_blocking(move || {
                file.change(|preferences| {
                    // Once more under the lock, for a change that came between.
                    if let Ok(after) = preferences.with(&change) {
                        *preferences = after;
                    }
                })
            })
            .await
            .map_err(|_| AppError::Internal)?
        };
        self.inner.listeners.publish(self.preferences_event()).await;
        written.map_err(AppError::PreferencesNotSaved)?;
        Ok(self.preferences())
    }

    /// Gives up the way back into a meeting of before. An unknown one is forgotten already.
    pub(crate) async fn forget_recent(&self, id: u32) {
        if self.inner.recent.forget(id) {
            self.inner.listeners.publish(self.recent_event()).await;
        }
    }

    /// The meetings of before, newest first.
    pub(crate) fn recent(&self) -> Vec<RecentMeeting> {
        self.inner.recent.shown()
    }

    /// Tells a person about something that went wrong outside of a command.
    pub(crate) async fn report_fault(&self, code: &'static str) {
        self.inner.listeners.publish_or_keep(AppEvent::Fault { code: code.to_owned() }).await;
    }

    async fn set_recent(&self, entered: Recent) {
        let call = self.clone();
        // A disk may take its time.
        let _ = tokio::task::spawn_blocking(move || call.inner.recent.entered(entered)).await;
        self.inner.listeners.publish(self.recent_event()).await;
    }

    fn recent_event(&self) -> PageEvent {
        AppEvent::Recent { meetings: self.recent() }.into()
    }

    fn preferences_event(&self) -> PageEvent {
        AppEvent::Preferences { preferences: Box::new(self.preferences()) }.into()
    }

    /// Whether something waits for the first page.
    #[cfg(test)]
    pub(crate) async fn has_kept_event(&self) -> bool {
        self.inner.listeners.has_kept().await
    }

    /// What happens in the call, for others than the page (the tray).
    pub(crate) fn observe(&self) -> broadcast::Receiver<()> {
        self.inner.listeners.observe()
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        // Every change is a single assignment, so the value is valid whatever else failed.
        self.inner.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.inner.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn set_last(&self, record: Option<CallRecord>) {
        let event = {
            let mut last = self.last();
            last.record = record;
            last.event()
        };
        self.inner.listeners.publish(event).await;
    }

    async fn set_rejoining(&self, rejoining: bool) {
        let event = {
            let mut last = self.last();
            last.rejoining = rejoining;
            last.event()
        };
        self.inner.listeners.publish(event).await;
    }
}

impl Last {
    fn event(&self) -> PageEvent {
        let call = self.record.as_ref().map(CallRecord::offer);
        AppEvent::LastCall { call, rejoining: self.rejoining }.into()
    }
}

/// The name without surrounding blanks, if it can be used.
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
