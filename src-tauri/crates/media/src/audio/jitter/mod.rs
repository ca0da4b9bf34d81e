//! The jitter buffer: puts packets of one remote in order and says, each time sound is needed, where it comes from.
//! Pure: no clock, no thread, no codec; the caller passes `now` and decodes.
//!
//! # Lost, late or silent on purpose
//!
//! A remote with a closed microphone sends nothing. While nothing comes, this looks the same as a broken path. So sound
//! is concealed for 100 ms and then silent, and the next packet decides which it was:
//!
//! - its sequence number follows on and its timestamp has moved on: the remote was **silent on purpose**, nothing was
//!   missing, nothing counts as concealed;
//! - both follow on: the packet was **late**, everything filled in meanwhile counts as concealed;
//! - the sequence number has a gap: packets were **lost**; the time already filled in covers for them, the rest is
//!   rebuilt from redundancy or concealed.

mod buffer;
mod delay;
mod sequence;

pub use buffer::JitterBuffer;

use bytes::Bytes;
use std::time::Duration;

/// A number of samples at 48 kHz, or a difference of two.
type Samples = i64;

fn to_samples(time: Duration) -> Samples {
    // Nanoseconds times 48, divided by a million; saturates after three thousand years.
    i64::try_from(time.as_nanos() * 6 / 125_000).unwrap_or(i64::MAX)
}

/// What happened to a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// It waits for its turn.
    Kept,
    /// Its turn has passed.
    Late,
    /// The same packet came before.
    Duplicate,
    /// Its number fits nothing so far. If a second one follows it, both are believed.
    Astray,
}

/// Where the next piece of sound comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sound {
    /// Decode this packet.
    Packet(Bytes),
    /// A packet of `samples` is missing: rebuild it from the redundancy in its successor.
    Recover {
        /// The packet after the missing one; it comes again as [`Sound::Packet`].
        successor: Bytes,
        /// How much sound is missing.
        samples: usize,
    },
    /// Nothing is there: continue the previous sound for `samples`, fading out as `run` grows.
    Conceal {
        /// How much sound is missing.
        samples: usize,
        /// How many pieces in a row were concealed, this one included.
        run: u32,
    },
    /// The remote is silent, or packets have been missing for long: be silent for `samples`.
    Silence {
        /// How much silence.
        samples: usize,
    },
}

/// A small change of speed that brings the delay to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stretch {
    /// The delay is right.
    Keep,
    /// Too much is waiting: leave a pitch period out; `urgent` accepts a less perfect match.
    Shorten {
        /// Far too much is waiting.
        urgent: bool,
    },
    /// Too little is waiting: play a pitch period twice.
    Lengthen,
}

/// Counts since the buffer began; samples at 48 kHz.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JitterCounts {
    /// Packets taken in, of any kind.
    pub received: u64,
    /// Packets that came after their turn.
    pub late: u64,
    /// Packets that came twice.
    pub duplicate: u64,
    /// Packets thrown away because too many were waiting.
    pub overflow: u64,
    /// Packets with numbers that do not fit the stream.
    pub astray: u64,
    /// Packets that were not there when due.
    pub lost: u64,
    /// Packets rebuilt from redundancy; part of `lost`.
    pub recovered: u64,
    /// Samples decoded or rebuilt.
    pub played_samples: u64,
    /// Samples made up because the real ones were missing.
    pub concealed_samples: u64,
}

impl JitterCounts {
    /// Share of the sound that had to be made up, 0 to 1. Silence on purpose counts on neither side.
    #[must_use]
    pub fn concealed(&self) -> f32 {
        let all = self.played_samples + self.concealed_samples;
        if all == 0 { 0.0 } else { (self.concealed_samples as f64 / all as f64) as f32 }
    }
}
