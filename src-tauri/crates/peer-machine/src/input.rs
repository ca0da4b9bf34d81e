//! What the machine is told.

use holdfast_delivery::{ChannelId, ChannelMessage};
use holdfast_negotiation::{Candidate, OpId, Outcome, TrackSource, TransportState};
use holdfast_protocol::{Generation, PeerMessage};

use crate::control::is_last_word;
use crate::stats::Totals;

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// The owner asks for something.
    Command(Command),
    /// A connection reports something.
    Report {
        /// Which connection.
        generation: Generation,
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
    /// RTP packets came since the last such input.
    MediaReceived {
        /// On which connection.
        generation: Generation,
    },
    /// A channel did not take the last message: it is closed, or its buffer is full.
    Refused {
        /// Which channel.
        channel: ChannelId,
    },
    /// The answer to [`crate::Action::ReadOutstanding`]: what the remote has not acknowledged.
    Outstanding {
        /// On which connection.
        generation: Generation,
        /// On which channel of it.
        channel: ChannelId,
        /// Bytes.
        bytes: usize,
    },
    /// The remote asked for a keyframe of ours, or a batch was dropped so that one is needed.
    KeyframeWanted {
        /// Of which source.
        source: TrackSource,
    },
    /// Everything counted so far.
    Totals(Box<Totals>),
    /// The end.
    Close {
        /// Say goodbye first. Without a goodbye, the remote does not believe that we have left.
        goodbye: bool,
    },
}

/// What the owner asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A description or a candidate that came through the signaling server.
    Signal {
        /// Generation on the message.
        generation: Generation,
        /// The message.
        message: PeerMessage,
    },
    /// Send this over a control channel.
    Control(PeerMessage),
    /// Whether a screen is shared.
    SetScreen(bool),
    /// Ask the remote for a keyframe of a source, or of everything it shows.
    RequestKeyframe(Option<TrackSource>),
    /// Whether the remote sends anything, according to its media state. Silence is trouble only then.
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

/// What a connection reports, except for media. Of the channels only `control` is reported here, because the messages
/// of the others do not pass this machine ([`holdfast_delivery::DataChannels`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// Its transport changed.
    Transport(TransportState),
    /// It found a local candidate. An empty one means that there are no more.
    LocalCandidate(Candidate),
    /// One of its channels opened.
    ChannelOpen {
        /// Which.
        channel: ChannelId,
    },
    /// One of its channels closed.
    ChannelClosed {
        /// Which.
        channel: ChannelId,
    },
    /// A message came over one of its channels.
    Message {
        /// Which channel.
        channel: ChannelId,
        /// What came.
        message: ChannelMessage,
    },
    /// Messages came over one of its channels while the reports before them filled the queue. They are lost: a driver
    /// that waited would keep the library from reading its other channels.
    Unread {
        /// Which channel.
        channel: ChannelId,
        /// How many.
        messages: u64,
    },
}

impl Report {
    /// Whether a driver has to wait for room rather than drop this report. Of messages, only a goodbye is worth it.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        match self {
            Self::Message { message: ChannelMessage::Text(text), .. } => is_last_word(text),
            Self::Message { .. } => false,
            _ => true,
        }
    }

    /// The report of a text that came over the control channel.
    #[must_use]
    pub const fn control(text: String) -> Self {
        Self::Message { channel: ChannelId::CONTROL, message: ChannelMessage::Text(text) }
    }

    /// The report of a control channel that opened or closed.
    #[must_use]
    pub const fn control_open(open: bool) -> Self {
        let channel = ChannelId::CONTROL;
        if open { Self::ChannelOpen { channel } } else { Self::ChannelClosed { channel } }
    }
}
