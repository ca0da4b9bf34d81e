//! The jitter buffer under every path a network can think of, in virtual time.

use bytes::Bytes;
use holdfast_media::audio::jitter::{Arrival, JitterBuffer, JitterCounts, Sound, Stretch};
use proptest::prelude::*;
use std::time::Duration;

/// First byte of a CELT packet, which carries no redundancy; the packet's number follows.
const CELT: u8 = 0xf8;

fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

/// What one packet meets on its way.
#[derive(Debug, Clone, Copy)]
struct Fate {
    /// Milliseconds on the way; `None` when lost.
    delay: Option<u64>,
    twice: bool,
}

const FINE: Fate = Fate { delay: Some(30), twice: false };

/// Sends `fates`, one packet per 20 ms from `sequence` and `timestamp` on, silent for `pause` ms before packet
/// `pause_at`; pulls 20 ms at a time until a second after the last one.
fn run(
    fates: &[Fate],
    sequence: u16,
    timestamp: u32,
    pause_at: usize,
    pause: u64,
) -> (Vec<Sound>, JitterCounts) {
    let mut arrivals = Vec::new();
    for (n, fate) in fates.iter().enumerate() {
        let sent = n as u64 * 20 + if n >= pause_at { pause } else { 0 };
        for copy in 0..=u64::from(fate.twice) {
            if let Some(delay) = fate.delay {
                arrivals.push((sent + delay + copy, n, sent));
            }
        }
    }
    arrivals.sort();
    let mut arrivals = arrivals.into_iter().peekable();
    let mut buffer = JitterBuffer::new();
    let (mut sounds, mut ahead) = (Vec::new(), 0i64);
    let end = fates.len() as u64 * 20 + pause + 1000;
    for now in (5..end).step_by(20) {
        while let Some((at, n, sent)) = arrivals.next_if(|&(at, ..)| at <= now) {
            let mut payload = vec![CELT];
            payload.extend((n as u32).to_le_bytes());
            let timestamp = timestamp.wrapping_add(sent as u32 * 48);
            buffer.insert(sequence.wrapping_add(n as u16), timestamp, Bytes::from(payload), 960, ms(at));
            assert!(buffer.waiting_packets() <= 100);
        }
        while ahead < 960 {
            let (sound, stretch) = buffer.next(ms(now));
            // A stretch changes a packet by about a pitch period.
            let change = match (&sound, stretch) {
                (Sound::Packet(_), Stretch::Shorten { .. }) => -240,
                (Sound::Packet(_), Stretch::Lengthen) => 240,
                _ => 0,
            };
            ahead += 960 + change;
            sounds.push(sound);
        }
        ahead -= 960;
    }
    (sounds, buffer.counts())
}

fn numbers(sounds: &[Sound]) -> Vec<u32> {
    sounds
        .iter()
        .filter_map(|sound| match sound {
            Sound::Packet(packet) => Some(u32::from_le_bytes(packet[1..5].try_into().unwrap())),
            _ => None,
        })
        .collect()
}

fn fate() -> impl Strategy<Value = Fate> {
    (prop_oneof![1 => Just(None), 9 => (0u64..400).prop_map(Some)], prop::bool::weighted(0.1))
        .prop_map(|(delay, twice)| Fate { delay, twice })
}

proptest! {
    /// Lost, reordered, doubled, bursting, wrapping: what is heard is in order, each packet at most once, and
    /// every packet is accounted for.
    #[test]
    fn what_is_heard_is_in_order_and_never_twice(
        fates in prop::collection::vec(fate(), 1..300),
        sequence: u16,
        timestamp: u32,
        pause_at in 0usize..300,
        pause in prop_oneof![Just(0u64), 0u64..5000],
    ) {
        let (sounds, counts) = run(&fates, sequence, timestamp, pause_at, pause);
        let heard = numbers(&sounds);
        prop_assert!(heard.windows(2).all(|pair| pair[0] < pair[1]), "{heard:?}");
        let doubled = fates.iter().filter(|fate| fate.delay.is_some() && fate.twice).count() as u64;
        let arrived = fates.iter().filter(|fate| fate.delay.is_some()).count() as u64;
        prop_assert_eq!(counts.received, arrived + doubled);
        prop_assert!(counts.duplicate + counts.astray >= doubled);
        prop_assert!(heard.len() as u64 + counts.late + counts.overflow + counts.duplicate + counts.astray <= counts.received);
        prop_assert!((0.0..=1.0).contains(&counts.concealed()));
    }

    /// Without loss and with jitter within what was seen before, nothing is made up.
    #[test]
    fn a_known_jitter_is_absorbed(delays in prop::collection::vec(0u64..60, 400), sequence: u16, timestamp: u32) {
        let mut fates: Vec<Fate> = delays.into_iter().map(|d| Fate { delay: Some(d), twice: false }).collect();
        // The first packets teach the spread.
        for (n, fate) in fates.iter_mut().enumerate().take(8) {
            fate.delay = Some(if n % 2 == 0 { 60 } else { 0 });
        }
        let (sounds, counts) = run(&fates, sequence, timestamp, 0, 0);
        prop_assert!(counts.concealed() < 0.03, "{counts:?}");
        prop_assert!(numbers(&sounds).len() >= 388);
    }

    /// No order of calls, however hostile, breaks a bound or stops the sound.
    #[test]
    fn any_numbers_at_any_time_are_survived(
        calls in prop::collection::vec((any::<u16>(), any::<u32>(), any::<u32>(), 0u64..500, any::<bool>()), 0..400),
    ) {
        let mut buffer = JitterBuffer::new();
        let mut now = 0;
        for (sequence, timestamp, samples, pass, near) in calls {
            now += pass;
            // Half of the numbers are near each other, so that they are believed.
            let sequence = if near { sequence % 64 } else { sequence };
            buffer.insert(sequence, timestamp, Bytes::from_static(&[CELT, 0]), samples, ms(now));
            prop_assert!(buffer.waiting_packets() <= 100);
            prop_assert!((1440..=19_200).contains(&buffer.target()));
            let (sound, _) = buffer.next(ms(now));
            let lasting = match sound {
                Sound::Packet(_) => 1,
                Sound::Recover { samples, .. } | Sound::Conceal { samples, .. } | Sound::Silence { samples } => samples,
            };
            prop_assert!((1..=5760).contains(&lasting));
            prop_assert!((0.0..=1.0).contains(&buffer.counts().concealed()));
        }
    }
}

#[test]
fn a_perfect_path_is_played_whole_over_both_wraps() {
    let (sounds, counts) = run(&[FINE; 200], 65_500, u32::MAX - 50_000, 0, 0);
    assert_eq!(numbers(&sounds), (0..200).collect::<Vec<_>>());
    assert_eq!((counts.lost, counts.late, counts.concealed()), (0, 0, 0.0), "{counts:?}");
    // From the first packet to the last there is nothing in between.
    let first = sounds.iter().position(|s| matches!(s, Sound::Packet(_))).unwrap();
    assert!(sounds[first..first + 200].iter().all(|s| matches!(s, Sound::Packet(_))));
}

#[test]
fn a_remote_that_mutes_for_long_has_concealed_nothing() {
    for pause in [60, 200, 3_000, 600_000] {
        let (sounds, counts) = run(&[FINE; 100], 65_530, u32::MAX - 9_600, 50, pause);
        assert_eq!(numbers(&sounds).len(), 100);
        assert_eq!((counts.lost, counts.concealed_samples), (0, 0), "after {pause} ms: {counts:?}");
        let concealed = sounds.iter().filter(|s| matches!(s, Sound::Conceal { .. })).count();
        assert!(concealed <= 10, "{concealed} pieces were hummed into a pause of {pause} ms");
    }
}

#[test]
fn a_stalled_path_is_concealment_and_not_silence_on_purpose() {
    let mut fates = [FINE; 100];
    // Everything sent during 400 ms arrives at the end of them.
    for (n, fate) in fates.iter_mut().enumerate().take(70).skip(50) {
        fate.delay = Some(30 + (70 - n as u64) * 20);
    }
    let (sounds, counts) = run(&fates, 0, 0, 0, 0);
    assert_eq!(numbers(&sounds).len(), 100);
    assert_eq!(counts.lost, 0);
    assert!((300 * 48..=460 * 48).contains(&counts.concealed_samples), "{counts:?}");
}

#[test]
fn lost_packets_are_concealed_in_place_and_counted_once() {
    let mut fates = [FINE; 200];
    for n in (20..200).step_by(10) {
        fates[n].delay = None;
    }
    let (sounds, counts) = run(&fates, 100, 5, 0, 0);
    assert_eq!(counts.lost, 18);
    assert_eq!(counts.concealed_samples, 18 * 960);
    assert!((counts.concealed() - 0.09).abs() < 0.001);
    let conceals = sounds.iter().filter(|s| matches!(s, Sound::Conceal { run: 1, .. })).count();
    assert!(conceals >= 18);
}

#[test]
fn a_loss_during_a_pause_does_not_turn_the_pause_into_loss() {
    let mut fates = [FINE; 100];
    fates[49].delay = None;
    let (_, counts) = run(&fates, 7, 7, 50, 2000);
    assert_eq!(counts.lost, 1);
    assert!(counts.concealed_samples <= 960, "{counts:?}");
}

#[test]
fn a_late_packet_is_told_from_a_double_one() {
    let mut buffer = JitterBuffer::new();
    let insert = |buffer: &mut JitterBuffer, n: u16, now| {
        buffer.insert(n, u32::from(n) * 960, Bytes::from_static(&[CELT, 0]), 960, ms(now))
    };
    for n in [0, 1, 2, 4, 5, 6] {
        assert_eq!(insert(&mut buffer, n, 20 * u64::from(n)), Arrival::Kept);
    }
    assert_eq!(insert(&mut buffer, 5, 130), Arrival::Duplicate);
    for now in 0..5 {
        buffer.next(ms(140 + now * 20));
    }
    assert_eq!(insert(&mut buffer, 3, 250), Arrival::Late);
    assert_eq!(insert(&mut buffer, 1, 250), Arrival::Duplicate);
    assert_eq!((buffer.counts().late, buffer.counts().duplicate), (1, 2));
}

#[test]
fn a_burst_is_bounded_and_the_delay_comes_back_down() {
    let mut buffer = JitterBuffer::new();
    let insert = |buffer: &mut JitterBuffer, n: u64, now| {
        buffer.insert(n as u16, n as u32 * 960, Bytes::from_static(&[CELT, 0]), 960, ms(now));
    };
    for n in 0..10 {
        insert(&mut buffer, n, n * 20);
        buffer.next(ms(n * 20));
    }
    // The machine slept for five seconds; everything comes at once.
    for n in 10..260 {
        insert(&mut buffer, n, 5200);
    }
    assert_eq!(buffer.waiting_packets(), 100);
    assert!(buffer.counts().overflow >= 150);
    for n in 0..100 {
        insert(&mut buffer, 260 + n, 5220 + n * 20);
        buffer.next(ms(5220 + n * 20));
    }
    let excess = buffer.buffered() - buffer.target();
    assert!(excess <= 14_400, "{} ms wait, {} ms are wanted", buffer.buffered() / 48, buffer.target() / 48);
}

#[test]
fn a_sender_that_begins_anew_is_followed() {
    for restart_at in [40_000u16, 180] {
        let mut buffer = JitterBuffer::new();
        let mut heard = 0;
        for n in 0..400u64 {
            let sequence = if n < 200 { n as u16 } else { restart_at.wrapping_add(n as u16 - 200) };
            let timestamp =
                if n < 200 { n as u32 * 960 } else { 3_000_000_000u32.wrapping_add(n as u32 * 960) };
            buffer.insert(sequence, timestamp, Bytes::from_static(&[CELT, 0]), 960, ms(n * 20));
            heard += u32::from(matches!(buffer.next(ms(n * 20)).0, Sound::Packet(_)));
        }
        assert!(heard > 320, "restart at {restart_at}: only {heard} of 400 heard, {:?}", buffer.counts());
        assert!(buffer.counts().concealed() < 0.1, "{:?}", buffer.counts());
    }
}
