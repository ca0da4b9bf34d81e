//! Capture, codecs, jitter buffer and mixing. Knows nothing of networks.

pub mod audio;
mod device;
pub mod video;

pub use device::Device;
