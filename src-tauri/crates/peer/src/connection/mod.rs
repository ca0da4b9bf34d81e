//! One peer connection: the only place that knows `webrtc` and `rtc`.
//!
//! Takes descriptions, candidates and packets, reports states, candidates, control messages and media. Every operation
//! is carried out completely, or leaves the connection as it was. Known faults of the library (its version is pinned in
//! the workspace) are worked around here and nowhere else:
//!
//! - Tracks are never replaced or removed. Each source has one local track and one sender for the connection's whole
//!   life. If there is nothing to send, nothing is written to the track.
//! - Glare is resolved by explicit rollback; the library refuses the implicit one.
//! - RTCP does not reach the application; [`wire_counter`] reads it in the interceptor chain.
//! - An ICE restart drops the path there is as soon as its offer is the local description; [`restart`] keeps the
//!   offer back until it is answered.
//! - Two things wait up to 200 ms for the library's next timer: the check of a candidate that just came, and the first
//!   packet of the data channels. [`LocalTrack::wake_connection`] wakes it.
//! - So does everything that goes over a relay; [`relay_wakeup`] wakes it while a relay is in use.
//! - Lost packets are asked for again by [`repair`], not by the library.

mod addresses;
mod channels;
mod events;
mod exchange;
mod impaired;
mod inspect;
mod local_track;
mod relay_wakeup;
mod remote_track;
mod repair;
mod restart;
mod sending;
mod servers;
mod setup;
mod wire_counter;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock};

use holdfast_delivery::Channels;
use holdfast_negotiation::TrackSource;
use holdfast_peer_machine::Report;
use holdfast_terms::Generation;
use tokio::sync::mpsc;
use webrtc::peer_connection::PeerConnection;

use crate::channels::Data;
use crate::config::IceServer;
use crate::error::ConnectionError;
use crate::intake::Intake;
use crate::traffic::Traffic;
use crate::turn::TurnBridge;

pub(crate) use exchange::LocalDescription;
pub(crate) use impaired::Path;
pub(crate) use local_track::LocalTrack;
use relay_wakeup::RelayWakeup;
use restart::Restart;
use sending::Sending;
use servers::Servers;

/// What a connection is made with.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionConfig {
    pub(crate) bind: Vec<IpAddr>,
    pub(crate) ice_servers: Vec<IceServer>,
    pub(crate) relay_only: bool,
    /// The channels it has.
    pub(crate) channels: Channels,
    /// Where datagrams may be lost on purpose.
    pub(crate) path: Path,
}

/// What a connection reports, tagged with its generation.
pub(crate) type Reported = (Generation, Report);

/// Where a connection's reports go.
pub(crate) type EventSender = mpsc::Sender<Reported>;

/// A live peer connection. Close it with [`Connection::close`]; dropping it alone leaves its sockets open.
pub(crate) struct Connection {
    inner: Arc<dyn PeerConnection>,
    channels: Arc<[channels::Opened]>,
    sending: Mutex<Vec<Arc<Sending>>>,
    restart: Mutex<Restart>,
    intake: Arc<Intake>,
    traffic: Arc<Traffic>,
    bridges: Vec<TurnBridge>,
    relay_wakeup: OnceLock<RelayWakeup>,
}

impl Connection {
    /// Binds sockets and prepares microphone, camera and the channels. Nothing is sent yet.
    pub(crate) async fn open(
        config: &ConnectionConfig,
        events: EventSender,
        intake: Arc<Intake>,
        data: &Arc<Data>,
    ) -> Result<Self, ConnectionError> {
        let generation = intake.generation();
        let traffic = Arc::clone(intake.traffic());
        let handler = Arc::new(events::Handler::new(generation, events.clone(), Arc::clone(&intake)));
        let Servers { known, bridges, usage } = servers::prepare(&config.ice_servers).await;
        let inner = setup::build(config, Arc::clone(&handler), Arc::clone(&intake), known)
            .await
            .map_err(setup_failed)?;
        let channels = match channels::create(&inner, config.channels).await {
            Ok(channels) => channels,
            Err(error) => {
                close_quietly(&inner).await;
                return Err(setup_failed(error));
            }
        };
        channels::read(generation, &channels, &events, data);
        let connection = Self {
            inner,
            channels,
            sending: Mutex::default(),
            restart: Mutex::default(),
            intake,
            traffic,
            bridges,
            relay_wakeup: OnceLock::new(),
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
            let _ = connection.relay_wakeup.set(RelayWakeup::start(usage, track));
        }
        handler.attach(&connection.inner, track);
        Ok(connection)
    }

    /// Ends the connection and frees its sockets. Does not tell the remote.
    pub(crate) async fn close(&self) {
        close_quietly(&self.inner).await;
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
