//! What the machine is told.

use holdfast_terms::Generation;
use serde::{Deserialize, Serialize};

use crate::{Candidate, Message, OpId, TrackMap, Tracks};

/// How the transport of a connection is doing (the peer connection state, W3C webrtc-pc 4.3.3, which counts ICE
/// and DTLS).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum TransportState {
    /// Nothing happened yet.
    New,
    /// Checking.
    Connecting,
    /// A path answers.
    Connected,
    /// The path stopped answering; may heal by itself.
    Disconnected,
    /// Given up by ICE or DTLS.
    Failed,
    /// Closed, by the far end (DTLS close) or underneath us.
    Closed,
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done; nothing to hand back.
    Done,
    /// `CreateOffer` and `CreateAnswer`: the local description that is now set.
    Description {
        /// The session description.
        sdp: String,
        /// What this side sends with it, by mid.
        tracks: TrackMap,
    },
    /// Refused by the library. The text is for the log of the driver and is not kept.
    Failed,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Local media is ready (or waiting for it is given up): connect. Comes by itself after
    /// [`crate::timing::LOCAL_MEDIA_WAIT`]. Once is enough.
    Start,
    /// The tracks this side wants to send from now on; the whole set, at any moment, in any number.
    Wanted(Tracks),
    /// The other machine said something.
    Remote {
        /// Generation on the message.
        generation: Generation,
        /// What it said.
        message: Message,
    },
    /// An operation ended.
    Outcome {
        /// Which.
        op: OpId,
        /// How.
        outcome: Outcome,
    },
    /// The connection found a local candidate (empty = no more).
    LocalCandidate {
        /// Connection that found it.
        generation: Generation,
        /// The candidate.
        candidate: Candidate,
    },
    /// The transport of the connection changed.
    Transport {
        /// Connection it is about.
        generation: Generation,
        /// The new state.
        state: TransportState,
    },
    /// RTP came in since the last time this was said. Say it up to a few times a second.
    MediaReceived {
        /// Connection it came on.
        generation: Generation,
    },
    /// Whether the remote, by its own media state, is sending anything (microphone, camera or screen on).
    /// Silence is trouble only while this is true; starts false.
    MediaExpected(bool),
    /// The addresses of this machine changed: build a new connection now, beside the old one while that works.
    AddressChanged,
    /// This machine slept (the clock jumped): check the path now.
    Woke,
    /// Whether the signaling server can be reached; starts true.
    Signaling(bool),
    /// Whether the `control` channel of a connection is open; starts false with every connection. Counts only while
    /// its transport is connected.
    ControlOpen {
        /// Connection it is part of.
        generation: Generation,
        /// Whether it is open.
        open: bool,
    },
    /// The remote lost its memory (joined afresh with the same id): rebuild now, and keep nothing.
    RemoteRestarted,
    /// The person pressed Retry, or what was said to the remote may be lost: start the ladder from the bottom, or a
    /// first connection that is not made yet over again, now. Nothing happens while the connection works.
    Retry,
    /// Over, for good: someone left. Every task fails with `closed`, the state becomes `left`.
    Close,
}
