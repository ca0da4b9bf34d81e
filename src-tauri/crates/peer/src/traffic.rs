//! The ledger of a peer, shared by everything that sees a packet, and the remote's wish for a keyframe of ours.

use holdfast_terms::Generation;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use holdfast_negotiation::TrackSource;
use holdfast_peer_machine::stats::{Ledger, ReceiverReport, Totals};
use tokio::sync::Notify;

use crate::assembler::AssemblerCounters;

/// Sources of pictures, each with its bit in the set of wanted keyframes.
const PICTURES: [(TrackSource, u8); 2] = [(TrackSource::Camera, 1), (TrackSource::Screen, 2)];

/// Everything counted about one remote, over all its connections.
#[derive(Debug)]
pub(crate) struct Traffic {
    /// The zero of the ledger's time.
    epoch: Instant,
    ledger: Mutex<Ledger>,
    /// Sources for which the remote wants a keyframe.
    keyframes_wanted: AtomicU8,
    keyframe_notify: Notify,
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            epoch: Instant::now(),
            ledger: Mutex::default(),
            keyframes_wanted: AtomicU8::new(0),
            keyframe_notify: Notify::new(),
        }
    }
}

impl Traffic {
    /// A moment in the time of the ledger.
    pub(crate) fn at(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.epoch)
    }

    /// A time of the ledger as an `Instant`.
    pub(crate) fn instant(&self, at: Duration) -> Instant {
        self.epoch + at
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Plain numbers, which are valid after any panic.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection is gone: forgets its streams and keeps the totals.
    pub(crate) fn forget_streams(&self, generation: Generation) {
        self.ledger().forget_streams(generation);
    }

    /// Media of this connection was used.
    pub(crate) fn carried_by(&self, generation: Generation) {
        self.ledger().carried_by(generation);
    }

    pub(crate) fn name_outgoing(&self, generation: Generation, ssrc: u32, source: TrackSource) {
        self.ledger().name_outgoing(generation, ssrc, source);
    }

    pub(crate) fn rtp_received(
        &self,
        generation: Generation,
        ssrc: u32,
        sequence: u16,
        bytes: usize,
        now: Instant,
    ) {
        self.ledger().rtp_received(generation, ssrc, sequence, bytes, self.at(now));
    }

    pub(crate) fn rtp_sent(&self, bytes: usize) {
        self.ledger().rtp_sent(bytes);
    }

    /// A sender report of ours left at `now`.
    pub(crate) fn report_sent(&self, ssrc: u32, ntp_time: u64, now: Instant) {
        self.ledger().report_sent(ssrc, ntp_time, self.at(now));
    }

    /// The remote reported on one of our streams.
    pub(crate) fn report_received(&self, report: ReceiverReport, now: Instant) {
        self.ledger().report_received(report, self.at(now));
    }

    /// The remote asked for packets of one of our streams again.
    pub(crate) fn asked_again(&self, ssrc: u32, sequences: impl Iterator<Item = u16>) {
        self.ledger().asked_again(ssrc, sequences);
    }

    /// The remote wants a keyframe of one of our streams.
    pub(crate) fn keyframe_requested(&self, ssrc: u32) {
        let source = self.ledger().keyframe_requested(ssrc);
        if let Some(source) = source {
            self.want_own_keyframe(source);
        }
    }

    /// Our encoder of this source must make a keyframe.
    pub(crate) fn want_own_keyframe(&self, source: TrackSource) {
        if let Some((_, bit)) = PICTURES.iter().find(|(of, _)| *of == source) {
            self.keyframes_wanted.fetch_or(*bit, Ordering::AcqRel);
            self.keyframe_notify.notify_one();
        }
    }

    /// The sources for which the remote has wanted a keyframe since the last call.
    pub(crate) fn take_keyframes_wanted(&self) -> impl Iterator<Item = TrackSource> + use<> {
        let wanted = self.keyframes_wanted.swap(0, Ordering::AcqRel);
        PICTURES.into_iter().filter(move |(_, bit)| wanted & bit != 0).map(|(source, _)| source)
    }

    /// Returns when the remote wants a keyframe of ours.
    pub(crate) async fn keyframe_wanted(&self) {
        self.keyframe_notify.notified().await;
    }

    pub(crate) fn audio_received(&self, source: TrackSource) {
        self.ledger().audio_received(source);
    }

    pub(crate) fn keyframe_asked(&self, source: TrackSource) {
        self.ledger().keyframe_asked(source);
    }

    pub(crate) fn note_assembly(&self, source: TrackSource, counters: AssemblerCounters) {
        if counters != AssemblerCounters::default() {
            self.ledger().assembled(source, counters.frames, counters.interruptions, counters.useless);
        }
    }

    pub(crate) fn media_dropped(&self, source: TrackSource) {
        self.ledger().media_dropped(source);
    }

    pub(crate) fn media_duplicate(&self, source: TrackSource) {
        self.ledger().media_duplicate(source);
    }

    pub(crate) fn batch_dropped(&self, source: TrackSource) {
        self.ledger().batch_dropped(source);
    }

    pub(crate) fn batch_skipped(&self, source: TrackSource) {
        self.ledger().batch_skipped(source);
    }

    pub(crate) fn command_dropped(&self) {
        self.ledger().command_dropped();
    }

    /// The latest round trip, from the remote's reports on what we send.
    pub(crate) fn round_trip(&self) -> Option<Duration> {
        self.ledger().round_trip()
    }

    pub(crate) fn totals(&self) -> Totals {
        self.ledger().totals()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wanted_keyframe_names_its_source_and_is_told_once() {
        let traffic = Traffic::default();
        traffic.name_outgoing(Generation(1), 7, TrackSource::Microphone);
        traffic.name_outgoing(Generation(1), 8, TrackSource::Screen);
        traffic.keyframe_requested(7);
        assert_eq!(traffic.take_keyframes_wanted().count(), 0);
        traffic.keyframe_requested(8);
        assert!(traffic.take_keyframes_wanted().eq([TrackSource::Screen]));
        assert_eq!(traffic.take_keyframes_wanted().count(), 0);
    }
}
