//! What the [`crate::session`] wants done.

use std::time::Duration;

use holdfast_protocol::{ClientMessage, LeaveReason, ParticipantId, RosterEntry};

use crate::{DropReason, SignalingError};

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Action {
    /// Open a connection; any older one is closed already.
    Connect,
    /// Send this.
    Transmit(ClientMessage),
    /// Close the connection without a word.
    Disconnect,
    /// Tell the application.
    Report(Report),
    /// Nothing more will come.
    End,
}

/// What the application is told, still sealed.
#[derive(Debug)]
pub(crate) enum Report {
    Welcomed { roster: Vec<RosterEntry> },
    Joined { participant: ParticipantId, profile: String },
    Changed { participant: ParticipantId, profile: String, present: bool },
    Left { participant: ParticipantId, reason: LeaveReason },
    Message { from: ParticipantId, generation: u32, payload: String },
    Disconnected { retry_in: Duration },
    Reconnected { resumed: bool, roster: Vec<RosterEntry> },
    Refused(SignalingError),
    Dropped(DropReason, u64),
}
