//! The sound of each remote feed, from the connection that receives it to the mixer that plays it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use holdfast_media::audio::{AudioError, Playout, RemoteAudio};
use holdfast_meeting_machine::Listening;
use holdfast_terms::{FeedId, MediaKind, ParticipantId, SourceTable, TrackSource};

/// The sounds of one participant, by source.
pub(crate) type FeedSounds = SourceTable<Option<Arc<RemoteAudio>>>;

/// All remote sound. Clones are the same.
#[derive(Clone)]
pub(crate) struct Speakers {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    playout: Option<Arc<Playout>>,
    feeds: HashMap<FeedId, Arc<RemoteAudio>>,
}

impl Speakers {
    pub(crate) fn new(playout: Option<Playout>) -> Self {
        let playout = playout.map(Arc::new);
        Self { inner: Arc::new(Mutex::new(Inner { playout, feeds: HashMap::new() })) }
    }

    /// Adds everything of someone that sounds to the mix. The table has an entry for each such feed; it is empty if
    /// nothing can be played.
    pub(crate) fn add(&self, participant: &ParticipantId, listening: Listening) -> FeedSounds {
        let mut inner = self.lock();
        SourceTable::from_fn(|source| {
            let playout = inner.playout.as_ref().filter(|_| source.kind() == MediaKind::Audio)?;
            let sound = Arc::new(playout.add());
            apply(&sound, listening);
            inner.feeds.insert(FeedId::new(participant.clone(), source), Arc::clone(&sound));
            Some(sound)
        })
    }

    /// Changes how loud someone is here: all of their feeds.
    pub(crate) fn listen(&self, participant: &ParticipantId, listening: Listening) {
        let inner = self.lock();
        for (_, sound) in inner.feeds.iter().filter(|(feed, _)| feed.participant == *participant) {
            apply(sound, listening);
        }
    }

    pub(crate) fn get(&self, feed: &FeedId) -> Option<Arc<RemoteAudio>> {
        self.lock().feeds.get(feed).cloned()
    }

    /// How loud each feed is, in dBFS, as it is sent.
    pub(crate) fn levels(&self) -> Vec<(FeedId, f32)> {
        self.lock().feeds.iter().map(|(feed, sound)| (feed.clone(), sound.level())).collect()
    }

    /// How many packets of everyone's voice came.
    pub(crate) fn voice_packets(&self) -> Vec<(ParticipantId, u64)> {
        let inner = self.lock();
        let voices = inner.feeds.iter().filter(|(feed, _)| feed.source == TrackSource::Microphone);
        voices.map(|(feed, sound)| (feed.participant.clone(), sound.packets())).collect()
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

    pub(crate) fn remove(&self, participant: &ParticipantId) {
        self.lock().feeds.retain(|feed, _| feed.participant != *participant);
    }

    /// Takes everything apart. Dropping the result closes the device.
    pub(crate) fn close(&self) -> Option<Arc<Playout>> {
        let mut inner = self.lock();
        inner.feeds.clear();
        inner.playout.take()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A map and an option, which are valid after any panic.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn apply(sound: &RemoteAudio, listening: Listening) {
    sound.set_volume(f32::from(listening.volume) / 100.0);
    sound.set_muted(listening.muted);
}
