//! One remote participant: the connection to it, media in and out, the control channel, statistics.
//!
//! ```text
//!   owner ── Peer (handle) ──▶ actor ── Action ──▶ connection (webrtc)
//!     ▲                         ▲  │                    │   │
//!     │                         │  ▼                    │   │ packets
//!     │                     Negotiation (pure)          │   ▼
//!     └──── PeerEvent ◀── actor ◀── states, control ────┘  intake ──▶ splice ──▶ PeerEvent (media)
//!   media threads ── Peer::send ──▶ outbox ──▶ local tracks
//! ```
//!
//! There may be two connections at a time, the current one and the one it replaces; each has an intake and an outlet
//! of its own, and what comes over both is spliced into one stream.
//!
//! Knows how to carry out what `holdfast-negotiation` decides, RTP packets and frames. Does not decide when to
//! connect or recover, knows no codec, no device, no signaling server and no other participant. Only
//! `connection` touches the WebRTC library.

mod actor;
mod assembler;
mod config;
mod connection;
mod connections;
pub mod convert;
mod diagnostics;
mod error;
mod event;
mod impairment;
mod intake;
mod losses;
mod outbox;
mod overflow;
mod packetizer;
mod path_loss;
mod peer;
mod server_check;
mod splice;
mod stats;
mod turn;
mod vp8;

pub use config::{COMMAND_QUEUE, IceServer, PeerConfig, SEND_QUEUE};
pub use diagnostics::{
    CandidateDiagnostics, CandidatePair, ConnectionDiagnostics, DescriptionChange, DescriptionDiagnostics,
    Descriptions, MachineReport, PeerDiagnostics,
};
pub use error::ConnectionError;
pub use event::{AudioPacket, PeerEvent, VideoFrame};
pub use holdfast_negotiation::{Cause, PeerState, Recording, Snapshot as NegotiationSnapshot};
pub use packetizer::{MAX_FRAGMENT, MAX_FRAME, Packetizer, RtpBatch, RtpPayload};
pub use peer::{Peer, PeerSnapshot};
pub use server_check::{IceServerError, check_ice_server};
pub use stats::PeerStats;
