//! What the machine asks its driver to do.

use holdfast_protocol::{ParticipantId, PeerMessage, TrackSource};

use crate::{Event, Feeds, LinkKey, LinkRequest, Listening};

/// One thing to do. Carry them out in the order given.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Begin a link.
    Connect {
        /// Its key; everything it reports carries this.
        link: LinkKey,
        /// The feeds it brings, by source.
        feeds: Feeds,
        /// Generation to begin with; more than 1 when there was a connection before that the other side may hold.
        first_generation: u32,
        /// How loud they are here.
        listening: Listening,
    },
    /// Give the link up, without a goodbye: that is the word of someone who leaves, and would be taken for it.
    Disconnect {
        /// Which.
        link: LinkKey,
    },
    /// Ask something of a link.
    Ask {
        /// Which.
        link: LinkKey,
        /// What.
        request: LinkRequest,
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
    /// Send a keyframe of this feed of ours.
    OwnKeyframe(TrackSource),
    /// Someone's loudness here changed.
    Listen {
        /// Who.
        id: ParticipantId,
        /// How.
        listening: Listening,
    },
    /// Tell those who show the meeting.
    Emit(Event),
}
