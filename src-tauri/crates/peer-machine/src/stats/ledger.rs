//! What was counted since the peer was made.

use holdfast_terms::{Elapsed, Generation, SourceTable};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use holdfast_negotiation::TrackSource;

use super::by_source::SourceCounts;
use crate::path_loss::{Arrivals, Deliveries};

/// Most streams of a remote; in practice there are three. Further streams are not counted separately.
pub(super) const MAX_STREAMS: usize = 16;
/// Sender reports remembered per stream. They are sent every second, and the answer to one comes within a few seconds.
const MAX_REPORTS: usize = 8;

/// A receiver report block (RFC 3550, 6.4.1).
#[derive(Debug, Clone, Copy)]
pub struct ReceiverReport {
    /// The stream of ours it is about.
    pub ssrc: u32,
    /// Highest sequence number received, with the count of its wraps.
    pub highest_sequence: u32,
    /// Packets lost since the beginning.
    pub total_lost: u32,
    /// Middle 32 bits of the NTP time of the sender report it answers; 0 for none.
    pub last_sender_report: u32,
    /// Time between the two at the remote, in 1/65536 s.
    pub delay: u32,
}

/// Counts since the peer was made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Totals {
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) packets_in: u64,
    pub(crate) packets_out: u64,
    pub(crate) sources: SourceTable<SourceCounts>,
    pub(crate) commands_dropped: u64,
    pub(crate) expected_in: u64,
    pub(crate) arrived_in: u64,
    pub(crate) expected_out: u64,
    pub(crate) lost_out: u64,
    pub(crate) rtt: Option<Duration>,
}

#[derive(Debug)]
struct Incoming {
    generation: Generation,
    arrivals: Arrivals,
}

#[derive(Debug)]
struct Outgoing {
    generation: Generation,
    source: TrackSource,
    /// Middle 32 bits of the NTP time in a sender report, and when it left.
    reports: VecDeque<(u32, Duration)>,
    deliveries: Deliveries,
}

/// Everything counted about one remote, over all its connections.
#[derive(Debug, Default)]
pub struct Ledger {
    totals: Totals,
    incoming: HashMap<u32, Incoming>,
    outgoing: HashMap<u32, Outgoing>,
    /// The newest connection that delivered used media. Loss and round trip of older ones do not matter.
    carrying: Generation,
}

impl Ledger {
    /// A connection is gone: forgets its streams and keeps the totals.
    pub fn forget_streams(&mut self, generation: Generation) {
        self.incoming.retain(|_, stream| stream.generation != generation);
        self.outgoing.retain(|_, stream| stream.generation != generation);
        if self.outgoing.is_empty() {
            self.totals.rtt = None;
        }
    }

    /// Media of this connection was used.
    pub fn carried_by(&mut self, generation: Generation) {
        if generation > self.carrying {
            self.carrying = generation;
            self.totals.rtt = None;
        }
    }

    /// A stream of ours carries this source.
    pub fn name_outgoing(&mut self, generation: Generation, ssrc: u32, source: TrackSource) {
        let stream =
            Outgoing { generation, source, reports: VecDeque::new(), deliveries: Deliveries::default() };
        self.outgoing.insert(ssrc, stream);
    }

    /// An RTP packet with this many bytes came.
    pub fn rtp_received(
        &mut self,
        generation: Generation,
        ssrc: u32,
        sequence: u16,
        bytes: usize,
        now: Elapsed,
    ) {
        let Self { totals, incoming, carrying, .. } = self;
        totals.packets_in += 1;
        totals.bytes_in += bytes as u64;
        let counts = generation >= *carrying;
        if !counts || (incoming.len() >= MAX_STREAMS && !incoming.contains_key(&ssrc)) {
            return;
        }
        let begun = || Incoming { generation, arrivals: Arrivals::new(sequence) };
        let (expected, by_itself) =
            incoming.entry(ssrc).or_insert_with(begun).arrivals.arrived(sequence, now);
        totals.expected_in += u64::from(expected);
        totals.arrived_in += u64::from(by_itself);
    }

    /// An RTP packet with this many bytes was sent.
    pub fn rtp_sent(&mut self, bytes: usize) {
        self.totals.packets_out += 1;
        self.totals.bytes_out += bytes as u64;
    }

    /// A sender report of ours left at `now`.
    pub fn report_sent(&mut self, ssrc: u32, ntp_time: u64, now: Elapsed) {
        let Some(stream) = self.outgoing.get_mut(&ssrc) else { return };
        if stream.reports.len() == MAX_REPORTS {
            stream.reports.pop_front();
        }
        stream.reports.push_back((middle(ntp_time), now));
    }

    /// The remote reported on one of our streams.
    pub fn report_received(&mut self, report: ReceiverReport, now: Elapsed) {
        let Self { totals, outgoing, carrying, .. } = self;
        let Some(stream) = outgoing.get_mut(&report.ssrc) else { return };
        if stream.generation < *carrying {
            return;
        }
        if report.last_sender_report != 0
            && let Some((_, sent)) = stream.reports.iter().find(|(id, _)| *id == report.last_sender_report)
        {
            let held = Duration::from_nanos(u64::from(report.delay) * 1_000_000_000 / 65_536);
            // The remote's clock may run at another speed; a negative time becomes zero.
            totals.rtt = Some(now.saturating_sub(*sent).saturating_sub(held));
        }
        let (expected, lost) = stream.deliveries.reported(report.highest_sequence, report.total_lost);
        totals.expected_out += u64::from(expected);
        totals.lost_out += u64::from(lost);
    }

    /// The remote asked for packets of one of our streams again.
    pub fn asked_again(&mut self, ssrc: u32, sequences: impl Iterator<Item = u16>) {
        if let Some(stream) = self.outgoing.get_mut(&ssrc) {
            sequences.for_each(|sequence| stream.deliveries.asked_again(sequence));
        }
    }

    /// The remote wants a keyframe of one of our streams. Returns the source if it has pictures.
    pub fn keyframe_requested(&mut self, ssrc: u32) -> Option<TrackSource> {
        let source = self.outgoing.get(&ssrc).map(|stream| stream.source);
        let source = source.filter(|source| *source != TrackSource::Microphone)?;
        self.totals.sources[source].keyframes_requested += 1;
        Some(source)
    }

    /// A packet of sound came.
    pub fn audio_received(&mut self, source: TrackSource) {
        self.totals.sources[source].received += 1;
    }

    /// We asked for a keyframe.
    pub fn keyframe_asked(&mut self, source: TrackSource) {
        self.totals.sources[source].keyframes_asked += 1;
    }

    /// Complete frames, losses that interrupted the picture, and useless packets.
    pub fn assembled(&mut self, source: TrackSource, frames: u64, interruptions: u64, useless_packets: u64) {
        let counts = &mut self.totals.sources[source];
        counts.received += frames;
        counts.interruptions += interruptions;
        counts.useless_packets += useless_packets;
    }

    /// The owner had no room for a packet of sound or a frame.
    pub fn media_dropped(&mut self, source: TrackSource) {
        self.totals.sources[source].dropped += 1;
    }

    /// A packet of sound or a frame had already come over another connection.
    pub fn media_duplicate(&mut self, source: TrackSource) {
        self.totals.sources[source].duplicate += 1;
    }

    /// A batch did not fit the send queue.
    pub fn batch_dropped(&mut self, source: TrackSource) {
        self.totals.sources[source].batches_dropped += 1;
    }

    /// A batch was not sent, because a keyframe must come first.
    pub fn batch_skipped(&mut self, source: TrackSource) {
        self.totals.sources[source].batches_skipped += 1;
    }

    /// A command did not fit the queue.
    pub fn command_dropped(&mut self) {
        self.totals.commands_dropped += 1;
    }

    #[cfg(test)]
    pub(super) fn streams(&self) -> usize {
        self.incoming.len()
    }

    /// The latest round trip, from the remote's reports on what we send.
    #[must_use]
    pub fn round_trip(&self) -> Option<Duration> {
        self.totals.rtt
    }

    /// Everything so far.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.totals
    }
}

impl Totals {
    /// Pieces of sound and complete pictures that came.
    #[must_use]
    pub fn media_received(&self) -> u64 {
        self.sources.values().map(|counts| counts.received).sum()
    }

    /// What was counted of a source.
    #[must_use]
    pub fn of(&self, source: TrackSource) -> &SourceCounts {
        &self.sources[source]
    }
}

/// The id of a sender report in a receiver report.
fn middle(ntp_time: u64) -> u32 {
    // The middle of 64 bits, on purpose.
    #[allow(clippy::cast_possible_truncation)]
    let middle = (ntp_time >> 16) as u32;
    middle
}
