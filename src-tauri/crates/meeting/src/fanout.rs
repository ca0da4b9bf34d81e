//! Sends one encoded stream to every link: the media threads give a batch, and each link takes its own clone.

use std::sync::{Arc, Mutex, PoisonError};

use holdfast_meeting_machine::LinkKey;
use holdfast_peer::{Peer, RtpBatch};

/// The links that our feeds go to. Cheap to clone; all clones are the same list.
#[derive(Clone, Default)]
pub(crate) struct Fanout {
    links: Arc<Mutex<Vec<(LinkKey, Peer)>>>,
}

impl Fanout {
    pub(crate) fn insert(&self, link: LinkKey, peer: Peer) {
        self.lock().push((link, peer));
    }

    pub(crate) fn remove(&self, link: &LinkKey) {
        self.lock().retain(|(other, _)| other != link);
    }

    /// Gives the batch to every link. Never waits: a link that cannot keep up drops and counts.
    pub(crate) fn send(&self, batch: RtpBatch) {
        let batch = Arc::new(batch);
        for (_, peer) in self.lock().iter() {
            peer.send(Arc::clone(&batch));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(LinkKey, Peer)>> {
        // The list is valid after a panic of any other holder, because each change is a single call.
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
