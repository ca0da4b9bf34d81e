//! What a handle may ask of the actor.

use holdfast_meeting_machine::Input;
use tokio::sync::oneshot;

use crate::diagnostics::Inspection;
use crate::view::MeetingSnapshot;

/// Commands that may wait; each comes from a person or a timer, so a full queue means the actor is gone or stuck.
pub(crate) const COMMAND_QUEUE: usize = 64;

/// One request.
#[derive(Debug)]
pub(crate) enum Command {
    /// For the machine.
    Input(Input),
    /// The microphone was switched. To what is asked when this is taken in: with two who switch at once, whose command
    /// is later says nothing of whose deed was.
    Microphone,
    /// The camera was, likewise.
    Camera,
    /// Give the state of everything.
    Snapshot(oneshot::Sender<MeetingSnapshot>),
    /// Give the debug snapshot of every connection.
    Peers(oneshot::Sender<Vec<serde_json::Value>>),
    /// Give what diagnostics are made of.
    Inspect(oneshot::Sender<Inspection>),
    /// Close the socket to the signaling server.
    DropSignaling,
    /// Say goodbye to everyone and end.
    Leave(oneshot::Sender<()>),
}
