//! TURN over TCP and TLS (RFC 8656 section 2.1), which the library does not speak: a local port that it believes to be
//! a TURN server over UDP, and that passes everything on over a stream.

mod bridge;
mod framing;
mod url;

pub(crate) use bridge::TurnBridge;
pub(crate) use url::{TurnUrl, Via};
