//! What the machine asks its driver to do.

use holdfast_protocol::{Generation, ParticipantId, PeerMessage, TrackSource};

use crate::{Event, Feeds, LinkKey, LinkRequest, Listening};

/// One thing to do. Carry effects out in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Begin a link.
    Connect {
        /// Its key. Every report of the link carries it.
        link: LinkKey,
        /// The feeds it brings, by source.
        feeds: Feeds,
        /// Generation to begin with; more than the first when there was a connection before that the other side may hold.
        first_generation: Generation,
        /// How loud they are here.
        listening: Listening,
    },
    /// Give the link up, without a goodbye: a goodbye would mean that we leave.
    Disconnect {
        /// The link.
        link: LinkKey,
    },
    /// Ask something of a link.
    Ask {
        /// The link.
        link: LinkKey,
        /// The request.
        request: LinkRequest,
    },
    /// Send through the signaling server.
    Signal {
        /// The receiver.
        to: ParticipantId,
        /// Generation it belongs to, or [`Generation::NONE`].
        generation: Generation,
        /// What.
        message: PeerMessage,
    },
    /// The path to the server must have changed: connect to it again, now.
    ReconnectSignaling,
    /// Something suggests that the server is gone, or back: check now.
    CheckSignaling,
    /// Send a keyframe of this feed of ours.
    OwnKeyframe(TrackSource),
    /// Change how loud someone is here.
    Listen {
        /// The participant.
        id: ParticipantId,
        /// The new choice.
        listening: Listening,
    },
    /// Tell the part that shows the meeting.
    Emit(Event),
}
