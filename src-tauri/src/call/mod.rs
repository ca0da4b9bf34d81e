//! The one call this app may be in. It lives here, not in the page: reloading or closing the page changes
//! nothing. Knows when there is a meeting, who listens, and what could be come back to; what happens in a meeting is
//! the business of [`holdfast_meeting`].

mod coming_back;
mod entering;
mod hosting;
mod journal;
mod listeners;
mod pumps;
mod record;
mod record_file;

use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use holdfast_meeting::{Listening, Meeting, MeetingEvent, MeetingSnapshot};
use holdfast_protocol::{ParticipantId, limits};
use holdfast_signaling_server::RunningServer;
use tauri::ipc::Channel;
use tokio::sync::{broadcast, oneshot};

use crate::cli::Arguments;
use crate::error::AppError;
use crate::frames::FrameHub;
use journal::{Journal, unix_ms};
use listeners::Listeners;
use record::CallRecord;
use record_file::{Found, RecordFile};

pub(crate) use entering::{Destination, Entering};
pub(crate) use listeners::{AppEvent, PageEvent};

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
    phase: Mutex<Phase>,
    last: Mutex<Last>,
    journal: Journal,
    listeners: Listeners,
    frames: FrameHub,
    attempts: AtomicU64,
}

impl Call {
    /// No call yet. Looks in the folder for one that was interrupted; nothing opens because of it.
    pub(crate) fn new(arguments: Arguments, frames: FrameHub, data_folder: &Path) -> Self {
        let file = RecordFile::new(data_folder);
        let (mut record, mut kept) = (None, Vec::new());
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
            phase: Mutex::new(Phase::Idle),
            last: Mutex::new(Last { record, rejoining: false }),
            journal: Journal::new(file),
            listeners: Listeners::keeping(kept),
            frames,
            attempts: AtomicU64::new(0),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Leaves with a goodbye, or calls off entering. Nothing happens without a meeting.
    pub(crate) async fn leave(&self) {
        let phase = std::mem::replace(&mut *self.phase(), Phase::Idle);
        match phase {
            Phase::Idle => {}
            Phase::Entering { cancel, .. } => {
                let _ = cancel.send(());
            }
            // The microphone closes at once, and neither waits for the other.
            Phase::In(active) => {
                tokio::join!(active.close(), self.inner.journal.end());
            }
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

    /// Opens or closes the microphone. Closed, it stays so through a crash from here on.
    pub(crate) async fn set_microphone(&self, on: bool) -> Result<(), AppError> {
        let (meeting, journal) = (self.meeting()?, &self.inner.journal);
        let recorded = async {
            journal.wish_microphone(on);
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
            journal.wish_camera(on);
            journal.closed().await;
        };
        let (changed, ()) = tokio::join!(biased; meeting.set_camera(on), recorded);
        Ok(changed?)
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

    /// Whether there is a meeting to come back to and nothing else under way.
    pub(crate) fn can_rejoin(&self) -> bool {
        matches!(*self.phase(), Phase::Idle) && self.last().record.is_some()
    }

    /// Gives up the way back into the last meeting.
    pub(crate) async fn forget_last(&self) {
        if self.last().record.is_some() && matches!(*self.phase(), Phase::Idle) {
            self.inner.journal.file().remove();
            self.set_last(None).await;
        }
    }

    /// Makes the channel the one that hears of this and every later meeting. The first event is a snapshot, if
    /// there is a meeting.
    pub(crate) async fn subscribe(&self, channel: Channel<PageEvent>) {
        let start = async {
            let snapshot = self.snapshot().await;
            let snapshot = snapshot.map(|snapshot| MeetingEvent::Snapshot { snapshot: Box::new(snapshot) });
            snapshot.map(PageEvent::from).into_iter().chain([self.last().event()]).collect()
        };
        self.inner.listeners.replace(channel, start).await;
    }

    /// Tells the page that a meeting it did not ask for itself could not be entered, now or when it subscribes.
    pub(crate) async fn report_failed_start(&self, error: &AppError) {
        let ended = MeetingEvent::Ended { code: Some(error.code().to_owned()) };
        self.inner.listeners.publish_or_keep(ended).await;
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

    /// Frees the phase if it still holds the meeting of this attempt: it ended by itself.
    fn ended(&self, attempt: u64) -> Option<Box<Active>> {
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

impl Last {
    fn event(&self) -> PageEvent {
        let call = self.record.as_ref().map(CallRecord::offer);
        AppEvent::LastCall { call, rejoining: self.rejoining }.into()
    }
}

impl Active {
    async fn close(self) {
        self.meeting.leave().await;
        if let Some(server) = self.server {
            server.shutdown().await;
        }
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
