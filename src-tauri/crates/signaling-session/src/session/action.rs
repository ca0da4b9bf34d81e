//! What a [`Session`](super::Session) wants done.

use std::time::Duration;

use holdfast_protocol::{ClientMessage, Generation, LeaveReason, ParticipantId, RosterEntry};

use crate::{DropReason, SignalingError};

/// What to do, in this order.
#[derive(Debug)]
pub enum Action {
    /// Open a connection; an older one is already closed. Report the result with
    /// [`Session::connected`](super::Session::connected) or [`Session::closed`](super::Session::closed).
    Connect,
    /// Send this on the open connection.
    Transmit(ClientMessage),
    /// Close the connection, or stop opening it, without a message. Report nothing about it afterwards.
    Disconnect,
    /// Tell the application.
    Report(Report),
    /// Nothing more comes.
    End,
}

/// What the application is told, still sealed. The variants are those of [`SignalingEvent`](crate::SignalingEvent).
#[derive(Debug)]
pub enum Report {
    /// The first join succeeded.
    Welcomed {
        /// Everyone else in the room.
        roster: Vec<RosterEntry>,
    },
    /// Someone began a session.
    Joined {
        /// Who.
        participant: ParticipantId,
        /// Sealed.
        profile: String,
    },
    /// Someone changed the profile, lost the connection or came back.
    Changed {
        /// Who.
        participant: ParticipantId,
        /// Sealed.
        profile: String,
        /// Whether a connection of this participant is alive.
        present: bool,
    },
    /// Someone is gone.
    Left {
        /// Who.
        participant: ParticipantId,
        /// Why.
        reason: LeaveReason,
    },
    /// Someone sent us something.
    Message {
        /// Who, as the server says.
        from: ParticipantId,
        /// Of the connection that it belongs to.
        generation: Generation,
        /// Sealed.
        payload: String,
    },
    /// The server does not answer, though the connection is still open.
    Silent,
    /// The server speaks again.
    Heard,
    /// The connection is gone.
    Disconnected {
        /// How long the failed attempt took; zero when a session was lost.
        tried: Duration,
        /// When the next attempt begins.
        retry_in: Duration,
    },
    /// We are in the room again.
    Reconnected {
        /// Whether the session goes on without a gap.
        resumed: bool,
        /// Everyone else, and the people who are expected back.
        roster: Vec<RosterEntry>,
    },
    /// The server refuses us for good.
    Refused(SignalingError),
    /// How many messages were dropped for this reason.
    Dropped(DropReason, u64),
}
