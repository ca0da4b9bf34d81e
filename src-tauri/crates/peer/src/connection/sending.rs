//! What a connection sends: a track and a sender for each source, and the section that carries it.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use holdfast_negotiation::{TrackMap, TrackSource, Tracks};
use webrtc::rtp_transceiver::RtpSender;

use super::{Connection, LocalTrack, setup_failed};
use crate::error::ConnectionError;

pub(super) struct Sending {
    source: TrackSource,
    track: Arc<LocalTrack>,
    sender: Arc<dyn RtpSender>,
}

impl Connection {
    pub(super) fn any_track(&self) -> Option<Arc<LocalTrack>> {
        self.sending().first().map(|sending| Arc::clone(&sending.track))
    }

    /// The tracks to write to, by source.
    pub(crate) fn local_tracks(&self) -> Vec<(TrackSource, Arc<LocalTrack>)> {
        self.sending().iter().map(|sending| (sending.source, Arc::clone(&sending.track))).collect()
    }

    pub(super) async fn add_track(&self, source: TrackSource) -> Result<(), ConnectionError> {
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
    pub(super) async fn bind_tracks(&self) {
        for sending in self.sending() {
            if let Ok(parameters) = sending.sender.get_parameters().await {
                sending.track.bind(&parameters.rtp_parameters.codecs);
            }
        }
    }

    /// Which of our tracks the description carries, by the mid of their sections.
    pub(super) async fn track_map(&self, sdp: &str, tracks: Tracks) -> TrackMap {
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
                map.insert(mid.into(), sending.source);
            }
        }
        map
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
