//! TURN servers behind a local port that the library takes for the server (RFC 8656).
//!
//! The library does not speak TCP and TLS (section 2.1). For these, everything is passed on over a stream. When the
//! stream carries nothing any more, another stream continues with the same relayed address (RFC 8016). Over UDP
//! everything is passed on unchanged, and requests that the server does not answer are repeated sooner than by the
//! library.

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
