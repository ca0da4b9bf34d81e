//! One peer connection: the only place that knows `webrtc` and `rtc`.
//!
//! Takes descriptions, candidates and packets, reports states, candidates, control messages and media. Every
//! operation either does all it says or leaves the connection as it was. What is known to be broken in the
//! library (version pinned in the workspace) is worked around here and nowhere else:
//!
//! - Tracks are never replaced or removed: each source has one local track and one sender for the connection's
//!   life, and nothing is written to it when there is nothing to send.
//! - Glare is resolved by explicit rollback; the library refuses the implicit one.
//! - RTCP does not reach the application; [`tap`] taps it from the interceptor chain.
//! - An ICE restart drops the path there is as soon as its offer is the local description; [`restart`] keeps the
//!   offer back until it is answered.
//! - Two things the library wants to send wait for its next timer, up to 200 ms: the check of a candidate that
//!   just came, and the first packet of the data channels. [`LocalTrack::wake_connection`] wakes it.
//! - So does everything that goes over a relay; [`pulse`] wakes it while there is a relay in use.
//! - Lost packets are asked for again by [`repair`], not by the library.

mod addresses;
mod events;
mod impaired;
mod inspect;
mod local_track;
mod pulse;
mod remote_track;
mod repair;
mod restart;
mod servers;
mod setup;
mod tap;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use holdfast_negotiation::{Candidate, DescriptionKind, TrackMap, TrackSource, Tracks, TransportState};
use holdfast_protocol::limits::FRAME_BYTES;
use rtc::data_channel::RTCDataChannelInit;
use rtc::peer_connection::configuration::RTCOfferOptions;
use tokio::sync::mpsc;
use webrtc::data_channel::{DataChannel, DataChannelEvent};
use webrtc::peer_connection::{PeerConnection, RTCIceCandidateInit, RTCSessionDescription};
use webrtc::rtp_transceiver::RtpSender;

use crate::config::{CONTROL_BUFFER, IceServer};
use crate::error::ConnectionError;
use crate::intake::Intake;
use crate::stats::Traffic;
use crate::turn::TurnBridge;

pub(crate) use impaired::Path;
pub(crate) use local_track::LocalTrack;
use pulse::Pulse;
use restart::Restart;
use servers::Servers;

/// Label of the control channel; with `negotiated` it never travels, both sides just know it.
const CONTROL_LABEL: &str = "control";
/// SCTP stream of the control channel, fixed by the protocol.
const CONTROL_ID: u16 = 0;

/// What a connection is made with.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionConfig {
    pub(crate) bind: Vec<IpAddr>,
    pub(crate) ice_servers: Vec<IceServer>,
    pub(crate) relay_only: bool,
    /// Where datagrams may be lost on purpose.
    pub(crate) path: Path,
}

/// What a connection reports, media apart.
#[derive(Debug)]
pub(crate) enum ConnectionEvent {
    Transport(TransportState),
    /// Empty candidate: no more.
    LocalCandidate(Candidate),
    ControlOpen,
    ControlClosed,
    /// Text that came over the control channel.
    Control(String),
}

/// Where a connection's reports go, tagged with its generation.
pub(crate) type EventSender = mpsc::Sender<(u32, ConnectionEvent)>;

/// A local description and what it says is sent, by mid.
#[derive(Debug)]
pub(crate) struct LocalDescription {
    pub(crate) sdp: String,
    pub(crate) tracks: TrackMap,
}

struct Sending {
    source: TrackSource,
    track: Arc<LocalTrack>,
    sender: Arc<dyn RtpSender>,
}

/// A live peer connection. Close it with [`Connection::close`]; dropping it alone leaves its sockets open.
pub(crate) struct Connection {
    inner: Arc<dyn PeerConnection>,
    control: Arc<dyn DataChannel>,
    sending: Mutex<Vec<Arc<Sending>>>,
    restart: Mutex<Restart>,
    intake: Arc<Intake>,
    traffic: Arc<Traffic>,
    bridges: Vec<TurnBridge>,
    pulse: OnceLock<Pulse>,
}

impl Connection {
    /// Binds sockets and prepares microphone, camera and the control channel. Nothing is sent yet.
    pub(crate) async fn open(
        config: &ConnectionConfig,
        events: EventSender,
        intake: Arc<Intake>,
    ) -> Result<Self, ConnectionError> {
        let generation = intake.generation();
        let traffic = Arc::clone(intake.traffic());
        let handler = Arc::new(events::Handler::new(generation, events.clone(), Arc::clone(&intake)));
        let Servers { known, bridges, usage } = servers::prepare(&config.ice_servers).await;
        let inner = setup::build(config, Arc::clone(&handler), Arc::clone(&intake), known)
            .await
            .map_err(setup_failed)?;
        let options = RTCDataChannelInit { negotiated: Some(CONTROL_ID), ..Default::default() };
        let control = match inner.create_data_channel(CONTROL_LABEL, Some(options)).await {
            Ok(control) => control,
            Err(error) => {
                close_quietly(&inner).await;
                return Err(setup_failed(error));
            }
        };
        tokio::spawn(read_control(generation, Arc::clone(&control), events, Arc::clone(&traffic)));
        let connection = Self {
            inner,
            control,
            sending: Mutex::default(),
            restart: Mutex::default(),
            intake,
            traffic,
            bridges,
            pulse: OnceLock::new(),
        };
        for source in [TrackSource::Microphone, TrackSource::Camera] {
            if let Err(error) = connection.add_track(source).await {
                connection.close().await;
                return Err(error);
            }
        }
        let track = connection.any_track();
        if !connection.bridges.is_empty()
            && let Some(track) = track.clone()
        {
            let _ = connection.pulse.set(Pulse::start(usage, track));
        }
        handler.attach(&connection.inner, track);
        Ok(connection)
    }

    /// Makes an offer that carries `tracks` and sets it as the local description.
    pub(crate) async fn create_offer(
        &self,
        ice_restart: bool,
        tracks: Tracks,
    ) -> Result<LocalDescription, ConnectionError> {
        if tracks.screen {
            self.add_track(TrackSource::Screen).await?;
        }
        let offer = self
            .inner
            .create_offer(Some(RTCOfferOptions { ice_restart }))
            .await
            .map_err(|error| refused(ConnectionError::NoDescription, &error))?;
        let sdp = offer.sdp.clone();
        let unheld = self.restart().hold(ice_restart, offer);
        if let Some(offer) = unheld {
            self.set_local(offer).await?;
        }
        let tracks = self.track_map(&sdp, tracks).await;
        Ok(LocalDescription { sdp, tracks })
    }

    /// Makes an answer that carries as many of `tracks` as the offer has room for and sets it as the local
    /// description.
    pub(crate) async fn create_answer(&self, tracks: Tracks) -> Result<LocalDescription, ConnectionError> {
        if tracks.screen {
            // Takes the section the remote offered for its own screen if there is one, otherwise a new section
            // that this answer cannot hold.
            self.add_track(TrackSource::Screen).await?;
        }
        let answer = self
            .inner
            .create_answer(None)
            .await
            .map_err(|error| refused(ConnectionError::NoDescription, &error))?;
        let sdp = answer.sdp.clone();
        self.set_local(answer).await?;
        let tracks = self.track_map(&sdp, tracks).await;
        self.bind_tracks().await;
        Ok(LocalDescription { sdp, tracks })
    }

    async fn set_local(&self, description: RTCSessionDescription) -> Result<(), ConnectionError> {
        self.inner
            .set_local_description(description)
            .await
            .map_err(|error| refused(ConnectionError::RefusedDescription, &error))
    }

    /// Sets the remote description.
    pub(crate) async fn apply_remote(
        &self,
        kind: DescriptionKind,
        sdp: String,
        tracks: TrackMap,
    ) -> Result<(), ConnectionError> {
        let parsed = match kind {
            DescriptionKind::Offer => RTCSessionDescription::offer(sdp),
            DescriptionKind::Answer => RTCSessionDescription::answer(sdp),
        };
        let description = parsed.map_err(|error| refused(ConnectionError::MalformedDescription, &error))?;
        self.restart_before(kind, &description).await?;
        // Who sends what is needed before the first packet of a new track is.
        let before = self.intake.set_sources(tracks);
        if let Err(error) = self.inner.set_remote_description(description).await {
            let error = refused(ConnectionError::RefusedDescription, &error);
            self.intake.set_sources(before);
            if kind == DescriptionKind::Offer {
                self.undo_remote_offer().await;
            }
            return Err(error);
        }
        match kind {
            DescriptionKind::Offer => self.restart().replaced(),
            DescriptionKind::Answer => self.bind_tracks().await,
        }
        Ok(())
    }

    /// The library changes its signaling state before it has looked at everything; a refused offer must not
    /// leave it waiting for an answer that will never be made.
    async fn undo_remote_offer(&self) {
        if self.inner.pending_remote_description().await.is_none() {
            return;
        }
        if let Ok(rollback) = RTCSessionDescription::rollback(None)
            && let Err(error) = self.inner.set_remote_description(rollback).await
        {
            refused(ConnectionError::RefusedRollback, &error);
        }
    }

    /// Takes the local offer back.
    pub(crate) async fn rollback(&self) -> Result<(), ConnectionError> {
        if self.restart().take_back() {
            return Ok(());
        }
        self.roll_back_local().await
    }

    async fn roll_back_local(&self) -> Result<(), ConnectionError> {
        let rollback = RTCSessionDescription::rollback(None)
            .map_err(|error| refused(ConnectionError::RefusedRollback, &error))?;
        self.inner
            .set_local_description(rollback)
            .await
            .map_err(|error| refused(ConnectionError::RefusedRollback, &error))
    }

    /// Adds a remote candidate; a remote description must be set.
    pub(crate) async fn add_candidate(&self, candidate: Candidate) -> Result<(), ConnectionError> {
        if candidate.candidate.is_empty() {
            // The library has no use for the end of candidates: its checks run by time.
            return Ok(());
        }
        let candidate = RTCIceCandidateInit {
            candidate: candidate.candidate,
            sdp_mid: candidate.sdp_mid,
            sdp_mline_index: candidate.sdp_m_line_index,
            ..Default::default()
        };
        self.inner
            .add_ice_candidate(candidate)
            .await
            .map_err(|error| refused(ConnectionError::RefusedCandidate, &error))?;
        if let Some(track) = self.any_track() {
            track.wake_connection().await;
        }
        Ok(())
    }

    fn any_track(&self) -> Option<Arc<LocalTrack>> {
        self.sending().first().map(|sending| Arc::clone(&sending.track))
    }

    /// The tracks to write to, by source.
    pub(crate) fn local_tracks(&self) -> Vec<(TrackSource, Arc<LocalTrack>)> {
        self.sending().iter().map(|sending| (sending.source, Arc::clone(&sending.track))).collect()
    }

    /// Sends text over the control channel; false when the channel is not open, nobody has read for long, or the
    /// text is longer than the other side accepts.
    pub(crate) async fn send_control(&self, text: &str) -> bool {
        text.len() <= FRAME_BYTES && self.control.try_send_text(text).await.is_ok()
    }

    /// Bytes of control messages the remote has not acknowledged.
    pub(crate) async fn control_outstanding(&self) -> usize {
        self.control.outstanding_bytes().await.unwrap_or(0)
    }

    /// Ends the connection and frees its sockets. The remote is not told.
    pub(crate) async fn close(&self) {
        close_quietly(&self.inner).await;
    }

    async fn add_track(&self, source: TrackSource) -> Result<(), ConnectionError> {
        if self.sending().iter().any(|sending| sending.source == source) {
            return Ok(());
        }
        let track = Arc::new(LocalTrack::new(source));
        self.traffic.name_outgoing(self.intake.generation(), track.ssrc(), source);
        let sender = self.inner.add_track(track.handle()).await.map_err(setup_failed)?;
        let sending = Arc::new(Sending { source, track, sender });
        self.sending.lock().unwrap_or_else(PoisonError::into_inner).push(sending);
        Ok(())
    }

    fn sending(&self) -> Vec<Arc<Sending>> {
        self.sending.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells each track the payload type this exchange settled on.
    async fn bind_tracks(&self) {
        for sending in self.sending() {
            if let Ok(parameters) = sending.sender.get_parameters().await {
                sending.track.bind(&parameters.rtp_parameters.codecs);
            }
        }
    }

    /// Which of our tracks the description carries, by the mid of their sections.
    async fn track_map(&self, sdp: &str, tracks: Tracks) -> TrackMap {
        let mut map = BTreeMap::new();
        let transceivers = self.inner.get_transceivers().await;
        for sending in self.sending() {
            if !tracks.contains(sending.source) {
                continue;
            }
            let id = usize::from_sender(&sending.sender);
            let transceiver = transceivers.iter().find(|transceiver| transceiver.id() == id);
            let Some(transceiver) = transceiver else { continue };
            // An offer that was made but refused leaves its mids behind, so having one is not enough.
            if let Ok(Some(mid)) = transceiver.mid().await
                && has_section(sdp, &mid)
            {
                map.insert(mid, sending.source);
            }
        }
        map
    }

    /// Whether no exchange is under way.
    #[cfg(test)]
    pub(crate) async fn is_stable(&self) -> bool {
        self.inner.pending_local_description().await.is_none()
            && self.inner.pending_remote_description().await.is_none()
    }
}

/// Transceiver ids and sender ids are the same number in the library.
trait FromSender {
    fn from_sender(sender: &Arc<dyn RtpSender>) -> Self;
}

impl FromSender for usize {
    fn from_sender(sender: &Arc<dyn RtpSender>) -> Self {
        sender.id().into()
    }
}

fn has_section(sdp: &str, mid: &str) -> bool {
    sdp.lines().any(|line| line.strip_prefix("a=mid:").is_some_and(|value| value.trim_end() == mid))
}

async fn read_control(
    generation: u32,
    control: Arc<dyn DataChannel>,
    events: EventSender,
    traffic: Arc<Traffic>,
) {
    while let Some(event) = control.poll().await {
        let report = match event {
            DataChannelEvent::OnOpen => ConnectionEvent::ControlOpen,
            DataChannelEvent::OnMessage(message) => match String::from_utf8(message.data.to_vec()) {
                Ok(text) if message.is_string => ConnectionEvent::Control(text),
                _ => {
                    traffic.control_malformed();
                    continue;
                }
            },
            DataChannelEvent::OnClose => ConnectionEvent::ControlClosed,
            _ => continue,
        };
        if events.send((generation, report)).await.is_err() {
            return;
        }
    }
}

async fn close_quietly(inner: &Arc<dyn PeerConnection>) {
    if let Err(error) = inner.close().await {
        tracing::debug!(kind = error_kind(&error), "closing a connection");
    }
}

fn setup_failed(error: rtc::shared::error::Error) -> ConnectionError {
    refused(ConnectionError::Setup, &error)
}

/// Logs what kind of error the library gave, not its text: that may quote addresses and descriptions.
fn refused(error: ConnectionError, cause: &rtc::shared::error::Error) -> ConnectionError {
    tracing::warn!(code = error.code(), kind = error_kind(cause), "the connection refused an operation");
    error
}

/// The name of the library's error variant, without what it carries.
fn error_kind(error: &rtc::shared::error::Error) -> String {
    let text = format!("{error:?}");
    text.chars().take_while(|c| c.is_ascii_alphanumeric()).collect()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
