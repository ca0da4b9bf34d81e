//! Pictures on their way into the page.
//!
//! The way in is one WebSocket on the loopback address ([`socket`]), or, where a webview refuses that, an IPC
//! channel ([`ipc`]). Both run the same [`session`]: it decides with [`credit`] what a page that is slow may
//! still be sent, decodes ([`decode`]) for tiles the page cannot decode itself, and puts the [`header`] in front.
//! Knows nothing of meetings: frames come out of a [`hub`], and requests for keyframes go back into it.

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
