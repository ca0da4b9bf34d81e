//! One outgoing track for the life of the meeting.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use holdfast_peer::Packetizer;
use holdfast_protocol::TrackSource;

/// RTP clock of Opus (RFC 7587 section 4.1).
pub(super) const AUDIO_CLOCK: u32 = 48_000;
/// RTP clock of video (RFC 7741 section 4.1).
pub(super) const VIDEO_CLOCK: u32 = 90_000;

/// A reopened device goes on in the same RTP sequence and on the same clock. If either started again, a receiver would
/// see replayed or lost packets.
#[derive(Clone)]
pub(super) struct OutgoingTrack {
    packetizer: Arc<Mutex<Packetizer>>,
    started: Instant,
    clock_rate: u32,
}

impl OutgoingTrack {
    pub(super) fn new(source: TrackSource, clock_rate: u32) -> Self {
        let packetizer = Arc::new(Mutex::new(Packetizer::new(source)));
        Self { packetizer, started: Instant::now(), clock_rate }
    }

    /// The offset for the timestamps of a device that starts counting now.
    pub(super) fn offset(&self) -> u32 {
        let ticks = self.started.elapsed().as_micros() * u128::from(self.clock_rate) / 1_000_000;
        // RTP time wraps (RFC 3550 section 5.1).
        ticks as u32
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Packetizer> {
        self.packetizer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
