//! Pictures on their way into the page.
//!
//! They go over one WebSocket on the loopback address ([`socket`]), or, where a webview refuses that, over an IPC
//! channel ([`ipc`]). Both run the same [`session`]: with [`credit`] it decides what a slow page may still get, it
//! decodes ([`decode`]) for feeds that the page cannot decode itself, and it puts the [`header`] in front. Knows
//! nothing of meetings: frames come out of a [`hub`], and keyframe requests go back into it.

mod counts;
mod credit;
mod decode;
mod header;
mod hub;
pub(crate) mod ipc;
pub(crate) mod request;
mod session;
pub(crate) mod socket;
mod timeline;
mod token;

#[cfg(test)]
mod session_tests;
#[cfg(test)]
mod socket_tests;

pub(crate) use credit::FrameFormat;
pub(crate) use hub::FrameHub;
pub(crate) use request::FrameRequest;
pub(crate) use socket::PageSocket;
