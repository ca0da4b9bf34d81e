//! Makes one stream from two connections while one replaces the other.
//!
//! Both carry the same media with the same timestamps, but with different sequence numbers. Pure: it gets what came and
//! on which connection, and returns what to play or show, each piece once. A remote's new connection may start another
//! clock, as in a browser. Then the splice works too, but less precisely.

use holdfast_terms::Generation;

/// If audio or video clocks (48 and 90 kHz) differ by more than this, they are not the same clock. It is two seconds of
/// video: far more than one path is slower than the other, and far less than two random clocks differ.
const SAME_CLOCK: u32 = 180_000;

/// Samples in one of our audio packets (20 ms). With another length, only the sequence numbers at the splice are
/// inexact, and the next buffer takes that as a pause.
const AUDIO_SAMPLES: u32 = 960;

/// A gap of up to this many packets is reported as loss, so that it is concealed; a longer one as a pause.
const AUDIO_LOSS: u32 = 10;

/// How far `to` is ahead of `from`, both wrapping; `None` if they cannot be of one clock.
fn ahead(from: u32, to: u32) -> Option<i32> {
    let distance = to.wrapping_sub(from).cast_signed();
    (distance.unsigned_abs() <= SAME_CLOCK).then_some(distance)
}

/// Sound of one remote.
#[derive(Debug, Default)]
pub struct AudioSplice {
    current: Option<AudioSource>,
    /// The source before the current one, and the timestamp up to which it still counts: on a slower path, sound from
    /// before the splice is still on its way. `None` if the clocks differ.
    before: Option<(AudioSource, Option<u32>)>,
    /// The latest packet that was admitted.
    last: Option<(u16, u32)>,
}

#[derive(Debug, Clone, Copy)]
struct AudioSource {
    generation: Generation,
    /// The offset added to its sequence numbers.
    offset: u16,
}

impl AudioSplice {
    /// The sequence number to continue with, or `None` for a packet that was heard already or is too old.
    pub fn admit(&mut self, generation: Generation, sequence: u16, timestamp: u32) -> Option<u16> {
        let current = match self.current {
            Some(current) if generation == current.generation => {
                if self.is_from_before_the_splice(timestamp) {
                    return None;
                }
                current
            }
            Some(current) if generation < current.generation => {
                return self.admit_older(generation, sequence, timestamp);
            }
            Some(current) => self.switch(current, generation, sequence, timestamp)?,
            None => AudioSource { generation, offset: 0 },
        };
        self.current = Some(current);
        let sequence = sequence.wrapping_add(current.offset);
        self.note(sequence, timestamp);
        Some(sequence)
    }

    /// The first packet of a newer connection, if it was not heard yet.
    fn switch(
        &mut self,
        old: AudioSource,
        generation: Generation,
        sequence: u16,
        timestamp: u32,
    ) -> Option<AudioSource> {
        let (last_sequence, last_timestamp) = self.last?;
        let distance = ahead(last_timestamp, timestamp);
        if distance.is_some_and(|distance| distance <= 0) {
            return None;
        }
        let packets =
            distance.map_or(1, |distance| (distance.unsigned_abs() + AUDIO_SAMPLES / 2) / AUDIO_SAMPLES);
        let step = if (1..=AUDIO_LOSS).contains(&packets) { packets } else { 1 };
        // At most ten.
        #[allow(clippy::cast_possible_truncation)]
        let expected = last_sequence.wrapping_add(step as u16);
        self.before = Some((old, distance.map(|_| timestamp)));
        Some(AudioSource { generation, offset: expected.wrapping_sub(sequence) })
    }

    /// Whether it belongs to the older connection's part, even if it came late over the newer one.
    fn is_from_before_the_splice(&mut self, timestamp: u32) -> bool {
        let Some((_, Some(until))) = self.before else { return false };
        let Some(distance) = ahead(until, timestamp) else {
            // So long ago that the wrapping clock would reach it again one day.
            self.before = None;
            return false;
        };
        distance < 0
    }

    fn admit_older(&self, generation: Generation, sequence: u16, timestamp: u32) -> Option<u16> {
        let (source, until) = self.before.as_ref()?;
        let is_earlier = ahead((*until)?, timestamp).is_some_and(|distance| distance < 0);
        (generation == source.generation && is_earlier).then(|| sequence.wrapping_add(source.offset))
    }

    fn note(&mut self, sequence: u16, timestamp: u32) {
        let newer = self.last.is_none_or(|(last, _)| sequence.wrapping_sub(last).cast_signed() > 0);
        if newer {
            self.last = Some((sequence, timestamp));
        }
    }
}

/// Pictures of one source of one remote.
#[derive(Debug, Default)]
pub struct VideoSplice {
    generation: Option<Generation>,
    last: Option<u32>,
    interrupted: bool,
}

/// What to do with a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is new, and a decoder can continue with it.
    Show,
    /// It was already shown, or the newer connection shows it.
    Duplicate,
    /// The frame that it builds on was not shown.
    NeedsKeyframe,
}

impl VideoSplice {
    /// Each connection brings its frames in order, beginning with a keyframe. Both carry frames of the same encoder, so
    /// the newer one continues where the older one stopped.
    pub fn admit(&mut self, generation: Generation, timestamp: u32, keyframe: bool) -> Admission {
        if let Some(current) = self.generation
            && generation != current
        {
            let was_shown =
                self.last.and_then(|last| ahead(last, timestamp)).is_some_and(|distance| distance <= 0);
            if generation < current || was_shown {
                return Admission::Duplicate;
            }
        }
        if self.interrupted && !keyframe {
            return Admission::NeedsKeyframe;
        }
        self.interrupted = false;
        self.generation = Some(generation);
        self.last = Some(timestamp);
        Admission::Show
    }

    /// A frame that should have been shown was not.
    pub fn interrupt(&mut self) {
        self.interrupted = true;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    /// Packet `n` of a sender, as it comes over a connection with numbers that begin at `first`.
    fn packet(first: u16, n: u16) -> (u16, u32) {
        (first.wrapping_add(n), 4_294_900_000u32.wrapping_add(u32::from(n) * AUDIO_SAMPLES))
    }

    fn admit(splice: &mut AudioSplice, generation: u32, first: u16, n: u16) -> Option<u16> {
        let (sequence, timestamp) = packet(first, n);
        splice.admit(Generation(generation), sequence, timestamp)
    }

    #[test]
    fn sound_goes_on_in_one_sequence_when_the_new_connection_takes_over() {
        let mut splice = AudioSplice::default();
        for n in 0..5 {
            assert_eq!(admit(&mut splice, 1, 65_533, n), Some(65_533u16.wrapping_add(n)));
        }
        assert_eq!(admit(&mut splice, 2, 700, 4), None, "heard already");
        assert_eq!(admit(&mut splice, 2, 700, 5), Some(65_533u16.wrapping_add(5)));
        assert_eq!(admit(&mut splice, 1, 65_533, 5), None, "heard already");
        assert_eq!(admit(&mut splice, 1, 65_533, 6), None, "the newer connection has it");
        assert_eq!(admit(&mut splice, 2, 700, 6), Some(65_533u16.wrapping_add(6)));
    }

    #[test]
    fn late_sound_of_a_slower_old_path_is_still_heard() {
        let mut splice = AudioSplice::default();
        admit(&mut splice, 1, 100, 0);
        assert_eq!(admit(&mut splice, 2, 9_000, 4), Some(104));
        for n in 1..4 {
            assert_eq!(admit(&mut splice, 1, 100, n), Some(100 + n));
        }
        assert_eq!(admit(&mut splice, 1, 100, 4), None);
    }

    #[test]
    fn after_a_long_gap_or_on_another_clock_sound_goes_on_as_after_a_pause() {
        let mut splice = AudioSplice::default();
        admit(&mut splice, 1, 100, 0);
        assert_eq!(admit(&mut splice, 2, 9_000, 60), Some(101));
        assert_eq!(splice.admit(Generation(3), 5, 1_000_000_000), Some(102));
        assert_eq!(splice.admit(Generation(3), 6, 1_000_000_960), Some(103));
        assert_eq!(admit(&mut splice, 2, 9_000, 61), None);
    }

    #[test]
    fn pictures_are_shown_once_and_never_backwards() {
        use Admission::{Duplicate, Show};
        let mut splice = VideoSplice::default();
        let mut admit =
            |generation, timestamp| splice.admit(Generation(generation), timestamp, timestamp == 3000);
        assert_eq!([admit(1, 0), admit(1, 3000), admit(1, 6000)], [Show; 3]);
        // The new connection began with a keyframe that the old one has shown since.
        assert_eq!([admit(2, 3000), admit(2, 6000)], [Duplicate; 2]);
        assert_eq!([admit(1, 9000), admit(2, 9000), admit(2, 12_000)], [Show, Duplicate, Show]);
        assert_eq!([admit(1, 12_000), admit(1, 15_000)], [Duplicate; 2]);
        assert_eq!(admit(3, 3_000_000_000), Show, "another clock");
    }

    #[test]
    fn after_a_frame_that_was_not_shown_either_connection_needs_a_keyframe() {
        let mut splice = VideoSplice::default();
        splice.admit(Generation(1), 0, true);
        splice.interrupt();
        assert_eq!(splice.admit(Generation(2), 3000, false), Admission::NeedsKeyframe);
        assert_eq!(splice.admit(Generation(1), 3000, false), Admission::NeedsKeyframe);
        assert_eq!(splice.admit(Generation(1), 6000, true), Admission::Show);
        assert_eq!(splice.admit(Generation(2), 9000, false), Admission::Show);
    }

    proptest! {
        /// However the packets of two connections interleave, each packet is heard at most once.
        #[test]
        fn every_packet_is_heard_at_most_once(
            offsets in any::<(u16, u16)>(),
            from in 0u16..30,
            order in prop::collection::vec(any::<bool>(), 60..120),
        ) {
            let mut splice = AudioSplice::default();
            let (mut old, mut new) = (0, from);
            let mut heard = std::collections::BTreeSet::new();
            for is_old in order {
                let (generation, first, n) =
                    if is_old { (1, offsets.0, &mut old) } else { (2, offsets.1, &mut new) };
                if admit(&mut splice, generation, first, *n).is_some() {
                    prop_assert!(heard.insert(*n), "packet {} twice", n);
                }
                *n += 1;
            }
        }
    }
}
