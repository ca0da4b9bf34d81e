//! Descriptions and candidates: made, applied, taken back.

use holdfast_negotiation::{Candidate, DescriptionKind, TrackMap, TrackSource, Tracks};
use rtc::peer_connection::configuration::RTCOfferOptions;
use webrtc::peer_connection::{RTCIceCandidateInit, RTCSessionDescription};

use super::{Connection, refused};
use crate::error::ConnectionError;

/// A local description, and which source it sends in each section, by mid.
#[derive(Debug)]
pub(crate) struct LocalDescription {
    pub(crate) sdp: String,
    pub(crate) tracks: TrackMap,
}

impl Connection {
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

    pub(super) async fn set_local(&self, description: RTCSessionDescription) -> Result<(), ConnectionError> {
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
        // The list of sources must be there before the first packet of a new track.
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

    /// The library changes its signaling state before it has checked the whole offer. A refused offer must not leave it
    /// waiting for an answer that will never be made.
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

    pub(super) async fn roll_back_local(&self) -> Result<(), ConnectionError> {
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
            sdp_mid: candidate.sdp_mid.map(String::from),
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

    /// Whether no exchange is under way.
    #[cfg(test)]
    pub(crate) async fn is_stable(&self) -> bool {
        self.inner.pending_local_description().await.is_none()
            && self.inner.pending_remote_description().await.is_none()
    }
}
