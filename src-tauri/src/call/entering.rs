//! The way into a meeting: a new one, that of an invite, or the one this app fell out of.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use holdfast_meeting::{Listening, Meeting, MeetingConfig, MeetingError, MeetingEvent, MeetingSnapshot};
use holdfast_protocol::{MeetingLink, ParticipantId};
use holdfast_signaling_server::RunningServer;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::coming_back::{self, Next};
use super::record::CallRecord;
use super::{Active, Call, Phase, checked_name, hosting, pumps};
use crate::error::AppError;
use crate::network::{self, Interface};

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

/// A meeting that was entered but is not the call yet.
struct Entered {
    meeting: Meeting,
    server: Option<RunningServer>,
    events: mpsc::Receiver<MeetingEvent>,
    snapshot: MeetingSnapshot,
    record: CallRecord,
}

/// Who enters, and as what.
struct Arrival {
    link: MeetingLink,
    who: Entering,
    /// The id to have, where it is to be that of before.
    participant: Option<ParticipantId>,
    listening: Vec<(ParticipantId, Listening)>,
    pinned: Option<ParticipantId>,
    server: Option<RunningServer>,
}

impl Call {
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

    /// Comes back into the meeting this app fell out of: the same person, with microphone, camera and hand as they
    /// were, hosting if it was hosted here.
    pub(crate) async fn rejoin(&self) -> Result<MeetingSnapshot, AppError> {
        let record = self.last().record.clone().ok_or(AppError::NoLastCall)?;
        let (reservation, cancelled) = Reservation::take(self)?;
        self.set_rejoining(true).await;
        let entered = tokio::select! {
            entered = self.come_back(record) => entered,
            _ = cancelled => Err(AppError::Cancelled),
        };
        let outcome = match entered {
            Ok(entered) => reservation.fulfil(entered).await,
            Err(error) => {
                drop(reservation);
                Err(error)
            }
        };
        self.set_rejoining(false).await;
        outcome
    }

    async fn open(&self, link: Option<MeetingLink>, who: Entering) -> Result<Entered, AppError> {
        let (link, server) = match link {
            Some(link) => (link, None),
            None => {
                let (link, server) = hosting::open(self.inner.arguments.listen, &interfaces().await).await?;
                (link, Some(server))
            }
        };
        let arrival = Arrival { link, who, participant: None, listening: Vec::new(), pinned: None, server };
        let (meeting, events) = self.arrive(&arrival).await?;
        arrival.entered(meeting, events).await
    }

    async fn come_back(&self, record: CallRecord) -> Result<Entered, AppError> {
        let (link, server) = match record.hosting {
            Some(listen) => {
                let (link, server) = hosting::reopen(listen, &record.link, &interfaces().await)?;
                (link, Some(server))
            }
            None => (record.link, None),
        };
        let CallRecord { name, microphone, camera, participant, listening, pinned, .. } = record;
        let who = Entering { name: checked_name(&name)?, microphone, camera };
        let mut arrival = Arrival { link, who, participant: Some(participant), listening, pinned, server };
        let begun = Instant::now();
        let (meeting, events) = loop {
            let error = match self.arrive(&arrival).await {
                Ok(entered) => break entered,
                Err(error) => error,
            };
            match coming_back::after(&error, arrival.participant.is_some(), begun.elapsed()) {
                Next::Again(pause) => tokio::time::sleep(pause).await,
                Next::AsSomeoneNew => arrival.participant = None,
                Next::GiveUp => return Err(error.into()),
            }
        };
        if record.hand {
            meeting.set_hand(true).await?;
        }
        arrival.entered(meeting, events).await
    }

    async fn arrive(
        &self,
        arrival: &Arrival,
    ) -> Result<(Meeting, mpsc::Receiver<MeetingEvent>), MeetingError> {
        let arguments = &self.inner.arguments;
        Meeting::join(MeetingConfig {
            link: arrival.link.clone(),
            host: arrival.server.is_some(),
            participant: arrival.participant.clone(),
            name: arrival.who.name.clone(),
            bind: arguments.bind.clone(),
            ice_servers: Vec::new(),
            microphone: arrival.who.microphone,
            camera: arrival.who.camera,
            listening: arrival.listening.clone(),
            pinned: arrival.pinned.clone(),
            video: arguments.video.0.clone(),
            video_settings: arguments.video_settings(),
            audio: arguments.audio.0.clone(),
            sink: arguments.sink.0.clone(),
        })
        .await
    }
}

impl Arrival {
    async fn entered(
        self,
        meeting: Meeting,
        events: mpsc::Receiver<MeetingEvent>,
    ) -> Result<Entered, AppError> {
        let server = self.server;
        let snapshot = meeting.snapshot().await?;
        let hosting: Option<SocketAddr> = server.as_ref().map(RunningServer::local_addr);
        let participant = meeting.id().clone();
        let record = CallRecord::new(self.link, participant, self.who.name, hosting, self.listening);
        let record = CallRecord { pinned: self.pinned, ..record };
        Ok(Entered { meeting, server, events, snapshot, record })
    }
}

/// Asks the system, which may take its time.
async fn interfaces() -> Vec<Interface> {
    tokio::task::spawn_blocking(network::interfaces).await.unwrap_or_default()
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
        let Entered { meeting, server, events, snapshot, record } = entered;
        let attempt = self.attempt;
        let (hosting, inner) = (server.is_some(), &self.call.inner);
        // On the disk before anybody is told that they are in: from the first moment on there is a way back.
        inner.journal.begin(record, &snapshot).await;
        if let Some(active) = self.put(Active { attempt, meeting: meeting.clone(), server }) {
            // Called off at the very moment it succeeded.
            active.close().await;
            if self.call.last().record.is_some() {
                inner.journal.keep_for_later().await;
            } else {
                inner.journal.end().await;
            }
            return Err(AppError::Cancelled);
        }
        if inner.arguments.print_link {
            print_link(&snapshot.invite);
        }
        tracing::info!(hosting, "in a meeting");
        inner.frames.reset();
        inner.listeners.publish(MeetingEvent::Snapshot { snapshot: Box::new(snapshot.clone()) }).await;
        self.call.set_last(None).await;
        pumps::start(self.call.clone(), attempt, meeting, events);
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
