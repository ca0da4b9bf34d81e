//! What passes, counted by ourselves: the library's own statistics of the far end are always zero.
//!
//! [`Traffic`] is written by whoever sees a packet, [`Window`] turns two readings into rates. Loss and round trip
//! follow RFC 3550 (6.4.1, A.3). Knows no connection and no library type.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use holdfast_negotiation::TrackSource;
use serde::Serialize;
use tokio::sync::Notify;
use ts_rs::TS;

use crate::assembler::AssemblerCounters;
use crate::path_loss::{Arrivals, Deliveries};

/// Streams a remote may have; three in practice. More are not counted apart.
const MAX_STREAMS: usize = 16;
/// Sender reports remembered per stream: they go out every second, and the answer to one comes within a few.
const MAX_REPORTS: usize = 8;

/// Numbers of one connection, for people and for the debug panel.
#[derive(Debug, Clone, Default, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PeerStats {
    /// RTP bytes received, headers included.
    #[ts(type = "number")]
    pub bytes_in: u64,
    /// RTP bytes sent, headers and retransmissions included.
    #[ts(type = "number")]
    pub bytes_out: u64,
    /// RTP packets received.
    #[ts(type = "number")]
    pub packets_in: u64,
    /// RTP packets sent.
    #[ts(type = "number")]
    pub packets_out: u64,
    /// Received in the last second, kbit/s.
    pub kbps_in: f64,
    /// Sent in the last second, kbit/s.
    pub kbps_out: f64,
    /// Latest round trip in milliseconds, from the remote's receiver reports; none before the first.
    pub rtt_ms: Option<f64>,
    /// Share of our packets the path lost lately, 0 to 1, also if they were sent again.
    pub loss_out: Option<f64>,
    /// Share of the remote's packets the path lost in the last second, 0 to 1, also if they were sent again.
    pub loss_in: Option<f64>,
    /// Opus packets received.
    #[ts(type = "number")]
    pub audio_packets: u64,
    /// Whole video frames received.
    #[ts(type = "number")]
    pub frames: u64,
    /// Times loss interrupted the picture.
    #[ts(type = "number")]
    pub interruptions: u64,
    /// Video packets that came too late, twice or unreadable.
    #[ts(type = "number")]
    pub useless_packets: u64,
    /// Keyframes we asked for.
    #[ts(type = "number")]
    pub keyframes_asked: u64,
    /// Keyframes we were asked for.
    #[ts(type = "number")]
    pub keyframes_requested: u64,
    /// Batches that did not fit the send queue.
    #[ts(type = "number")]
    pub batches_dropped: u64,
    /// Video batches not sent because a keyframe was due first.
    #[ts(type = "number")]
    pub batches_skipped: u64,
    /// Received media the owner had no room for.
    #[ts(type = "number")]
    pub media_dropped: u64,
    /// Received packets of sound and frames that had come over another connection already.
    #[ts(type = "number")]
    pub media_duplicate: u64,
    /// Commands that did not fit the command queue.
    #[ts(type = "number")]
    pub commands_dropped: u64,
    /// Control messages that could not be read.
    #[ts(type = "number")]
    pub control_malformed: u64,
    /// Control messages that could not be sent.
    #[ts(type = "number")]
    pub control_dropped: u64,
}

/// A receiver report block (RFC 3550, 6.4.1).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report {
    pub(crate) ssrc: u32,
    pub(crate) highest_sequence: u32,
    pub(crate) total_lost: u32,
    /// Middle 32 bits of the NTP time of the sender report it answers; 0 for none.
    pub(crate) last_sender_report: u32,
    /// 1/65536 s between the two at the remote.
    pub(crate) delay: u32,
}

/// Counts since the peer was made.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Totals {
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) packets_in: u64,
    pub(crate) packets_out: u64,
    pub(crate) audio_packets: u64,
    pub(crate) frames: u64,
    pub(crate) interruptions: u64,
    pub(crate) useless_packets: u64,
    pub(crate) keyframes_asked: u64,
    pub(crate) keyframes_requested: u64,
    pub(crate) batches_dropped: u64,
    pub(crate) batches_skipped: u64,
    pub(crate) media_dropped: u64,
    pub(crate) media_duplicate: u64,
    pub(crate) commands_dropped: u64,
    pub(crate) control_malformed: u64,
    pub(crate) control_dropped: u64,
    expected_in: u64,
    arrived_in: u64,
    expected_out: u64,
    lost_out: u64,
    rtt: Option<Duration>,
}

#[derive(Debug)]
struct Incoming {
    generation: u32,
    arrivals: Arrivals,
}

#[derive(Debug)]
struct Outgoing {
    generation: u32,
    source: TrackSource,
    /// Middle 32 bits of the NTP time in a sender report, and when it left.
    reports: VecDeque<(u32, Instant)>,
    deliveries: Deliveries,
}

#[derive(Debug, Default)]
struct Books {
    totals: Totals,
    incoming: HashMap<u32, Incoming>,
    outgoing: HashMap<u32, Outgoing>,
    /// The newest connection whose media was used; loss and round trip of older ones are of no interest.
    carrying: u32,
}

/// Everything counted about one remote, over all its connections.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    books: Mutex<Books>,
    keyframe_wanted: AtomicBool,
    keyframe_notify: Notify,
    commands_dropped: AtomicU64,
}

impl Traffic {
    /// A connection is gone: its streams are of no interest, totals stay.
    pub(crate) fn forget_streams(&self, generation: u32) {
        let mut books = self.books();
        books.incoming.retain(|_, stream| stream.generation != generation);
        books.outgoing.retain(|_, stream| stream.generation != generation);
        if books.outgoing.is_empty() {
            books.totals.rtt = None;
        }
    }

    /// Media of this connection was used.
    pub(crate) fn carried_by(&self, generation: u32) {
        let mut books = self.books();
        if generation > books.carrying {
            books.carrying = generation;
            books.totals.rtt = None;
        }
    }

    pub(crate) fn name_outgoing(&self, generation: u32, ssrc: u32, source: TrackSource) {
        let stream =
            Outgoing { generation, source, reports: VecDeque::new(), deliveries: Deliveries::default() };
        self.books().outgoing.insert(ssrc, stream);
    }

    pub(crate) fn rtp_received(&self, generation: u32, ssrc: u32, sequence: u16, bytes: usize, now: Instant) {
        let mut books = self.books();
        let Books { totals, incoming, carrying, .. } = &mut *books;
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

    pub(crate) fn rtp_sent(&self, bytes: usize) {
        let mut books = self.books();
        books.totals.packets_out += 1;
        books.totals.bytes_out += bytes as u64;
    }

    /// A sender report of ours left at `now`.
    pub(crate) fn report_sent(&self, ssrc: u32, ntp_time: u64, now: Instant) {
        let mut books = self.books();
        let Some(stream) = books.outgoing.get_mut(&ssrc) else { return };
        if stream.reports.len() == MAX_REPORTS {
            stream.reports.pop_front();
        }
        stream.reports.push_back((middle(ntp_time), now));
    }

    /// The remote reported on one of our streams.
    pub(crate) fn report_received(&self, report: Report, now: Instant) {
        let mut books = self.books();
        let Books { totals, outgoing, carrying, .. } = &mut *books;
        let Some(stream) = outgoing.get_mut(&report.ssrc) else { return };
        if stream.generation < *carrying {
            return;
        }
        if report.last_sender_report != 0
            && let Some((_, sent)) = stream.reports.iter().find(|(id, _)| *id == report.last_sender_report)
        {
            let held = Duration::from_nanos(u64::from(report.delay) * 1_000_000_000 / 65_536);
            // The remote's clock may tick differently; less than nothing is nothing.
            totals.rtt = Some(now.saturating_duration_since(*sent).saturating_sub(held));
        }
        let (expected, lost) = stream.deliveries.reported(report.highest_sequence, report.total_lost);
        totals.expected_out += u64::from(expected);
        totals.lost_out += u64::from(lost);
    }

    /// The remote asked for packets of one of our streams again.
    pub(crate) fn asked_again(&self, ssrc: u32, sequences: impl Iterator<Item = u16>) {
        if let Some(stream) = self.books().outgoing.get_mut(&ssrc) {
            sequences.for_each(|sequence| stream.deliveries.asked_again(sequence));
        }
    }

    /// The remote wants a keyframe of one of our streams.
    pub(crate) fn keyframe_requested(&self, ssrc: u32) {
        {
            let mut books = self.books();
            let source = books.outgoing.get(&ssrc).map(|stream| stream.source);
            if source.is_none_or(|source| source == TrackSource::Microphone) {
                return;
            }
            books.totals.keyframes_requested += 1;
        }
        self.want_own_keyframe();
    }

    /// Our encoder is to make a keyframe.
    pub(crate) fn want_own_keyframe(&self) {
        self.keyframe_wanted.store(true, Ordering::Release);
        self.keyframe_notify.notify_one();
    }

    /// Whether a keyframe of ours was wanted since the last time this was asked.
    pub(crate) fn take_keyframe_request(&self) -> bool {
        self.keyframe_wanted.swap(false, Ordering::AcqRel)
    }

    /// Ends when a keyframe of ours is wanted.
    pub(crate) async fn keyframe_wanted(&self) {
        self.keyframe_notify.notified().await;
    }

    pub(crate) fn audio_received(&self) {
        self.books().totals.audio_packets += 1;
    }

    pub(crate) fn keyframe_asked(&self) {
        self.books().totals.keyframes_asked += 1;
    }

    pub(crate) fn note_assembly(&self, counters: AssemblerCounters) {
        if counters == AssemblerCounters::default() {
            return;
        }
        let mut books = self.books();
        books.totals.frames += counters.frames;
        books.totals.interruptions += counters.interruptions;
        books.totals.useless_packets += counters.useless;
    }

    pub(crate) fn media_dropped(&self) {
        self.books().totals.media_dropped += 1;
    }

    pub(crate) fn media_duplicate(&self) {
        self.books().totals.media_duplicate += 1;
    }

    pub(crate) fn batch_dropped(&self) {
        self.books().totals.batches_dropped += 1;
    }

    pub(crate) fn batch_skipped(&self) {
        self.books().totals.batches_skipped += 1;
    }

    pub(crate) fn command_dropped(&self) {
        self.commands_dropped.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn control_malformed(&self) {
        self.books().totals.control_malformed += 1;
    }

    pub(crate) fn control_dropped(&self) {
        self.books().totals.control_dropped += 1;
    }

    /// The latest round trip, from the remote's reports on what we send.
    pub(crate) fn round_trip(&self) -> Option<Duration> {
        self.books().totals.rtt
    }

    pub(crate) fn totals(&self) -> Totals {
        Totals { commands_dropped: self.commands_dropped.load(Ordering::Relaxed), ..self.books().totals }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        // Plain numbers: valid whatever panicked.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a receiver report calls a sender report by.
fn middle(ntp_time: u64) -> u32 {
    // The middle of 64 bits, on purpose.
    #[allow(clippy::cast_possible_truncation)]
    let middle = (ntp_time >> 16) as u32;
    middle
}

/// Turns readings into rates; read it about once a second.
#[derive(Debug, Default)]
pub(crate) struct Window {
    last: Totals,
    loss_out: Option<f64>,
}

impl Window {
    /// The numbers at the end of a window of `elapsed`.
    pub(crate) fn close(&mut self, totals: Totals, elapsed: Duration) -> PeerStats {
        let last = std::mem::replace(&mut self.last, totals);
        let kbps = |now: u64, then: u64| {
            let seconds = elapsed.as_secs_f64();
            if seconds > 0.0 { now.saturating_sub(then) as f64 * 8.0 / 1000.0 / seconds } else { 0.0 }
        };
        let expected_in = totals.expected_in.saturating_sub(last.expected_in);
        let arrived_in = totals.arrived_in.saturating_sub(last.arrived_in);
        let expected_out = totals.expected_out.saturating_sub(last.expected_out);
        if expected_out > 0 {
            let lost = totals.lost_out.saturating_sub(last.lost_out);
            self.loss_out = Some((lost as f64 / expected_out as f64).min(1.0));
        }
        PeerStats {
            bytes_in: totals.bytes_in,
            bytes_out: totals.bytes_out,
            packets_in: totals.packets_in,
            packets_out: totals.packets_out,
            kbps_in: kbps(totals.bytes_in, last.bytes_in),
            kbps_out: kbps(totals.bytes_out, last.bytes_out),
            rtt_ms: totals.rtt.map(|rtt| rtt.as_secs_f64() * 1000.0),
            loss_out: self.loss_out,
            loss_in: (expected_in > 0)
                .then(|| expected_in.saturating_sub(arrived_in) as f64 / expected_in as f64),
            audio_packets: totals.audio_packets,
            frames: totals.frames,
            interruptions: totals.interruptions,
            useless_packets: totals.useless_packets,
            keyframes_asked: totals.keyframes_asked,
            keyframes_requested: totals.keyframes_requested,
            batches_dropped: totals.batches_dropped,
            batches_skipped: totals.batches_skipped,
            media_dropped: totals.media_dropped,
            media_duplicate: totals.media_duplicate,
            commands_dropped: totals.commands_dropped,
            control_malformed: totals.control_malformed,
            control_dropped: totals.control_dropped,
        }
    }
}

#[cfg(test)]
#[path = "stats_tests.rs"]
mod tests;
