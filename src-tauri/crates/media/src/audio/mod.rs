//! Sound, from the microphone to the encoder and from the network to the speaker.
//!
//! Everything inside is mono `f32` at 48 kHz in frames of 20 ms; devices and files of any other shape are
//! converted at the edge. Nothing here knows of networks, peers or meetings: a capture hands out Opus packets,
//! a playout takes them in.
//!
//! ```text
//! microphone / WAV / tone ─▶ gate ─▶ Opus ─▶ sink
//! push ─▶ jitter buffer ─▶ Opus, concealment, stretch ─▶ volume, mix, soft clip ─▶ speaker / WAV / none
//! ```
//!
//! Device callbacks only move samples through a lock-free ring. Encoding, decoding and mixing happen on threads
//! of our own, and a supervisor thread rebuilds a stream whose device went away.

mod capture;
mod chime;
mod choice;
mod codec;
mod device;
mod error;
mod gate;
pub mod jitter;
mod level;
mod microphone;
mod mixer;
mod pacing;
mod playout;
mod remote;
mod resample;
mod source;
mod speaker;
mod stretch;
mod supervisor;
mod voice;
mod wav;

pub use capture::{
    AudioCapture, AudioErrorSink, AudioSourceSpec, CaptureLevel, EncodedAudio, EncodedAudioSink,
};
pub use chime::chime;
pub use choice::{DeviceListener, DeviceUse};
pub use codec::{MAX_PACKET, OpusDecoder, OpusEncoder, has_redundancy, packet_samples};
pub use device::{microphones, speakers};
pub use error::AudioError;
pub use gate::{MicrophoneGate, Passage};
pub use level::{SILENCE_DBFS, dbfs, dominant_hz};
use mixer::{Mixer, Track};
pub use playout::{AudioSinkSpec, Playout, SpeakerNews};
pub use remote::{RemoteAudio, RemoteAudioStats};
pub use source::{FrameSource, Tone};
pub use voice::Voice;
pub use wav::{WavLoop, WavWriter};

/// Samples per second of all sound inside; also the RTP clock of Opus (RFC 7587, section 4.1).
pub const SAMPLE_RATE: u32 = 48_000;

/// Samples in one frame: 20 ms, the duration every WebRTC endpoint sends by default.
pub const FRAME: usize = 960;

/// How long one frame lasts.
pub const FRAME_DURATION: std::time::Duration = std::time::Duration::from_millis(20);

/// Locks even when another thread panicked while it held the lock. Every guarded value in this module is valid after
/// each single assignment, and a call must not end because one frame failed.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
