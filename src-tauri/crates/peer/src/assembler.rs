//! Puts VP8 frames back together from RTP packets.
//!
//! Pure: takes packets and the time, and returns complete frames and the wish for a keyframe. Knows packet order, loss,
//! and that after a lost frame nothing can be shown before the next keyframe. Knows nothing of the connection, and does
//! not ask for retransmission: that happens below (NACK), and this code only leaves time for it.
//!
//! Sequence numbers are extended to 64 bits on arrival, so that plain comparisons work below.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use holdfast_peer_machine::losses::OUTAGE;

use crate::vp8;

/// How long a hole may stay open before its frame is given up.
///
/// Retransmission is requested once a round trip, so this is time for several requests on most paths and for one on the
/// longest. A longer wait would freeze the picture for more time than a keyframe takes.
pub(crate) const REPAIR_WAIT: Duration = Duration::from_millis(400);

/// Shortest time between two keyframe requests. A keyframe takes a round trip to arrive, and is several times as large
/// as other frames, so more requests make a bad path worse.
pub(crate) const REQUEST_INTERVAL: Duration = Duration::from_millis(500);

/// The second request comes sooner: right after an interruption the first request, or its keyframe, is often lost. And
/// a keyframe too many costs less than half a second without a picture.
pub(crate) const FIRST_REPEAT: Duration = Duration::from_millis(200);

/// Most packets held back. A 720p keyframe is under 200; this is several of them, or 2.4 MB.
pub(crate) const MAX_HELD: usize = 2048;

/// A jump in sequence numbers that is too large for loss: the sender began anew.
const MAX_JUMP: i64 = 4096;

/// Extended numbers start here, so that a packet older than the first one fits below it.
const FIRST: u64 = 1 << 32;

/// One video packet as it came.
#[derive(Debug, Clone)]
pub(crate) struct VideoPacket {
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    pub(crate) payload: Bytes,
}

/// One complete encoded frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) data: Bytes,
    pub(crate) keyframe: bool,
    /// 90 kHz.
    pub(crate) timestamp: u32,
}

/// What happened since the last look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct AssemblerCounters {
    /// Frames given out.
    pub(crate) frames: u64,
    /// How often loss interrupted the picture.
    pub(crate) interruptions: u64,
    /// Packets that came too late, came twice, or cannot be VP8.
    pub(crate) useless: u64,
}

#[derive(Debug)]
struct Held {
    timestamp: u32,
    marker: bool,
    starts_frame: bool,
    starts_keyframe: bool,
    /// VP8 data without descriptor; empty for padding.
    data: Bytes,
}

impl Held {
    fn is_padding(&self) -> bool {
        self.data.is_empty()
    }
}

/// The state of one incoming video track.
#[derive(Debug, Default)]
pub(crate) struct FrameAssembler {
    held: BTreeMap<u64, Held>,
    highest: Option<u64>,
    /// Where the next frame begins; `None` until a keyframe has come.
    next: Option<u64>,
    /// Nothing below this number is useful any more.
    floor: u64,
    /// The hole that blocks progress, and since when.
    hole: Option<(u64, Duration)>,
    /// Whether a keyframe is wanted although frames can be shown.
    wanted: bool,
    /// Whether something came since the last request: a camera that is off must not get requests without end.
    heard: bool,
    requested_at: Option<Duration>,
    /// Whether the latest request was the second in a row.
    repeated: bool,
    /// When the last useful packet came. A packet that comes late or twice says nothing about the path.
    arrived_at: Option<Duration>,
    ready: VecDeque<Frame>,
    counters: AssemblerCounters,
}

impl FrameAssembler {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// What happened since the last call.
    pub(crate) fn take_counters(&mut self) -> AssemblerCounters {
        std::mem::take(&mut self.counters)
    }

    /// Asks for a keyframe although no loss is known: the path was down, or the part that shows the frames lost some.
    pub(crate) fn want_keyframe(&mut self) {
        self.wanted = true;
        self.heard = true;
    }

    /// A frame given out was thrown away, so nothing can be shown before the next keyframe.
    pub(crate) fn interrupt(&mut self) {
        if let Some(next) = self.next {
            self.lose_until(next);
        }
        self.heard = true;
    }

    pub(crate) fn handle_packet(&mut self, packet: VideoPacket, now: Duration) {
        self.heard = true;
        let before = self.highest;
        let Some(sequence) = self.extend(packet.sequence) else {
            return;
        };
        let is_old = sequence < self.next.unwrap_or(self.floor);
        if is_old || self.held.contains_key(&sequence) {
            self.counters.useless += 1;
            return;
        }
        let held = if packet.payload.is_empty() {
            // Padding, sent to probe the path: it takes its number and carries nothing.
            Held {
                timestamp: packet.timestamp,
                marker: false,
                starts_frame: false,
                starts_keyframe: false,
                data: Bytes::new(),
            }
        } else {
            let Some(descriptor) = vp8::parse_descriptor(&packet.payload) else {
                self.counters.useless += 1;
                return;
            };
            Held {
                timestamp: packet.timestamp,
                marker: packet.marker,
                starts_frame: descriptor.starts_frame,
                starts_keyframe: descriptor.starts_keyframe,
                data: packet.payload.slice(descriptor.offset..),
            }
        };
        let outage = self.arrived_at.is_some_and(|at| now >= at + OUTAGE);
        self.arrived_at = Some(now);
        if outage && self.next.is_some() && before.is_some_and(|before| sequence > before + 1) {
            self.lose_until(sequence);
            // A request from before the outage is lost.
            self.requested_at = None;
        }
        self.held.insert(sequence, held);
        self.advance(now);
        if self.held.len() > MAX_HELD {
            self.give_up(now);
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Duration) {
        if let Some((_, since)) = self.hole
            && now >= since + REPAIR_WAIT
        {
            self.give_up(now);
        }
    }

    /// When to call [`Self::handle_timeout`] and ask again, if nothing else happens.
    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        let hole = self.hole.map(|(_, since)| since + REPAIR_WAIT);
        let request =
            self.wants_keyframe().then(|| self.requested_at.map_or(Duration::ZERO, |at| at + self.pause()));
        [hole, request].into_iter().flatten().min()
    }

    pub(crate) fn poll_frame(&mut self) -> Option<Frame> {
        self.ready.pop_front()
    }

    /// Whether to send a keyframe request now. At most twice per [`REQUEST_INTERVAL`].
    pub(crate) fn poll_keyframe_request(&mut self, now: Duration) -> bool {
        let too_soon = self.requested_at.is_some_and(|at| now < at + self.pause());
        if too_soon || !self.wants_keyframe() {
            return false;
        }
        self.repeated = self.requested_at.is_some_and(|at| now < at + REQUEST_INTERVAL);
        self.requested_at = Some(now);
        self.heard = false;
        true
    }

    /// Shortest time after the latest request.
    fn pause(&self) -> Duration {
        if self.repeated { REQUEST_INTERVAL } else { FIRST_REPEAT }
    }

    fn wants_keyframe(&self) -> bool {
        self.heard && (self.wanted || self.next.is_none())
    }

    fn extend(&mut self, sequence: u16) -> Option<u64> {
        let Some(highest) = self.highest else {
            let extended = FIRST + u64::from(sequence);
            self.highest = Some(extended);
            return Some(extended);
        };
        // Truncated on purpose: the distance is that of the low 16 bits.
        #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
        let distance = i64::from(sequence.wrapping_sub(highest as u16) as i16);
        if distance.abs() > MAX_JUMP {
            if self.next.is_some() {
                self.counters.interruptions += 1;
            }
            let counters = self.counters;
            *self = Self {
                highest: Some(FIRST + u64::from(sequence)),
                heard: true,
                requested_at: self.requested_at,
                repeated: self.repeated,
                arrived_at: self.arrived_at,
                ready: std::mem::take(&mut self.ready),
                counters,
                ..Self::default()
            };
            return self.highest;
        }
        let extended = highest.checked_add_signed(distance)?;
        self.highest = Some(highest.max(extended));
        Some(extended)
    }

    /// Gives out every complete frame, then finds what blocks the next one.
    fn advance(&mut self, now: Duration) {
        loop {
            let Some(start) = self.next.or_else(|| self.find_keyframe_start(self.floor)) else {
                // There is no start yet: only the newest packets can belong to a keyframe that is still coming in out
                // of order.
                self.hole = None;
                while self.held.len() > MAX_HELD / 2 {
                    self.held.pop_first();
                }
                return;
            };
            self.next = Some(start);
            match self.scan(start) {
                Scan::Whole { last } => self.emit(start, last),
                Scan::Padding => {
                    self.held.remove(&start);
                    self.next = Some(start + 1);
                }
                Scan::Broken => self.lose_until(start + 1),
                Scan::Incomplete { missing } => {
                    let blocked = self.highest.is_some_and(|highest| highest > missing);
                    if !blocked {
                        self.hole = None;
                        return;
                    }
                    // With a complete keyframe further on, the hole does not matter.
                    if let Some(keyframe) = self.find_whole_keyframe(missing + 1) {
                        self.lose_until(keyframe);
                        continue;
                    }
                    match self.hole {
                        Some((hole, _)) if hole == missing => {}
                        _ => self.hole = Some((missing, now)),
                    }
                    return;
                }
            }
        }
    }

    fn scan(&self, start: u64) -> Scan {
        let Some(first) = self.held.get(&start) else {
            return Scan::Incomplete { missing: start };
        };
        if first.is_padding() {
            return Scan::Padding;
        }
        if !first.starts_frame {
            return Scan::Broken;
        }
        let mut expected = start;
        for (&sequence, packet) in self.held.range(start..) {
            if sequence != expected {
                return Scan::Incomplete { missing: expected };
            }
            let begins_another =
                packet.timestamp != first.timestamp || (packet.starts_frame && sequence != start);
            if begins_another && !packet.is_padding() {
                return Scan::Whole { last: sequence - 1 };
            }
            if packet.marker {
                return Scan::Whole { last: sequence };
            }
            expected += 1;
        }
        Scan::Incomplete { missing: expected }
    }

    fn emit(&mut self, start: u64, last: u64) {
        let mut pieces = Vec::new();
        let mut keyframe = false;
        let mut timestamp = 0;
        for sequence in start..=last {
            if let Some(packet) = self.held.remove(&sequence) {
                if sequence == start {
                    keyframe = packet.starts_keyframe;
                    timestamp = packet.timestamp;
                }
                pieces.push(packet.data);
            }
        }
        let data = if pieces.len() == 1 {
            pieces.pop().unwrap_or_default()
        } else {
            let mut joined = BytesMut::with_capacity(pieces.iter().map(Bytes::len).sum());
            for piece in &pieces {
                joined.extend_from_slice(piece);
            }
            joined.freeze()
        };
        if keyframe {
            self.wanted = false;
        }
        self.next = Some(last + 1);
        self.hole = None;
        self.counters.frames += 1;
        self.ready.push_back(Frame { data, keyframe, timestamp });
    }

    fn give_up(&mut self, now: Duration) {
        let after = self
            .hole
            .map(|(hole, _)| hole + 1)
            .or_else(|| self.held.keys().next().map(|first| first + 1))
            .unwrap_or(self.floor);
        self.lose_until(after);
        self.advance(now);
    }

    /// Forgets everything before `sequence` and waits for a keyframe at or after it.
    fn lose_until(&mut self, sequence: u64) {
        self.counters.interruptions += 1;
        self.held = self.held.split_off(&sequence);
        self.floor = sequence;
        self.next = None;
        self.hole = None;
    }

    fn find_keyframe_start(&self, from: u64) -> Option<u64> {
        self.held.range(from..).find(|(_, packet)| packet.starts_keyframe).map(|(&sequence, _)| sequence)
    }

    fn find_whole_keyframe(&self, from: u64) -> Option<u64> {
        self.held
            .range(from..)
            .filter(|(_, packet)| packet.starts_keyframe)
            .map(|(&sequence, _)| sequence)
            .find(|&sequence| matches!(self.scan(sequence), Scan::Whole { .. }))
    }
}

enum Scan {
    /// The frame's last packet is here, and so are all before it.
    Whole { last: u64 },
    /// A packet is not here (yet).
    Incomplete { missing: u64 },
    /// The packet at the start carries nothing.
    Padding,
    /// The packet at the start is from the middle of a frame. The beginning of that frame is lost.
    Broken,
}

#[cfg(test)]
#[path = "assembler_tests.rs"]
mod tests;
