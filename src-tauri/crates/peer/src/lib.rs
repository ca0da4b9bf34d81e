//! One remote participant: the connection to it, media in and out, the control channel, statistics.
//!
//! ```text
//!   owner ── Peer (handle) ──▶ actor ── Action ──▶ connection (webrtc)
//!     ▲                         ▲  │                    │   │
//!     │                         │  ▼                    │   │ packets
//!     │                     PeerMachine (pure)          │   ▼
//!     └──── PeerOutput ◀─ actor ◀── states, control ────┘  intake ──▶ splice ──▶ PeerOutput (media)
//!   media threads ── Peer::send ──▶ outbox ──▶ local tracks
//!   PeerChannel ◀──▶ DataChannels (pure) ◀──▶ a reader and a writer for each channel of each connection
//! ```
//!
//! There may be two connections at a time, the current one and the one it replaces. Each has an intake and an outlet of
//! its own. Media from both is spliced into one stream.
//!
//! Knows how to carry out what `holdfast-peer-machine` decides, RTP packets and frames. Does not decide when to
//! connect or recover, knows no codec, no device, no signaling server and no other participant. Only
//! `connection` touches the WebRTC library.

mod actor;
mod assembler;
mod channels;
mod config;
mod connection;
mod diagnostics;
mod error;
mod event;
mod impairment;
mod intake;
mod outbox;
mod overflow;
mod packetizer;
mod peer;
mod server_check;
mod traffic;
mod turn;
mod vp8;

pub use channels::PeerChannel;
pub use config::{COMMAND_QUEUE, IceServer, PeerConfig, SEND_QUEUE};
pub use diagnostics::{
    CandidateDiagnostics, CandidatePair, ConnectionDiagnostics, DescriptionChange, DescriptionDiagnostics,
    Descriptions, MachineReport, PeerDiagnostics,
};
pub use error::ConnectionError;
pub use event::{AudioPacket, PeerOutput, VideoFrame};
pub use holdfast_negotiation::Snapshot as NegotiationSnapshot;
pub use holdfast_peer_machine::{Cause, PeerEvent, PeerSnapshot, PeerState, PeerStats, Recording, convert};
pub use packetizer::{MAX_FRAGMENT, MAX_FRAME, Packetizer, RtpBatch, RtpPayload};
pub use peer::Peer;
pub use server_check::{IceServerError, check_ice_server};
