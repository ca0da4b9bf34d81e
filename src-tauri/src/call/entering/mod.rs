//! How to enter a meeting: a new one, that of an invite, or the one that this app was in when it ended.

mod reservation;

use std::net::SocketAddr;

use holdfast_meeting::{Listening, Meeting, MeetingConfig, MeetingError, MeetingEvent, MeetingSnapshot};
use holdfast_protocol::{MeetingLink, ParticipantId, ServerAddress};
use holdfast_signaling_server::RunningServer;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::coming_back::{self, Next};
use super::demo::{self, Company};
use super::record::CallRecord;
use super::{Call, checked_name, hosting};
use crate::error::AppError;
use crate::network::{self, Interface};
use crate::preferences::signaling_server;
use reservation::Reservation;

/// How a person enters a meeting.
pub(crate) struct Entering {
    pub(crate) name: String,
    pub(crate) microphone: bool,
    pub(crate) camera: bool,
}

/// Which meeting.
pub(crate) enum Destination {
    /// A new one that we host.
    Ours,
    /// The meeting of an invite link, as text.
    Link(String),
    /// One of the recent meetings.
    Recent(u32),
    /// One with synthetic people.
    Demo,
}

/// How to get there, checked.
enum Way {
    /// Open a new one on the server in this app.
    Open,
    /// Open a new one on this server.
    OpenOn(ServerAddress),
    /// Open one of our recent meetings again, where our own server listened.
    Reopen(SocketAddr, MeetingLink),
    /// Open one on this computer only, with synthetic people.
    Demo,
    /// Join a meeting of others; `true` if it is our own.
    Go(MeetingLink, bool),
}

/// A meeting that was entered but is not the call yet.
struct Entered {
    meeting: Meeting,
    server: Option<RunningServer>,
    events: mpsc::Receiver<MeetingEvent>,
    snapshot: MeetingSnapshot,
    record: CallRecord,
    hosted: bool,
    company: Option<Company>,
}

/// Who enters, and in which role.
struct Arrival {
    link: MeetingLink,
    /// We opened it, on our own server or another one.
    hosted: bool,
    who: Entering,
    /// Our previous id, if we come back as the same participant.
    participant: Option<ParticipantId>,
    listening: Vec<(ParticipantId, Listening)>,
    pinned: Option<ParticipantId>,
    server: Option<RunningServer>,
    company: Option<Company>,
}

impl Call {
    /// Enters a meeting and stays in it until [`Call::leave`] or until it ends.
    pub(crate) async fn enter(
        &self,
        destination: Destination,
        who: Entering,
    ) -> Result<MeetingSnapshot, AppError> {
        let name = checked_name(&who.name)?;
        // Before the phase changes: a wrong link disturbs nothing.
        let way = self.way(destination)?;
        let (reservation, cancelled) = Reservation::take(self)?;
        let entered = tokio::select! {
            entered = self.open(way, Entering { name, ..who }) => entered?,
            _ = cancelled => return Err(AppError::Cancelled),
        };
        reservation.fulfil(entered).await
    }

    /// Comes back into the meeting that this app was in when it ended: as the same person, with microphone, camera and
    /// hand as they were, and as the host if we were the host.
    pub(crate) async fn rejoin(&self) -> Result<MeetingSnapshot, AppError> {
        let record = self.inner.way_back.record().ok_or(AppError::NoLastCall)?;
        let (reservation, cancelled) = Reservation::take(self)?;
        self.inner.way_back.set_rejoining(true).await;
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
        self.inner.way_back.set_rejoining(false).await;
        outcome
    }

    fn way(&self, destination: Destination) -> Result<Way, AppError> {
        Ok(match destination {
            Destination::Ours => match self.preferences().signaling_server {
                Some(server) => Way::OpenOn(signaling_server(&server)?),
                None => Way::Open,
            },
            Destination::Link(link) => Way::Go(link.parse()?, false),
            Destination::Demo => Way::Demo,
            Destination::Recent(id) => {
                let recent = self.inner.recent.get(id).ok_or(AppError::NoRecentMeeting)?;
                match recent.hosting {
                    Some(listen) => Way::Reopen(listen, recent.link),
                    None => Way::Go(recent.link, recent.hosted),
                }
            }
        })
    }

    async fn open(&self, way: Way, who: Entering) -> Result<Entered, AppError> {
        self.left().await;
        let listen = self.inner.arguments.listen;
        let mut company = None;
        let (link, hosted, server) = match way {
            Way::Demo => {
                let (link, server) = hosting::open(demo::LISTEN, &[]).await?;
                company = Some(Company::invite(&link));
                (link, true, Some(server))
            }
            Way::Go(link, hosted) => (link, hosted, None),
            Way::OpenOn(server) => (hosting::on(server)?, true, None),
            Way::Open => {
                let (link, server) = hosting::open(listen, &interfaces().await).await?;
                (link, true, Some(server))
            }
            Way::Reopen(listen, link) => {
                let (link, server) = hosting::reopen(listen, &link, &interfaces().await)?;
                (link, true, Some(server))
            }
        };
        let (participant, listening, pinned) = (None, Vec::new(), None);
        let arrival = Arrival { link, hosted, who, participant, listening, pinned, server, company };
        let (meeting, events) = self.arrive(&arrival).await?;
        arrival.entered(meeting, events).await
    }

    async fn come_back(&self, record: CallRecord) -> Result<Entered, AppError> {
        self.left().await;
        let (link, server) = match record.hosting {
            Some(listen) => {
                let (link, server) = hosting::reopen(listen, &record.link, &interfaces().await)?;
                (link, Some(server))
            }
            None => (record.link, None),
        };
        let CallRecord { name, microphone, camera, participant, listening, pinned, .. } = record;
        let who = Entering { name: checked_name(&name)?, microphone, camera };
        let hosted = server.is_some();
        let (participant, company) = (Some(participant), None);
        let mut arrival = Arrival { link, hosted, who, participant, listening, pinned, server, company };
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
        let (arguments, sources) = (&self.inner.arguments, self.sources());
        // This comes first, so that no camera is open twice at once.
        self.end_preview().await;
        Meeting::join(MeetingConfig {
            link: arrival.link.clone(),
            host: arrival.hosted,
            participant: arrival.participant.clone(),
            name: arrival.who.name.clone(),
            bind: if arrival.company.is_some() { demo::BIND.to_vec() } else { arguments.bind.clone() },
            ice_servers: sources.ice_servers,
            microphone: arrival.who.microphone,
            camera: arrival.who.camera,
            listening: arrival.listening.clone(),
            pinned: arrival.pinned.clone(),
            video: sources.video,
            video_settings: sources.video_settings,
            audio: sources.audio,
            sink: sources.sink,
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
        let hosted = self.hosted;
        let record = CallRecord::new(self.link, participant, self.who.name, hosting, self.listening);
        let record = CallRecord { pinned: self.pinned, ..record };
        Ok(Entered { meeting, server, events, snapshot, record, hosted, company: self.company })
    }
}

/// Asks the system, which may take time.
async fn interfaces() -> Vec<Interface> {
    tokio::task::spawn_blocking(network::interfaces).await.unwrap_or_default()
}
