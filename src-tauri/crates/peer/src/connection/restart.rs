//! Keeps the present path while an ICE restart is offered.
//!
//! The library drops path, sockets and remote credentials as soon as a restart's offer becomes the local description
//! (W3C keeps them until the new path is nominated). If the offer or its answer is then lost, nothing is sent any more,
//! and a link that comes back by itself finds no path. So the offer is made and sent, but set only when its answer
//! arrives. Until then the old path goes on probing and carrying media.

use std::sync::{MutexGuard, PoisonError};

use holdfast_negotiation::DescriptionKind;
use webrtc::peer_connection::RTCSessionDescription;

use super::Connection;
use crate::error::ConnectionError;

/// The state of a restart inside the library, which the library does not show.
#[derive(Default)]
pub(super) struct Restart {
    /// The library has new credentials for this offer, which is not yet the local description.
    staged: Option<RTCSessionDescription>,
    /// Whether it was sent and waits for its answer.
    offered: bool,
}

impl Restart {
    /// Keeps an offer that restarts; gives back one that does not. Once credentials are staged, every further offer has
    /// them.
    pub(super) fn hold(
        &mut self,
        ice_restart: bool,
        offer: RTCSessionDescription,
    ) -> Option<RTCSessionDescription> {
        if !ice_restart && self.staged.is_none() {
            return Some(offer);
        }
        self.staged = Some(offer);
        self.offered = true;
        None
    }

    /// A remote offer was applied.
    pub(super) fn replaced(&mut self) {
        *self = Self::default();
    }

    /// Takes the offer back; false if no such offer is kept. Its credentials stay staged.
    pub(super) fn take_back(&mut self) -> bool {
        std::mem::take(&mut self.offered)
    }
}

impl Connection {
    pub(super) fn restart(&self) -> MutexGuard<'_, Restart> {
        // Two fields that are set together, with nothing between that could panic.
        self.restart.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings the library to the state that the others assume, before a remote description is applied.
    pub(super) async fn restart_before(
        &self,
        kind: DescriptionKind,
        remote: &RTCSessionDescription,
    ) -> Result<(), ConnectionError> {
        let (staged, offered) = {
            let mut restart = self.restart();
            (restart.staged.take(), std::mem::take(&mut restart.offered))
        };
        let Some(offer) = staged else { return Ok(()) };
        match kind {
            DescriptionKind::Answer if offered => self.set_local(offer).await,
            DescriptionKind::Answer => {
                self.restart().staged = Some(offer);
                Ok(())
            }
            // The remote restarts too. Once its restart is applied, it replaces the staged one.
            DescriptionKind::Offer if self.restarts(remote).await => {
                self.restart().staged = Some(offer);
                Ok(())
            }
            DescriptionKind::Offer => {
                // The answer would contain the staged credentials, and setting it would leave us without those of the
                // remote. A restart that is taken back gives the answer credentials that work.
                self.set_local(offer).await?;
                self.roll_back_local().await
            }
        }
    }

    /// Whether a remote description has other credentials than the last one.
    async fn restarts(&self, remote: &RTCSessionDescription) -> bool {
        let before = self.inner.current_remote_description().await;
        before.is_none_or(|before| ice_ufrag(&before.sdp) != ice_ufrag(&remote.sdp))
    }
}

fn ice_ufrag(sdp: &str) -> Option<&str> {
    sdp.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).map(str::trim_end)
}
