//! The channels between two participants, and what each of them promises.
//!
//! Knows: which channels exist, and their bounds ([`CHANNELS`]); which message goes next, over which channel and which
//! connection ([`DataChannels`]); who holds which version of a value ([`Holder`]); which messages the remote has
//! ([`Log`]); which value is the newest ([`NewestSender`], [`NewestReceiver`]); who sends too much ([`RateLimit`]).
//!
//! Does not know: what a message means, how a connection is made, what time it is. Everything here is pure: the time
//! and the bytes go in, and the messages to send or deliver come out.

#![forbid(unsafe_code)]

mod channel;
mod data;
mod end;
mod log;
mod newest;
mod rate;
mod register;
mod serial;

pub use channel::{
    CHANNELS, CHAT, CONTROL, Carried, Channel, ChannelBounds, ChannelId, ChannelMessage, Channels, Payload,
    Priority, Reliability, TableError,
};
pub use data::{ChannelEvent, ChannelSnapshot, DataChannels, Outstanding, Ready};
pub use end::EndId;
pub use log::{Frame, FrameError, HEADER_BYTES, Log, LogCounts, LogSnapshot, Refusal};
pub use newest::{NEWEST_HEADER_BYTES, NewestCounts, NewestReceiver, NewestSender};
pub use rate::{Rate, RateLimit};
pub use register::Holder;
