//! One encoded stream to every peer: the media threads hand in a batch, each connection takes its own clone.

use std::sync::{Arc, Mutex, PoisonError};

use holdfast_peer::{Peer, RtpBatch};
use holdfast_protocol::ParticipantId;

/// The connections media goes to. Cheap to clone; all clones are the same list.
#[derive(Clone, Default)]
pub(crate) struct Fanout {
    peers: Arc<Mutex<Vec<(ParticipantId, Peer)>>>,
}

impl Fanout {
    pub(crate) fn insert(&self, id: ParticipantId, peer: Peer) {
        let mut peers = self.lock();
        peers.retain(|(other, _)| *other != id);
        peers.push((id, peer));
    }

    pub(crate) fn remove(&self, id: &ParticipantId) {
        self.lock().retain(|(other, _)| other != id);
    }

    /// Gives the batch to every connection. Never waits: a connection that cannot keep up drops and counts.
    pub(crate) fn send(&self, batch: RtpBatch) {
        let batch = Arc::new(batch);
        for (_, peer) in self.lock().iter() {
            peer.send(Arc::clone(&batch));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(ParticipantId, Peer)>> {
        // The list is valid after any panic of another holder: each change is a single call.
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
