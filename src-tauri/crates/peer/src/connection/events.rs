//! The library's callbacks. They run on its loop, so they only pass on and never wait.

use holdfast_terms::Generation;
use std::sync::{Arc, OnceLock, Weak};

use holdfast_negotiation::{Candidate, TransportState};
use webrtc::media_stream::track_remote::TrackRemote;
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionEventHandler, RTCIceGatheringState, RTCPeerConnectionIceEvent,
    RTCPeerConnectionState,
};

use holdfast_peer_machine::Report;

use super::{EventSender, LocalTrack, remote_track};
use crate::intake::Intake;

pub(super) struct Handler {
    generation: Generation,
    events: EventSender,
    intake: Arc<Intake>,
    connection: OnceLock<Weak<dyn PeerConnection>>,
    track: OnceLock<Arc<LocalTrack>>,
}

impl Handler {
    pub(super) fn new(generation: Generation, events: EventSender, intake: Arc<Intake>) -> Self {
        Self { generation, events, intake, connection: OnceLock::new(), track: OnceLock::new() }
    }

    /// The connection that the callbacks belong to, and a track to wake it with. Both exist only after the connection
    /// is made.
    pub(super) fn attach(&self, connection: &Arc<dyn PeerConnection>, track: Option<Arc<LocalTrack>>) {
        // Set once, before the first description and so before the first callback.
        let _ = self.connection.set(Arc::downgrade(connection));
        if let Some(track) = track {
            let _ = self.track.set(track);
        }
    }

    /// Makes the library send what it has ready. Otherwise that would wait for its next timer.
    fn wake(&self) {
        if let Some(track) = self.track.get().map(Arc::clone) {
            // In a task of its own, because this callback runs on the loop that must be woken.
            tokio::spawn(async move { track.wake_connection().await });
        }
    }

    fn report(&self, event: Report) {
        // Dozens of reports per connection fit a queue of a thousand; if not, the task behind it is gone.
        if self.events.try_send((self.generation, event)).is_err() {
            tracing::warn!(generation = self.generation.get(), "a report of the connection was lost");
        }
    }
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_candidate(&self, event: RTCPeerConnectionIceEvent) {
        let Ok(candidate) = event.candidate.to_json() else { return };
        if candidate.candidate.is_empty() {
            return;
        }
        // All media is bundled on the first section (RFC 9143), so every candidate belongs there.
        self.report(Report::LocalCandidate(Candidate {
            candidate: candidate.candidate,
            sdp_mid: Some("0".into()),
            sdp_m_line_index: Some(0),
        }));
    }

    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.report(Report::LocalCandidate(Candidate {
                candidate: String::new(),
                sdp_mid: Some("0".into()),
                sdp_m_line_index: Some(0),
            }));
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        let state = match state {
            RTCPeerConnectionState::Connecting => TransportState::Connecting,
            RTCPeerConnectionState::Connected => TransportState::Connected,
            RTCPeerConnectionState::Disconnected => TransportState::Disconnected,
            RTCPeerConnectionState::Failed => TransportState::Failed,
            RTCPeerConnectionState::Closed => TransportState::Closed,
            _ => TransportState::New,
        };
        if state == TransportState::Connected {
            // The data channels' first packet is ready now.
            self.wake();
        }
        self.report(Report::Transport(state));
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let Some(connection) = self.connection.get() else { return };
        tokio::spawn(remote_track::read(track, Weak::clone(connection), Arc::clone(&self.intake)));
    }
}
