//! What a handle may ask of the actor.

use holdfast_meeting_machine::Input;
use tokio::sync::oneshot;

use crate::diagnostics::Inspection;
use crate::view::MeetingSnapshot;

/// Commands that may wait. Each comes from a person or a timer, so a full queue means that the actor is gone or stuck.
pub(crate) const COMMAND_QUEUE: usize = 64;

/// One request.
#[derive(Debug)]
pub(crate) enum Command {
    /// For the machine.
    Input(Input),
    /// The microphone was switched. The actor reads the new value when it takes the command: if two switch at once, the
    /// later command may belong to the earlier switch.
    Microphone,
    /// The camera was switched; see [`Command::Microphone`].
    Camera,
    /// Give the state of everything.
    Snapshot(oneshot::Sender<MeetingSnapshot>),
    /// Give the debug snapshot of every connection.
    Peers(oneshot::Sender<Vec<serde_json::Value>>),
    /// Give what the diagnostics are made of.
    Inspect(oneshot::Sender<Inspection>),
    /// Close the socket to the signaling server.
    DropSignaling,
    /// Say goodbye to everyone and end.
    Leave(oneshot::Sender<()>),
}
