//! What a meeting looks like from outside: the snapshot and the events for a user interface.
//!
//! These are copies, made when they are sent and stored nowhere. The facts themselves live in the
//! [machine](holdfast_meeting_machine) and in the media threads; nothing here is read back. Field names are camelCase
//! in JSON because the page is their main reader.

use holdfast_meeting_machine::loudness::{Level, Loudness};
use holdfast_meeting_machine::quality::Quality;
use holdfast_meeting_machine::{
    Event, Feed, FeedNumber, Listening, Machine, MeetingDevices, Notice, Participant, SignalingState,
};
use holdfast_negotiation::PeerState;
use holdfast_protocol::{MediaState, ParticipantId, Revision, TrackSource};
use serde::Serialize;
use ts_rs::TS;

use crate::chat_view::ChatStanding;

/// Sound or pictures of one source of one participant.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct FeedView {
    /// Its source.
    pub source: TrackSource,
    /// Its number on the frame socket; never given to another feed within a meeting.
    pub number: FeedNumber,
    /// Whether a picture of it has arrived.
    pub has_picture: bool,
}

/// One person in the meeting; this may be ourselves.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ParticipantView {
    /// The id, the same for the whole meeting.
    pub id: ParticipantId,
    /// The name they gave; 1 to 64 characters. It comes from outside: never use it as markup.
    pub name: String,
    /// Everything that they can send, whether or not they do: one feed for each source.
    pub feeds: Vec<FeedView>,
    /// The state of the connection to them; `connected` for ourselves.
    pub state: PeerState,
    /// When `state` was entered, in milliseconds of Unix time.
    #[ts(type = "number")]
    pub state_since_ms: u64,
    /// The number of the present attempt to get the connection back, from 1; 0 when nothing is being repaired.
    pub attempt: u32,
    /// What they last said about what they send.
    pub media: MediaState,
    /// Whether the signaling server hears them. Media does not depend on it.
    pub present: bool,
    /// The revision of our own media state they are known to hold, 0 for none. They are in sync with us when it is
    /// ours; until then it is told them again.
    pub acknowledged_revision: Revision,
    /// How they are heard here.
    pub listening: Listening,
    /// When the hand went up by the clock of this machine, in milliseconds of Unix time; null while it is down.
    #[ts(type = "number | null")]
    pub hand_since_ms: Option<u64>,
    /// The people whose sound reaches them, as they say; null while they do not say or cannot be reached.
    pub hears: Option<Vec<ParticipantId>>,
}

impl ParticipantView {
    /// The number of one of their feeds on the frame socket.
    #[must_use]
    pub fn number(&self, source: TrackSource) -> Option<FeedNumber> {
        self.feeds.iter().find(|feed| feed.source == source).map(|feed| feed.number)
    }
}

/// The whole meeting at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct MeetingSnapshot {
    /// Ourselves.
    #[serde(rename = "self")]
    pub me: ParticipantView,
    /// Everyone else, in the order they came.
    pub participants: Vec<ParticipantView>,
    /// The invite link. Holds the room's secret.
    pub invite: String,
    /// The signaling connection.
    pub signaling: SignalingState,
    /// When we joined, in milliseconds of Unix time.
    #[ts(type = "number")]
    pub started_at_ms: u64,
    /// The person that we chose to show large, while they are in the meeting.
    pub pinned: Option<ParticipantId>,
    /// The chosen devices in use.
    pub devices: MeetingDevices,
    /// How the chat stands.
    pub chat: ChatStanding,
}

/// What changed.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "type", rename_all = "camelCase")]
#[ts(export)]
pub enum MeetingEvent {
    /// Everything; deltas count again from here on. Sent first, and when deltas were lost.
    Snapshot {
        /// The whole meeting.
        snapshot: Box<MeetingSnapshot>,
    },
    /// Someone is new or changed.
    Participant {
        /// The whole entry.
        participant: ParticipantView,
    },
    /// Someone is gone.
    ParticipantLeft {
        /// The participant.
        id: ParticipantId,
    },
    /// Our own entry changed.
    #[serde(rename = "self")]
    Me {
        /// The whole entry.
        #[serde(rename = "self")]
        me: ParticipantView,
    },
    /// The signaling connection changed.
    Signaling {
        /// Its present state.
        state: SignalingState,
    },
    /// Tell the person once.
    Notice {
        /// The notice.
        code: Notice,
    },
    /// A notice no longer applies, and is not shown any more.
    Solved {
        /// The notice.
        code: Notice,
    },
    /// Another person, or no one, is shown large by choice.
    Pinned {
        /// The participant; null for no one.
        id: Option<ParticipantId>,
    },
    /// How loud feeds are. Sent at most ten times a second, while it changes. A snapshot does not contain it.
    Levels {
        /// Ourselves as the others hear us, 0 to 1; 0 while the microphone is closed.
        me: f32,
        /// The feeds that sound; every other feed is silent.
        levels: Vec<Level>,
        /// Who to show large: the person who has spoken recently, without frequent changes; never ourselves.
        #[serde(rename = "activeSpeaker")]
        active_speaker: Option<ParticipantId>,
    },
    /// The person speaks while their microphone is closed, and no one hears it. Sent at most once a minute.
    MutedVoice,
    /// How good the connections are. Sent at most every two seconds. A snapshot does not contain it.
    Quality {
        /// One for each connection.
        qualities: Vec<Quality>,
    },
    /// Another device is used.
    Devices {
        /// The chosen devices in use.
        devices: MeetingDevices,
    },
    /// The chat changed. The messages are read with [`crate::Meeting::chat_since`].
    Chat {
        /// How it stands.
        chat: ChatStanding,
    },
    /// The meeting is over for us: null because we left, otherwise the code of what ended it.
    Ended {
        /// Code of [`crate::MeetingError`].
        code: Option<String>,
    },
}

impl From<&Feed> for FeedView {
    fn from(feed: &Feed) -> Self {
        let Feed { source, number, has_picture } = *feed;
        Self { source, number, has_picture }
    }
}

/// One of the others, and the state of their link.
fn participant(machine: &Machine, participant: &Participant) -> ParticipantView {
    let link = machine.link(&participant.id);
    ParticipantView {
        state: link.map_or(PeerState::Waiting, |link| link.state()),
        state_since_ms: link.map_or(participant.since_ms, |link| link.since_ms()),
        attempt: link.map_or(0, |link| link.attempt()),
        ..unlinked(participant)
    }
}

/// Our own entry. We always count as connected to ourselves.
fn me(machine: &Machine) -> ParticipantView {
    unlinked(machine.me())
}

fn unlinked(participant: &Participant) -> ParticipantView {
    ParticipantView {
        id: participant.id.clone(),
        name: participant.name.clone(),
        feeds: participant.feeds.iter().map(FeedView::from).collect(),
        state: PeerState::Connected,
        state_since_ms: participant.since_ms,
        attempt: 0,
        media: participant.media,
        present: participant.present,
        acknowledged_revision: participant.acknowledged_revision,
        listening: participant.listening,
        hand_since_ms: participant.hand_since_ms,
        hears: participant.hears.clone(),
    }
}

/// The whole meeting as people see it.
pub(crate) fn snapshot(machine: &Machine, chat: ChatStanding) -> MeetingSnapshot {
    MeetingSnapshot {
        me: me(machine),
        participants: machine.others().iter().map(|other| participant(machine, other)).collect(),
        invite: machine.invite().to_owned(),
        signaling: machine.signaling(),
        started_at_ms: machine.started_at_ms(),
        pinned: machine.pinned().cloned(),
        devices: machine.devices().clone(),
        chat,
    }
}

/// The event for people; `None` if its subject is gone again.
pub(crate) fn event(machine: &Machine, event: Event) -> Option<MeetingEvent> {
    Some(match event {
        Event::Participant(id) => {
            MeetingEvent::Participant { participant: participant(machine, machine.participant(&id)?) }
        }
        Event::ParticipantLeft(id) => MeetingEvent::ParticipantLeft { id },
        Event::Me => MeetingEvent::Me { me: me(machine) },
        Event::Signaling(state) => MeetingEvent::Signaling { state },
        Event::Notice(code) => MeetingEvent::Notice { code },
        Event::Solved(code) => MeetingEvent::Solved { code },
        Event::Pinned(id) => MeetingEvent::Pinned { id },
        Event::Devices(devices) => MeetingEvent::Devices { devices },
    })
}

impl From<Loudness> for MeetingEvent {
    fn from(loudness: Loudness) -> Self {
        let Loudness { me, levels, active_speaker } = loudness;
        Self::Levels { me, levels, active_speaker }
    }
}
