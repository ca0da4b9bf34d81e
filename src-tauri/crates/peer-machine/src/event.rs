//! What the owner of a peer is told, except for media.

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
    /// The number of the current attempt to get the connection back: 1 for the first since it was lost, 0 when nothing
    /// is being repaired. It is told at most a few times a second, so quick attempts are skipped.
    Attempt(u32),
    /// The control channel carries messages (again). This is the moment to send the whole media state. It also comes
    /// when the channel of a new connection opens.
    ControlOpen,
    /// The control channel no longer carries messages. Use signaling until it does again.
    ControlClosed,
    /// A message came over the control channel; never a description or a candidate.
    Control(PeerMessage),
    /// The remote cannot show this source of ours before a keyframe.
    KeyframeRequested(TrackSource),
    /// No way to get the connection (back) is left to try. Retries go on in the background.
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
