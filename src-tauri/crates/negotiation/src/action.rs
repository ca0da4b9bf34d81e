//! What the machine asks its driver to do.

use holdfast_terms::Generation;

use crate::{
    Candidate, Cause, DescriptionKind, Message, PeerState, TaskId, TaskKind, TaskResult, TrackMap, Tracks,
};

/// Number of an operation; its result comes back as [`crate::Input::Outcome`] with the same number. Never
/// reused by a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpId(pub u64);

/// One thing to do. Carry them out in the order given, one at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Make a fresh peer connection; the previous one may still be there and goes on. Outcome: `Done` or `Failed`.
    CreateConnection {
        /// Operation number.
        op: OpId,
        /// Generation of the new connection; everything it reports carries it.
        generation: Generation,
        /// Use relayed candidates only.
        relay_only: bool,
    },
    /// Close the connection of this generation and forget it. No outcome.
    CloseConnection {
        /// Generation to close.
        generation: Generation,
    },
    /// Make the connection send exactly `tracks` (adding, removing or re-using transceivers in the order
    /// microphone, camera, screen), create an offer and set it as the local description.
    /// Outcome: `Description` (SDP and the map of what is sent) or `Failed` (signaling state still stable).
    CreateOffer {
        /// Operation number.
        op: OpId,
        /// Connection it is for.
        generation: Generation,
        /// Fresh ICE credentials.
        ice_restart: bool,
        /// What the offer is to carry.
        tracks: Tracks,
    },
    /// With a remote offer applied: put as many of `tracks` into the answer as the offer has room for, take out
    /// what is not in `tracks`, create the answer and set it as the local description.
    /// Outcome: `Description` whose map says what the answer really carries, or `Failed`. What did not fit is
    /// offered by the machine afterwards.
    CreateAnswer {
        /// Operation number.
        op: OpId,
        /// Connection it is for.
        generation: Generation,
        /// What the answer should carry.
        tracks: Tracks,
    },
    /// Take back the local offer (`setLocalDescription` with type rollback). Outcome: `Done` or `Failed`.
    SetLocalRollback {
        /// Operation number.
        op: OpId,
        /// Connection it is for.
        generation: Generation,
    },
    /// Set the remote description. Outcome: `Done` or `Failed` (connection as before).
    ApplyRemote {
        /// Operation number.
        op: OpId,
        /// Connection it is for.
        generation: Generation,
        /// Offer or answer.
        kind: DescriptionKind,
        /// The session description as the remote sent it.
        sdp: String,
        /// What the remote sends, by mid.
        tracks: TrackMap,
    },
    /// Add a remote candidate; a remote description is set by now. Outcome: `Done` or `Failed` (only counted).
    AddRemoteCandidate {
        /// Operation number.
        op: OpId,
        /// Connection it is for.
        generation: Generation,
        /// The candidate as the remote sent it.
        candidate: Candidate,
    },
    /// Deliver this to the other machine. No outcome.
    Send {
        /// Generation to put on the message.
        generation: Generation,
        /// What to say.
        message: Message,
    },
    /// A task has its result; every task gets exactly one. No outcome.
    TaskFinished {
        /// Which task.
        id: TaskId,
        /// What it was.
        kind: TaskKind,
        /// How it ended.
        result: TaskResult,
    },
    /// The state people see changed. No outcome.
    StateChanged {
        /// The new state.
        state: PeerState,
        /// Why.
        reason: Cause,
    },
    /// Another connection counts from now on; its `CreateConnection` follows. The one before is kept until its
    /// `CloseConnection`. No outcome.
    Rebuilt {
        /// Generation that now counts.
        generation: Generation,
    },
    /// Media flows (again): ask the remote for a keyframe of everything it sends. No outcome.
    RequestKeyframe {
        /// Connection it is for.
        generation: Generation,
    },
}

impl Action {
    /// The operation number, if an outcome is expected.
    pub fn op(&self) -> Option<OpId> {
        match self {
            Self::CreateConnection { op, .. }
            | Self::CreateOffer { op, .. }
            | Self::CreateAnswer { op, .. }
            | Self::SetLocalRollback { op, .. }
            | Self::ApplyRemote { op, .. }
            | Self::AddRemoteCandidate { op, .. } => Some(*op),
            Self::CloseConnection { .. }
            | Self::Send { .. }
            | Self::TaskFinished { .. }
            | Self::StateChanged { .. }
            | Self::Rebuilt { .. }
            | Self::RequestKeyframe { .. } => None,
        }
    }
}
