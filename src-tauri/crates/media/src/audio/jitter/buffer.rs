//! The buffer itself: ordering, gaps and the delay. See the module above for the rules.

use super::{
    Arrival, JitterCounts, Samples, Sound, Stretch, delay::DelayEstimate, sequence::Unwrap, to_samples,
};
use crate::audio::{FRAME, codec::has_redundancy};
use bytes::Bytes;
use std::{collections::BTreeMap, time::Duration};

/// Two seconds of 20 ms packets. More than the longest delay plus the worst burst; the oldest go first.
pub(super) const CAPACITY: usize = 100;
/// Pieces concealed before silence: after 100 ms a continued vowel would turn into a hum.
pub(super) const CONCEALED_RUN: u32 = 5;
/// A sequence number further off than this (20 s of packets) belongs to another stream until a second one confirms it.
const ASTRAY: u64 = 1000;
/// This many late packets in a row mean that the sender started again a little earlier, and not that all are late.
const LATE_RUN: u32 = 50;
/// Timestamps this close are the same moment, because senders round.
const SAME_MOMENT: Samples = 120;
/// Sound plays 7.5 ms earlier than wanted: play slower. The packets are still there, their successors barely.
const TOO_EARLY: Samples = 360;
/// Sound plays 15 ms later than wanted: play faster. Together with the other bound this is more than a frame wide,
/// because the delay changes by whole frames.
const TOO_LATE: Samples = 720;
/// Sound plays 100 ms too late: hurry. A less clean cut is better than the delay.
const FAR_TOO_LATE: Samples = 4800;
/// Packets that must agree before playing faster: one late wake-up is not a trend.
const STEADY: usize = 8;
/// If this much more than wanted waits, catching up would take seconds, so the oldest packets are left out.
const HOPELESS: Samples = 14_400;

#[derive(Debug)]
struct Packet {
    timestamp: u64,
    samples: Samples,
    payload: Bytes,
    arrived: Duration,
}

/// What comes next while playing.
#[derive(Debug, Clone, Copy)]
struct Cursor {
    sequence: u64,
    timestamp: u64,
}

/// Orders the packets of one remote participant and decides what is heard. `now` may start at any value and never goes
/// back.
#[derive(Debug)]
pub struct JitterBuffer {
    packets: BTreeMap<u64, Packet>,
    cursor: Option<Cursor>,
    sequence: Unwrap<16>,
    timestamp: Unwrap<32>,
    highest: Option<u64>,
    /// Bit n: the packet n before the highest was received.
    seen: u128,
    astray: Option<u16>,
    late_run: u32,
    /// Duration of recent packets. A missing packet is taken to be as long.
    packet_samples: Samples,
    /// Samples filled in while nothing was there, before we know whether they replaced missing sound.
    unjudged: Samples,
    run: u32,
    /// After a long fill, the delay builds up again before anything is played.
    waiting: bool,
    /// How much later than wanted the last packets were taken.
    excess: [Samples; STEADY],
    delay: DelayEstimate,
    counts: JitterCounts,
}

impl Default for JitterBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl JitterBuffer {
    /// An empty buffer.
    #[must_use]
    pub fn new() -> Self {
        Self {
            packets: BTreeMap::new(),
            cursor: None,
            sequence: Unwrap::new(),
            timestamp: Unwrap::new(),
            highest: None,
            seen: 0,
            astray: None,
            late_run: 0,
            packet_samples: FRAME as Samples,
            unjudged: 0,
            run: 0,
            waiting: true,
            excess: [0; STEADY],
            delay: DelayEstimate::new(),
            counts: JitterCounts::default(),
        }
    }

    /// Takes a packet holding `samples` of sound that arrived at `now`.
    pub fn insert(
        &mut self,
        sequence: u16,
        timestamp: u32,
        payload: Bytes,
        samples: u32,
        now: Duration,
    ) -> Arrival {
        self.counts.received += 1;
        let samples = Samples::from(samples).clamp(120, 5760);
        if self.is_astray(sequence) {
            return Arrival::Astray;
        }
        let position = self.sequence.peek(u32::from(sequence));
        if self.was_seen(position) {
            self.counts.duplicate += 1;
            return Arrival::Duplicate;
        }
        self.see(position);
        // Numbers are read relative to the highest one, not to the last.
        self.sequence.advance(self.highest.unwrap_or(position) as u32 & 0xffff);
        let timestamp = self.timestamp.advance(timestamp);
        self.delay.arrived(timestamp, samples, now);
        if self.cursor.is_some_and(|cursor| position < cursor.sequence) {
            self.counts.late += 1;
            self.late_run += 1;
            if self.late_run < LATE_RUN {
                return Arrival::Late;
            }
            self.begin_anew();
            return Arrival::Astray;
        }
        self.late_run = 0;
        self.packet_samples = samples;
        self.packets.insert(position, Packet { timestamp, samples, payload, arrived: now });
        if self.packets.len() > CAPACITY {
            self.leave_out_oldest();
        }
        Arrival::Kept
    }

    /// Whether the number fits nothing; two such numbers in a row begin a new stream.
    fn is_astray(&mut self, sequence: u16) -> bool {
        let Some(highest) = self.highest else { return false };
        let distance = self.sequence.peek(u32::from(sequence)).abs_diff(highest);
        if distance <= ASTRAY {
            self.astray = None;
            return false;
        }
        if self.astray.is_some_and(|before| sequence == before.wrapping_add(1)) {
            self.begin_anew();
            return false;
        }
        self.astray = Some(sequence);
        self.counts.astray += 1;
        true
    }

    /// The sender started again: forgets the position of the old stream, keeps what was learned about the path.
    fn begin_anew(&mut self) {
        self.packets.clear();
        self.cursor = None;
        self.sequence = Unwrap::new();
        self.timestamp = Unwrap::new();
        self.highest = None;
        self.seen = 0;
        self.astray = None;
        self.late_run = 0;
        self.unjudged = 0;
        self.waiting = true;
    }

    fn was_seen(&self, position: u64) -> bool {
        let Some(behind) = self.highest.and_then(|highest| highest.checked_sub(position)) else {
            return false;
        };
        behind < 128 && (self.seen >> behind) & 1 == 1
    }

    fn see(&mut self, position: u64) {
        let highest = *self.highest.get_or_insert(position);
        if position >= highest {
            let step = position - highest;
            self.seen = if step < 128 { self.seen << step | 1 } else { 1 };
            self.highest = Some(position);
        } else if highest - position < 128 {
            self.seen |= 1 << (highest - position);
        }
    }

    fn leave_out_oldest(&mut self) {
        let Some((position, packet)) = self.packets.pop_first() else { return };
        self.counts.overflow += 1;
        if self.cursor.is_some() {
            self.cursor =
                Some(Cursor { sequence: position + 1, timestamp: packet.timestamp + packet.samples as u64 });
        }
    }

    /// Where the next piece of sound comes from, and whether it should be played a little faster or slower.
    pub fn next(&mut self, now: Duration) -> (Sound, Stretch) {
        if self.packets.is_empty() {
            return (self.starve(), Stretch::Keep);
        }
        self.leave_out_the_hopeless();
        loop {
            let Some((&position, head)) = self.packets.first_key_value() else {
                return (self.starve(), Stretch::Keep);
            };
            let (head_timestamp, head_arrived) = (head.timestamp, head.arrived);
            let Some(cursor) = self.cursor else {
                if !self.is_ready(head_timestamp, head_arrived, now) {
                    return (self.silence(), Stretch::Keep);
                }
                self.cursor = Some(Cursor { sequence: position, timestamp: head_timestamp });
                continue;
            };
            let lost = position.saturating_sub(cursor.sequence);
            let gap = head_timestamp as Samples - cursor.timestamp as Samples;
            let missing = lost as Samples * self.packet_samples;
            let on_purpose = gap - missing;
            if on_purpose > SAME_MOMENT {
                // The sender was silent on purpose in between, so the filling was not concealment.
                self.run = 0;
                if !self.is_ready(head_timestamp, head_arrived, now) {
                    return (self.silence(), Stretch::Keep);
                }
                self.counts.lost += lost;
                let filled_in = (self.unjudged - on_purpose).max(missing.min(self.unjudged)).max(0);
                self.counts.concealed_samples += filled_in as u64;
                self.unjudged = 0;
                self.cursor = Some(Cursor { sequence: position, timestamp: head_timestamp });
                self.waiting = false;
                self.excess = [0; STEADY];
                continue;
            }
            if self.waiting && !self.is_ready(head_timestamp, head_arrived, now) {
                self.unjudged += self.packet_samples;
                return (Sound::Silence { samples: self.packet_samples as usize }, Stretch::Keep);
            }
            if std::mem::take(&mut self.waiting) {
                self.excess = [0; STEADY];
            }
            if lost == 0 {
                let stretch = self.judge(head_timestamp, now);
                return (self.take(position), stretch);
            }
            let covered = (self.unjudged / self.packet_samples).min(lost as Samples);
            self.counts.concealed_samples += std::mem::take(&mut self.unjudged) as u64;
            let too_many = lost > u64::from(CONCEALED_RUN);
            let skipped = if too_many { lost - u64::from(CONCEALED_RUN) } else { 0 }.max(covered as u64);
            if skipped > 0 {
                self.counts.lost += skipped;
                self.move_on(skipped);
                continue;
            }
            return (self.fill_in(position == cursor.sequence + 1), Stretch::Keep);
        }
    }

    /// The packet at the cursor is missing and a later one is there.
    fn fill_in(&mut self, successor_is_here: bool) -> Sound {
        self.counts.lost += 1;
        let samples = self.packet_samples as usize;
        self.move_on(1);
        if let Some((_, successor)) = self.packets.first_key_value()
            && successor_is_here
            && has_redundancy(&successor.payload)
        {
            self.run = 0;
            self.counts.recovered += 1;
            self.counts.played_samples += samples as u64;
            return Sound::Recover { successor: successor.payload.clone(), samples };
        }
        self.run += 1;
        self.counts.concealed_samples += samples as u64;
        if self.run > CONCEALED_RUN {
            Sound::Silence { samples }
        } else {
            Sound::Conceal { samples, run: self.run }
        }
    }

    fn move_on(&mut self, packets: u64) {
        if let Some(cursor) = &mut self.cursor {
            cursor.sequence += packets;
            cursor.timestamp += packets * self.packet_samples as u64;
        }
    }

    fn take(&mut self, position: u64) -> Sound {
        // What was filled in while this packet was late did replace missing sound.
        self.counts.concealed_samples += std::mem::take(&mut self.unjudged) as u64;
        self.run = 0;
        let Some(packet) = self.packets.remove(&position) else { return self.silence() };
        self.cursor =
            Some(Cursor { sequence: position + 1, timestamp: packet.timestamp + packet.samples as u64 });
        self.counts.played_samples += packet.samples as u64;
        Sound::Packet(packet.payload)
    }

    /// Nothing is there at all.
    fn starve(&mut self) -> Sound {
        if self.cursor.is_none() {
            return self.silence();
        }
        let samples = self.packet_samples;
        self.unjudged += samples;
        self.run = self.run.saturating_add(1);
        let samples = samples as usize;
        if self.run <= CONCEALED_RUN {
            return Sound::Conceal { samples, run: self.run };
        }
        self.waiting = true;
        Sound::Silence { samples }
    }

    fn silence(&self) -> Sound {
        Sound::Silence { samples: self.packet_samples as usize }
    }

    /// Whether it is time to begin playing at the head, after a silence of any kind.
    fn is_ready(&self, head_timestamp: u64, head_arrived: Duration, now: Duration) -> bool {
        // After an outage the estimate is still that of before. A second packet, or its absence, tells more.
        let settled =
            self.packets.len() > 1 || to_samples(now) - to_samples(head_arrived) >= self.packet_samples;
        settled && self.excess_at(head_timestamp, now) >= 0
    }

    /// How much later than wanted the packet with `timestamp` is taken.
    ///
    /// Taken, not heard: sound that was decoded before it adds to the delay but does not let a packet come later,
    /// because whole frames are filled at once. So a stretch shows here once it has added up to a frame.
    fn excess_at(&self, timestamp: u64, now: Duration) -> Samples {
        to_samples(now) - timestamp as Samples - self.delay.due()
    }

    fn judge(&mut self, head_timestamp: u64, now: Duration) -> Stretch {
        let latest = self.excess_at(head_timestamp, now);
        self.excess.rotate_right(1);
        self.excess[0] = latest;
        let least = self.excess.iter().copied().min().unwrap_or(latest);
        // Without a second packet there is nothing to play faster, even if the estimate asks for it.
        let enough = self.packets.len() > 1;
        match least {
            FAR_TOO_LATE.. if enough => Stretch::Shorten { urgent: true },
            TOO_LATE.. if enough => Stretch::Shorten { urgent: false },
            _ if latest <= -TOO_EARLY && self.excess[1] <= -TOO_EARLY => Stretch::Lengthen,
            _ => Stretch::Keep,
        }
    }

    fn leave_out_the_hopeless(&mut self) {
        let target = self.delay.target();
        if self.buffered() <= target + HOPELESS {
            return;
        }
        while self.buffered() > target && self.packets.len() > 1 {
            self.leave_out_oldest();
        }
        self.excess = [0; STEADY];
    }

    /// Samples waiting in packets.
    #[must_use]
    pub fn buffered(&self) -> i64 {
        self.packets.values().map(|packet| packet.samples).sum()
    }

    /// Packets waiting; never more than a fixed number.
    #[must_use]
    pub fn waiting_packets(&self) -> usize {
        self.packets.len()
    }

    /// The time between the arrival of the fastest packet and playing that we want, in samples.
    #[must_use]
    pub fn target(&self) -> i64 {
        self.delay.target()
    }

    /// Interarrival jitter in milliseconds (RFC 3550, section 6.4.1).
    #[must_use]
    pub fn jitter_ms(&self) -> f32 {
        self.delay.jitter_ms()
    }

    /// What has been counted.
    #[must_use]
    pub fn counts(&self) -> JitterCounts {
        self.counts
    }
}
