//! VP8 through libvpx: one encoder, one decoder, and what can be read from a frame without decoding.
//!
//! The only place that touches libvpx. Settings were measured for meetings at 180p to 720p.

mod decoder;
mod encoder;
mod header;

pub use decoder::{DecodeError, Vp8Decoder};
pub use encoder::{EncodeError, EncodedFrame, Vp8Encoder};
pub use header::FrameHeader;
