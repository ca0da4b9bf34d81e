//! What the machine asks its driver to do.

use holdfast_protocol::{ParticipantId, PeerMessage};

use super::Listening;
use crate::view::MeetingEvent;

/// Which connection to someone; one that was given up has another number than the one after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionKey {
    /// To whom.
    pub id: ParticipantId,
    /// Never used twice in a meeting.
    pub instance: u64,
}

/// What a connection is asked; the methods of the same names of [`holdfast_peer::Peer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerRequest {
    /// A description or candidate of theirs.
    Signal {
        /// Generation it came with.
        generation: u32,
        /// What.
        message: PeerMessage,
    },
    /// Say this over the control channel.
    Control(PeerMessage),
    /// Ask them for a keyframe.
    Keyframe,
    /// Whether they send anything, by their media state.
    ExpectMedia(bool),
    /// Whether the signaling server answers.
    Signaling(bool),
    /// The addresses of this machine changed.
    AddressChanged,
    /// This machine slept.
    Woke,
    /// Their client began anew: its end of the connection is gone.
    RemoteRestarted,
    /// The person wants another try.
    Retry,
}

/// One thing to do. Carry them out in the order given.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Begin a connection.
    Connect {
        /// To whom; everything it reports carries this.
        key: ConnectionKey,
        /// Number of their picture.
        tile: u32,
        /// Generation to begin with; more than 1 when there was a connection before that the other side may hold.
        first_generation: u32,
        /// How loud they are here.
        listening: Listening,
    },
    /// Give the connection up, without a goodbye: that is the word of someone who leaves, and would be taken for it.
    Disconnect {
        /// To whom.
        id: ParticipantId,
    },
    /// Ask something of the connection.
    Ask {
        /// To whom.
        id: ParticipantId,
        /// What.
        request: PeerRequest,
    },
    /// Send through the signaling server.
    Signal {
        /// To whom.
        to: ParticipantId,
        /// Generation it belongs to, or [`super::NO_GENERATION`].
        generation: u32,
        /// What.
        message: PeerMessage,
    },
    /// The path to the server cannot be the same any more: connect to it anew, now.
    ReconnectSignaling,
    /// Something suggests that the server is gone, or back: find out now.
    CheckSignaling,
    /// Send a keyframe of our camera.
    OwnKeyframe,
    /// Someone's loudness here changed.
    Listen {
        /// Who.
        id: ParticipantId,
        /// How.
        listening: Listening,
    },
    /// Tell whoever watches the meeting.
    Emit(MeetingEvent),
}
