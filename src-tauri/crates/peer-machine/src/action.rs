//! What the machine asks its driver to do.

use holdfast_delivery::{ChannelId, ChannelMessage};
use holdfast_negotiation::{
    Action as Negotiated, Candidate, Cause, DescriptionKind, OpId, PeerState, TaskId, TaskKind, TaskResult,
    TrackMap, TrackSource, Tracks,
};
use holdfast_terms::Generation;

use crate::PeerEvent;

/// One thing to do. Carry them out in the order given, one at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// An operation of a connection; the answer is one [`crate::Input::Outcome`] with this number.
    Operate {
        /// Number of the operation.
        op: OpId,
        /// What to do.
        operation: Operation,
    },
    /// Close a connection and forget it. Closing may take its time in the background.
    CloseConnection {
        /// Which.
        generation: Generation,
    },
    /// Send a message over a channel. If the channel does not take it, say [`crate::Input::Refused`] at once.
    Send {
        /// On which connection.
        generation: Generation,
        /// Over which channel of it.
        channel: ChannelId,
        /// What to send.
        message: ChannelMessage,
    },
    /// Report how many bytes the remote has not acknowledged on a channel ([`crate::Input::Outstanding`]).
    ReadOutstanding {
        /// On which connection.
        generation: Generation,
        /// On which channel of it.
        channel: ChannelId,
    },
    /// Send media on this connection from now on, each picture source from its next keyframe. Comes again after a path
    /// was down: media sent meanwhile is lost.
    OpenOutlet {
        /// Which connection.
        generation: Generation,
    },
    /// Send no media on this connection.
    CloseOutlet {
        /// Which connection.
        generation: Generation,
    },
    /// Ask the remote for a keyframe (RFC 4585, 6.3.1).
    AskKeyframe {
        /// On which connection.
        generation: Generation,
        /// Of this source, or of everything the remote shows if it is `None`.
        source: Option<TrackSource>,
    },
    /// Tell the owner.
    Emit(PeerEvent),
    /// Something for the log. Nothing depends on it.
    Log(Note),
}

impl Action {
    pub(crate) const fn control(generation: Generation, text: String) -> Self {
        Self::Send { generation, channel: ChannelId::CONTROL, message: ChannelMessage::Text(text) }
    }

    pub(crate) const fn read_control(generation: Generation) -> Self {
        Self::ReadOutstanding { generation, channel: ChannelId::CONTROL }
    }
}

/// An operation of a connection. It is carried out completely, or leaves the connection as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Make a new connection. Another one may already exist.
    CreateConnection {
        /// Generation of the new connection; everything it reports carries it.
        generation: Generation,
        /// Use relayed candidates only.
        relay_only: bool,
    },
    /// Make an offer that carries exactly `tracks`, and set it as the local description.
    CreateOffer {
        /// Which connection.
        generation: Generation,
        /// With new ICE credentials.
        ice_restart: bool,
        /// What the offer carries.
        tracks: Tracks,
    },
    /// Make an answer that carries as many of `tracks` as the offer has room for, and set it.
    CreateAnswer {
        /// Which connection.
        generation: Generation,
        /// What the answer should carry.
        tracks: Tracks,
    },
    /// Take the local offer back.
    SetLocalRollback {
        /// Which connection.
        generation: Generation,
    },
    /// Set the remote description.
    ApplyRemote {
        /// Which connection.
        generation: Generation,
        /// Offer or answer.
        kind: DescriptionKind,
        /// The session description as the remote sent it.
        sdp: String,
        /// What the remote sends, by mid.
        tracks: TrackMap,
    },
    /// Add a remote candidate.
    AddRemoteCandidate {
        /// Which connection.
        generation: Generation,
        /// The candidate as the remote sent it.
        candidate: Candidate,
    },
}

impl Operation {
    /// The connection it is for.
    #[must_use]
    pub fn generation(&self) -> Generation {
        match self {
            Self::CreateConnection { generation, .. }
            | Self::CreateOffer { generation, .. }
            | Self::CreateAnswer { generation, .. }
            | Self::SetLocalRollback { generation }
            | Self::ApplyRemote { generation, .. }
            | Self::AddRemoteCandidate { generation, .. } => *generation,
        }
    }

    /// The operation in an action of the negotiation. Gives the action back if it is not an operation.
    pub(crate) fn of(action: Negotiated) -> Result<(OpId, Self), Negotiated> {
        Ok(match action {
            Negotiated::CreateConnection { op, generation, relay_only } => {
                (op, Self::CreateConnection { generation, relay_only })
            }
            Negotiated::CreateOffer { op, generation, ice_restart, tracks } => {
                (op, Self::CreateOffer { generation, ice_restart, tracks })
            }
            Negotiated::CreateAnswer { op, generation, tracks } => {
                (op, Self::CreateAnswer { generation, tracks })
            }
            Negotiated::SetLocalRollback { op, generation } => (op, Self::SetLocalRollback { generation }),
            Negotiated::ApplyRemote { op, generation, kind, sdp, tracks } => {
                (op, Self::ApplyRemote { generation, kind, sdp, tracks })
            }
            Negotiated::AddRemoteCandidate { op, generation, candidate } => {
                (op, Self::AddRemoteCandidate { generation, candidate })
            }
            other => return Err(other),
        })
    }
}

/// Something for the log. Holds no address and no description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A task of the negotiation ended.
    TaskFinished {
        /// Which.
        id: TaskId,
        /// What it was.
        kind: TaskKind,
        /// How it ended.
        result: TaskResult,
    },
    /// The state people see changed.
    State {
        /// The new state.
        state: PeerState,
        /// Why.
        reason: Cause,
    },
}
