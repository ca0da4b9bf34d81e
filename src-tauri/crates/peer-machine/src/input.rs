//! What the machine is told.

use holdfast_negotiation::{Candidate, OpId, Outcome, TrackSource, TransportState};
use holdfast_protocol::PeerMessage;

use crate::stats::Totals;

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// The owner asks for something.
    Command(Command),
    /// A connection reports something.
    Report {
        /// Which connection.
        generation: u32,
        /// What.
        report: Report,
    },
    /// An operation ended.
    Outcome {
        /// Which.
        op: OpId,
        /// How.
        outcome: Outcome,
    },
    /// RTP came since the last time this was said.
    MediaReceived {
        /// On which connection.
        generation: u32,
    },
    /// The control channel did not take the last text: it is closed, or its buffer is full.
    TextRefused,
    /// How much the remote has not acknowledged, as asked.
    Outstanding {
        /// Whose control channel.
        generation: u32,
        /// Bytes.
        bytes: usize,
    },
    /// The remote asked for a keyframe of ours, or a batch was dropped so that one is needed.
    KeyframeWanted {
        /// Of which source.
        source: TrackSource,
    },
    /// Everything counted so far.
    Totals(Totals),
    /// The end.
    Close {
        /// Say goodbye first. Without, the remote does not take us for someone who left.
        goodbye: bool,
    },
}

/// What the owner asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A description or a candidate that came through the signaling server.
    Signal {
        /// Generation on the message.
        generation: u32,
        /// The message.
        message: PeerMessage,
    },
    /// Send this over a control channel.
    Control(PeerMessage),
    /// Whether a screen is shared.
    SetScreen(bool),
    /// Ask the remote for a keyframe of a source, or of everything it shows.
    RequestKeyframe(Option<TrackSource>),
    /// Whether the remote, by its media state, sends anything. Silence is trouble only then.
    ExpectMedia(bool),
    /// Whether the signaling server can be reached.
    Signaling(bool),
    /// The addresses of this machine changed.
    AddressChanged,
    /// This machine slept.
    Woke,
    /// The remote joined again with the same id: its end of the connection is gone.
    RemoteRestarted,
    /// The person wants another try now.
    Retry,
}

/// What a connection reports, media apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// Its transport changed.
    Transport(TransportState),
    /// It found a local candidate; an empty one means no more.
    LocalCandidate(Candidate),
    /// Its control channel opened.
    ControlOpen,
    /// Its control channel closed.
    ControlClosed,
    /// A text came over its control channel.
    Text(String),
    /// Something that is not text came over its control channel.
    NotText,
}
