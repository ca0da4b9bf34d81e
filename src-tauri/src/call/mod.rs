//! The one call this app may be in. It lives here, not in the page: reloading or closing the page changes
//! nothing. Knows when there is a meeting and who listens; what happens in it is the business of
//! [`holdfast_meeting`].

mod hosting;
mod listeners;

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use holdfast_meeting::{Meeting, MeetingConfig, MeetingError, MeetingEvent, MeetingSnapshot};
use holdfast_protocol::{MeetingLink, limits};
use holdfast_signaling_server::RunningServer;
use tauri::ipc::Channel;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::cli::Arguments;
use crate::error::AppError;
use crate::frames::FrameHub;
use crate::network;
use listeners::Listeners;

/// How a person enters a meeting.
pub(crate) struct Entering {
    pub(crate) name: String,
    pub(crate) microphone: bool,
    pub(crate) camera: bool,
}

/// Which meeting.
pub(crate) enum Destination {
    /// A new one on our own server.
    Ours,
    /// That of an invite link, as text.
    Link(String),
}

enum Phase {
    /// No meeting.
    Idle,
    /// On the way in; the sender calls it off.
    Entering { attempt: u64, cancel: oneshot::Sender<()> },
    /// In a meeting.
    In(Box<Active>),
}

struct Active {
    meeting: Meeting,
    server: Option<RunningServer>,
}

/// The call, shared by commands, the tray and the window. Cheap to clone; all clones are the same call.
#[derive(Clone)]
pub(crate) struct Call {
    inner: Arc<Inner>,
}

struct Inner {
    arguments: Arguments,
    phase: Mutex<Phase>,
    listeners: Listeners,
    frames: FrameHub,
    attempts: AtomicU64,
}

impl Call {
    pub(crate) fn new(arguments: Arguments, frames: FrameHub) -> Self {
        let inner = Inner {
            arguments,
            phase: Mutex::new(Phase::Idle),
            listeners: Listeners::default(),
            frames,
            attempts: AtomicU64::new(0),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Enters a meeting and stays in it until [`Call::leave`] or until it ends.
    pub(crate) async fn enter(
        &self,
        destination: Destination,
        who: Entering,
    ) -> Result<MeetingSnapshot, AppError> {
        let name = checked_name(&who.name)?;
        // Before the phase: a link that is wrong disturbs nothing.
        let link = match destination {
            Destination::Ours => None,
            Destination::Link(link) => Some(link.parse::<MeetingLink>()?),
        };
        let (reservation, cancelled) = Reservation::take(self)?;
        let entered = tokio::select! {
            entered = self.open(link, Entering { name, ..who }) => entered?,
            _ = cancelled => return Err(AppError::Cancelled),
        };
        reservation.fulfil(entered).await
    }

    async fn open(&self, link: Option<MeetingLink>, who: Entering) -> Result<Entered, AppError> {
        let arguments = &self.inner.arguments;
        let interfaces = tokio::task::spawn_blocking(network::interfaces).await.unwrap_or_default();
        let (link, server) = match link {
            Some(link) => (link, None),
            None => {
                let (link, server) = hosting::open(arguments.listen, &interfaces).await?;
                (link, Some(server))
            }
        };
        let config = MeetingConfig {
            host: server.is_some(),
            link,
            name: who.name,
            bind: network::media_addresses(&arguments.bind, &interfaces),
            ice_servers: Vec::new(),
            microphone: who.microphone,
            camera: who.camera,
            video: arguments.video.0.clone(),
            video_settings: arguments.video_settings(),
            audio: arguments.audio.0.clone(),
            sink: arguments.sink.0.clone(),
        };
        let (meeting, events) = Meeting::join(config).await?;
        let snapshot = meeting.snapshot().await?;
        Ok(Entered { active: Active { meeting, server }, events, snapshot })
    }

    /// Leaves with a goodbye, or calls off entering. Nothing happens without a meeting.
    pub(crate) async fn leave(&self) {
        let phase = std::mem::replace(&mut *self.phase(), Phase::Idle);
        match phase {
            Phase::Idle => {}
            Phase::Entering { cancel, .. } => {
                let _ = cancel.send(());
            }
            Phase::In(active) => active.close().await,
        }
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

    /// Makes the channel the one that hears of this and every later meeting. The first event is a snapshot, if
    /// there is a meeting.
    pub(crate) async fn subscribe(&self, channel: Channel<MeetingEvent>) {
        self.inner.listeners.replace(channel, self.snapshot()).await;
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

    /// Frees the phase if it still holds this meeting: it ended by itself.
    fn ended(&self, meeting: &Meeting) -> Option<Box<Active>> {
        let mut phase = self.phase();
        match std::mem::replace(&mut *phase, Phase::Idle) {
            Phase::In(active) if active.meeting.id() == meeting.id() => Some(active),
            other => {
                *phase = other;
                None
            }
        }
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

struct Entered {
    active: Active,
    events: mpsc::Receiver<MeetingEvent>,
    snapshot: MeetingSnapshot,
}

/// The right to become the call. Given back when dropped, so that a failed or cancelled attempt leaves the app
/// ready for the next.
struct Reservation {
    call: Call,
    attempt: u64,
}

impl Reservation {
    fn take(call: &Call) -> Result<(Self, oneshot::Receiver<()>), AppError> {
        let (cancel, cancelled) = oneshot::channel();
        let mut phase = call.phase();
        if !matches!(*phase, Phase::Idle) {
            return Err(AppError::AlreadyInMeeting);
        }
        let attempt = call.inner.attempts.fetch_add(1, Ordering::Relaxed);
        *phase = Phase::Entering { attempt, cancel };
        drop(phase);
        Ok((Self { call: call.clone(), attempt }, cancelled))
    }

    /// Whether the phase is still ours; after a cancellation it may be that of another attempt.
    fn holds(&self, phase: &Phase) -> bool {
        matches!(phase, Phase::Entering { attempt, .. } if *attempt == self.attempt)
    }

    async fn fulfil(self, entered: Entered) -> Result<MeetingSnapshot, AppError> {
        let Entered { active, events, snapshot } = entered;
        let (meeting, hosting) = (active.meeting.clone(), active.server.is_some());
        if let Some(active) = self.put(active) {
            // Called off at the very moment it succeeded.
            active.close().await;
            return Err(AppError::Cancelled);
        }
        let call = &self.call;
        if call.inner.arguments.print_link {
            print_link(&snapshot.invite);
        }
        tracing::info!(hosting, "in a meeting");
        call.inner.frames.reset();
        call.inner.listeners.publish(MeetingEvent::Snapshot { snapshot: Box::new(snapshot.clone()) }).await;
        let frames = tokio::spawn(pump_frames(call.inner.frames.clone(), meeting.clone()));
        let call = call.clone();
        tokio::spawn(async move {
            pump_events(call, meeting, events).await;
            frames.abort();
        });
        Ok(snapshot)
    }

    /// Makes this the call; gives it back if the attempt was called off.
    fn put(&self, active: Active) -> Option<Active> {
        let mut phase = self.call.phase();
        if self.holds(&phase) {
            *phase = Phase::In(Box::new(active));
            None
        } else {
            Some(active)
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut phase = self.call.phase();
        if self.holds(&phase) {
            *phase = Phase::Idle;
        }
    }
}

/// For whoever started us from a shell or a test. A closed pipe is no reason to end the call.
fn print_link(link: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{link}").and_then(|()| out.flush());
}

/// Passes the meeting's events on until it ends.
async fn pump_events(call: Call, meeting: Meeting, mut events: mpsc::Receiver<MeetingEvent>) {
    let mut told = false;
    while let Some(event) = events.recv().await {
        if let MeetingEvent::Ended { code } = &event {
            told = true;
            tracing::info!(code = code.as_deref(), "meeting ended");
            // Before the page hears of it, so that it may enter the next one at once.
            if let Some(active) = call.ended(&meeting) {
                active.close().await;
            }
        }
        call.inner.listeners.publish(event).await;
    }
    if !told {
        // The actor went without a word; the page must not show a meeting that is none.
        if let Some(active) = call.ended(&meeting) {
            active.close().await;
        }
        let code = Some(AppError::Internal.code().to_owned());
        call.inner.listeners.publish(MeetingEvent::Ended { code }).await;
    }
}

/// Passes frames from the meeting to the pages and requests for keyframes back. Ends with the meeting.
async fn pump_frames(hub: FrameHub, meeting: Meeting) {
    let mut frames = meeting.frames();
    loop {
        tokio::select! {
            frame = frames.recv() => match frame {
                Ok(frame) => hub.publish(frame),
                Err(broadcast::error::RecvError::Lagged(_)) => hub.lost(),
                Err(broadcast::error::RecvError::Closed) => return,
            },
            Some(tile) = hub.keyframe_wanted() => {
                if matches!(meeting.request_keyframe(tile).await, Err(MeetingError::Ended)) {
                    return;
                }
            }
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
