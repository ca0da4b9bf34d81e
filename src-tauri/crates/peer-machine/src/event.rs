//! What the owner of a peer is told, media apart.

use holdfast_negotiation::{Cause, PeerState, TrackSource};
use holdfast_protocol::{Generation, PeerMessage};

/// What happened to one remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerEvent {
    /// Deliver this to the remote, sealed, through the signaling server.
    Signal {
        /// Generation to put on it.
        generation: Generation,
        /// What to deliver.
        message: PeerMessage,
    },
    /// The connection's state, as people see it, changed.
    State(PeerState),
    /// The attempt to get the connection back that is under way: 1 for the first since it was lost, 0 when nothing is
    /// being repaired. Told a few times a second at most; attempts that follow each other faster are skipped.
    Attempt(u32),
    /// What is said over the control channel is carried (again): the moment to send the whole media state. Comes
    /// also when the channel of a new connection opens.
    ControlOpen,
    /// What is said over the control channel is not carried any more; it goes through signaling until it is.
    ControlClosed,
    /// A message came over the control channel; never a description or a candidate.
    Control(PeerMessage),
    /// The remote cannot show this source of ours before a keyframe.
    KeyframeRequested(TrackSource),
    /// The ways to get the connection (back) are exhausted; retries go on in the background.
    Failed {
        /// Why the last attempt failed.
        reason: Cause,
    },
    /// The connection was replaced by a new one.
    Rebuilt {
        /// The new one's generation.
        generation: Generation,
    },
}
