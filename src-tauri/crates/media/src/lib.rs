//! Capture, codecs, jitter buffer and mixing. Knows nothing of networks.

pub mod audio;
pub mod video;
