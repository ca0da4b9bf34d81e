//! TURN servers behind a local port that the library believes to be the server (RFC 8656).
//!
//! Over TCP and TLS, which the library does not speak (section 2.1), everything is passed on over a stream, and over
//! another one, with the same relayed address, once the first carries nothing (RFC 8016). Over UDP
//! it is passed on as it is, and requests the server does not answer are repeated sooner than the library would.

mod bridge;
mod dial;
mod framing;
mod link;
mod liveness;
mod mobility;
mod pending;
mod stream;
#[cfg(test)]
mod tls_server;
mod url;
mod usage;

pub(crate) use bridge::{Account, TurnBridge};
pub(crate) use dial::NoWay;
pub(crate) use url::TurnUrl;
pub(crate) use usage::RelayUse;
