//! Somebody in the meeting: who they are, what they say of themselves, and how this side treats them.

use holdfast_protocol::{MediaState, ParticipantId, Revision, TrackSource};

use crate::Listening;
use crate::feed::Feeds;

/// Milliseconds of Unix time, from the driver. Only for what people see; decisions never use it.
pub type UnixMs = u64;

/// One person in the meeting; this may be ourselves. It does not say how they are connected: that is a
/// [`Link`](crate::Link).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// The id, the same for the whole meeting.
    pub id: ParticipantId,
    /// The name they gave; 1 to 64 characters, from outside.
    pub name: String,
    /// What they last said about what they send. Its revision says how new that is.
    pub media: MediaState,
    /// What they can send, each with its number.
    pub feeds: Feeds,
    /// When they came in, as far as we know.
    pub since_ms: UnixMs,
    /// Whether the signaling server hears them. Media does not depend on it.
    pub present: bool,
    /// The revision of our own media state they are known to hold.
    pub acknowledged_revision: Revision,
    /// How they are heard here.
    pub listening: Listening,
    /// When the hand went up by the clock of this machine; `None` while it is down.
    pub hand_since_ms: Option<UnixMs>,
    /// The people whose sound reaches them, as they say; `None` while they do not say or cannot be reached.
    pub hears: Option<Vec<ParticipantId>>,
}

impl Participant {
    pub(crate) fn new(id: ParticipantId, name: String, media: MediaState, feeds: Feeds, now: UnixMs) -> Self {
        Self {
            id,
            name,
            media,
            feeds,
            since_ms: now,
            present: true,
            acknowledged_revision: Revision::NONE,
            listening: Listening::default(),
            hand_since_ms: None,
            hears: None,
        }
    }

    /// Whether they say that they send this feed.
    #[must_use]
    pub fn sends(&self, source: TrackSource) -> bool {
        match source {
            TrackSource::Microphone => self.media.microphone,
            TrackSource::Camera => self.media.camera,
            TrackSource::Screen => self.media.screen,
            // A media state has no field for it, and no client sends it today.
            TrackSource::ScreenSound => false,
        }
    }

    /// Their client began anew: what it said and held before does not count any more.
    pub(crate) fn restart(&mut self) {
        self.media = MediaState::default();
        self.hand_since_ms = None;
        self.hears = None;
        self.acknowledged_revision = Revision::NONE;
    }

    /// Updates the time of the hand. If the hand was not known to be up, it counts as up since `since`.
    pub(crate) fn note_hand(&mut self, since: UnixMs) {
        self.hand_since_ms = self.media.hand.then(|| self.hand_since_ms.unwrap_or(since));
    }
}
