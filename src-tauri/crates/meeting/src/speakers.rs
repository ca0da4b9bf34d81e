//! The sound of each remote participant, from the connection that receives it to the mixer that plays it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use holdfast_media::audio::{AudioError, Playout, RemoteAudio};
use holdfast_meeting_machine::Listening;
use holdfast_protocol::ParticipantId;

/// All remote sound. Clones are the same.
#[derive(Clone)]
pub(crate) struct Speakers {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    playout: Option<Arc<Playout>>,
    remotes: HashMap<ParticipantId, Arc<RemoteAudio>>,
}

impl Speakers {
    pub(crate) fn new(playout: Option<Playout>) -> Self {
        let playout = playout.map(Arc::new);
        Self { inner: Arc::new(Mutex::new(Inner { playout, remotes: HashMap::new() })) }
    }

    /// Adds someone to the mix. `None` if nothing can be played.
    pub(crate) fn add(&self, id: &ParticipantId, listening: Listening) -> Option<Arc<RemoteAudio>> {
        let mut inner = self.lock();
        let remote = Arc::new(inner.playout.as_ref()?.add());
        apply(&remote, listening);
        inner.remotes.insert(id.clone(), Arc::clone(&remote));
        Some(remote)
    }

    /// Changes how loud someone is here.
    pub(crate) fn listen(&self, id: &ParticipantId, listening: Listening) {
        if let Some(remote) = self.lock().remotes.get(id) {
            apply(remote, listening);
        }
    }

    pub(crate) fn get(&self, id: &ParticipantId) -> Option<Arc<RemoteAudio>> {
        self.lock().remotes.get(id).cloned()
    }

    /// How loud everyone is, in dBFS, as they send it.
    pub(crate) fn levels(&self) -> Vec<(ParticipantId, f32)> {
        self.lock().remotes.iter().map(|(id, remote)| (id.clone(), remote.level())).collect()
    }

    /// How many packets of sound came from everyone.
    pub(crate) fn packets(&self) -> Vec<(ParticipantId, u64)> {
        self.lock().remotes.iter().map(|(id, remote)| (id.clone(), remote.packets())).collect()
    }

    /// Plays on another speaker. Waits for the sound server if no speaker could be opened before.
    pub(crate) fn choose(&self, device: Option<String>) -> Result<(), AudioError> {
        // Not under the lock, because sound and people come meanwhile.
        self.playout().map_or(Ok(()), |playout| playout.choose(device))
    }

    /// Plays a sound of our own once.
    pub(crate) fn play(&self, samples: Vec<f32>) {
        if let Some(playout) = self.playout() {
            playout.play(samples);
        }
    }

    fn playout(&self) -> Option<Arc<Playout>> {
        self.lock().playout.clone()
    }

    pub(crate) fn remove(&self, id: &ParticipantId) {
        self.lock().remotes.remove(id);
    }

    /// Takes everything apart. Dropping the result closes the device.
    pub(crate) fn close(&self) -> Option<Arc<Playout>> {
        let mut inner = self.lock();
        inner.remotes.clear();
        inner.playout.take()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A map and an option, which are valid after any panic.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn apply(remote: &RemoteAudio, listening: Listening) {
    remote.set_volume(f32::from(listening.volume) / 100.0);
    remote.set_muted(listening.muted);
}
