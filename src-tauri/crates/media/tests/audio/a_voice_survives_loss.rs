//! Opus through the jitter buffer and out as sound, in virtual time: redundancy, concealment, speed, level.

use bytes::Bytes;
use holdfast_media::audio::{
    FRAME, FrameSource, OpusDecoder, OpusEncoder, SAMPLE_RATE, Tone, Voice, dbfs, dominant_hz,
    has_redundancy, jitter::JitterBuffer, packet_samples,
};
use proptest::prelude::*;
use std::{sync::Mutex, time::Duration};

fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

/// Something like a voice: a gliding buzz with formants that opens and closes a few times a second.
fn speech(frames: usize) -> Vec<Vec<f32>> {
    let (mut phase, mut noise) = (0.0f32, 1u32);
    let (mut low, mut high) = (0.0f32, 0.0f32);
    (0..frames)
        .map(|frame| {
            (0..FRAME)
                .map(|n| {
                    let t = (frame * FRAME + n) as f32 / SAMPLE_RATE as f32;
                    let pitch = 120.0 + 25.0 * (t * 4.0).sin();
                    phase = (phase + pitch / SAMPLE_RATE as f32).fract();
                    noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let hiss = ((noise >> 8) as f32 / 8_388_608.0 - 1.0) * 0.02;
                    let buzz = (1.0 - 2.0 * phase) * (0.55 + 0.45 * (t * 9.0).sin()) + hiss;
                    low += 0.12 * (buzz - low);
                    high += 0.12 * (low - high);
                    0.8 * high
                })
                .collect()
        })
        .collect()
}

fn encode(frames: &[Vec<f32>]) -> Vec<Bytes> {
    let mut encoder = OpusEncoder::new().unwrap();
    frames.iter().map(|frame| encoder.encode(frame).unwrap()).collect()
}

/// Sends packets through a jitter buffer and a voice. `delay` says when each packet arrives; `None` means that it is
/// lost.
fn play(
    packets: &[Bytes],
    delay: impl Fn(usize) -> Option<u64>,
    pulls: u64,
    slower: u64,
) -> (Vec<f32>, JitterBuffer) {
    let buffer = Mutex::new(JitterBuffer::new());
    let mut voice = Voice::new().unwrap();
    let mut arrivals: Vec<(u64, usize)> =
        (0..packets.len()).filter_map(|n| Some((n as u64 * 20 + delay(n)?, n))).collect();
    arrivals.sort_unstable();
    let mut arrivals = arrivals.into_iter().peekable();
    let mut heard = Vec::new();
    for pull in 0..pulls {
        // `slower` says how many parts in a thousand the listener's clock is slow.
        let now = pull * 20 + pull * 20 * slower / 1000 + 7;
        while let Some((at, n)) = arrivals.next_if(|&(at, _)| at <= now) {
            let samples = packet_samples(&packets[n]).unwrap();
            let payload = packets[n].clone();
            buffer.lock().unwrap().insert(n as u16, n as u32 * 960, payload, samples, ms(at));
        }
        let mut out = [f32::NAN; FRAME];
        voice.pull(&buffer, ms(now), &mut out);
        assert!(out.iter().all(|s| s.is_finite() && s.abs() <= 2.0));
        heard.extend(out);
    }
    (heard, buffer.into_inner().unwrap())
}

fn snr(reference: &[f32], heard: &[f32]) -> f32 {
    let signal: f32 = reference.iter().map(|s| s * s).sum();
    let error: f32 = reference.iter().zip(heard).map(|(a, b)| (a - b) * (a - b)).sum();
    10.0 * (signal / error.max(1e-9)).log10()
}

#[test]
fn redundancy_sounds_better_than_concealment() {
    let packets = encode(&speech(500));
    let redundant = packets.iter().filter(|packet| has_redundancy(packet)).count();
    assert!(redundant > 250, "only {redundant} of 500 packets carry redundancy");
    let lost = |n: usize| n > 20 && (n * 7919) % 10 == 3;

    let mut decoder = OpusDecoder::new().unwrap();
    let mut whole = Vec::new();
    packets.iter().for_each(|packet| assert!(decoder.decode(packet, &mut whole)));

    let mut concealing = OpusDecoder::new().unwrap();
    let mut concealed = Vec::new();
    for (n, packet) in packets.iter().enumerate() {
        let done = if lost(n) {
            concealing.conceal(FRAME, &mut concealed)
        } else {
            concealing.decode(packet, &mut concealed)
        };
        assert!(done);
    }

    // Each packet arrives in the middle between two pulls, so that the speed stays unchanged and the waves can be
    // compared.
    let (heard, buffer) = play(&packets, |n| (!lost(n)).then_some(10), 505, 0);
    let counts = buffer.counts();
    assert_eq!(counts.lost, (0..500).filter(|&n| lost(n)).count() as u64);
    assert!(counts.recovered * 2 > counts.lost, "{counts:?}");
    // The jitter buffer delays by whole frames; the voice rises over the first one.
    let delay = (0..6).max_by(|a, b| {
        let at = |d: &usize| snr(&whole[4 * FRAME..15 * FRAME], &heard[(4 + d) * FRAME..(15 + d) * FRAME]);
        at(a).total_cmp(&at(b))
    });
    let offset = delay.unwrap() * FRAME;
    let with = snr(&whole[4 * FRAME..490 * FRAME], &heard[4 * FRAME + offset..490 * FRAME + offset]);
    let without = snr(&whole[4 * FRAME..490 * FRAME], &concealed[4 * FRAME..490 * FRAME]);
    println!("10 % lost: {without:.1} dB concealed, {with:.1} dB with redundancy");
    assert!(with > without + 3.0, "{without:.1} dB concealed, {with:.1} dB with redundancy");
}

#[test]
fn a_tone_keeps_frequency_and_level_through_jitter_and_a_little_loss() {
    let mut tone = Tone::new(440.0);
    let frames: Vec<Vec<f32>> = (0..400)
        .map(|_| {
            let mut frame = [0.0; FRAME];
            tone.next_frame(&mut frame).unwrap();
            frame.to_vec()
        })
        .collect();
    let (heard, _) = play(&encode(&frames), |n| (n % 50 != 49).then_some((n as u64 * 13) % 40), 400, 0);
    let part = &heard[100 * FRAME..350 * FRAME];
    assert!((dbfs(part) - dbfs(&frames[0])).abs() < 1.0, "{} dBFS became {}", dbfs(&frames[0]), dbfs(part));
    for window in part.chunks_exact(5 * FRAME) {
        let hz = dominant_hz(window, SAMPLE_RATE);
        assert!((hz - 440.0).abs() < 8.0, "{hz} Hz");
    }
}

#[test]
fn clocks_that_drift_apart_are_followed_without_a_gap() {
    // A listener 0.5 % slow would have 300 ms too much after a minute; one 0.5 % fast would run dry.
    let packets = encode(&speech(3000));
    let (_, slow) = play(&packets, |_| Some(10), 2980, 5);
    assert!(slow.buffered() - slow.target() < 4800, "{} ms wait", slow.buffered() / 48);
    assert_eq!(slow.counts().overflow, 0);
    // The sender seems slow when each packet comes later than the one before.
    let (heard, fast) = play(&packets, |n| Some(n as u64 / 10), 2980, 0);
    assert!(dbfs(&heard[2900 * FRAME..]) > -40.0);
    assert!(fast.counts().concealed() < 0.002, "{:?}", fast.counts());
}

#[test]
fn a_mute_ends_in_silence_and_the_voice_comes_back_without_a_click() {
    let packets = encode(&speech(100));
    let buffer = Mutex::new(JitterBuffer::new());
    let mut voice = Voice::new().unwrap();
    let mut heard = Vec::new();
    for pull in 0..250u64 {
        let sent =
            if pull < 50 { Some(pull) } else { pull.checked_sub(150).map(|n| n + 50).filter(|&n| n < 100) };
        if let Some(n) = sent {
            let payload = packets[n as usize].clone();
            buffer.lock().unwrap().insert(n as u16, pull as u32 * 960, payload, 960, ms(pull * 20));
        }
        let mut out = [0.0; FRAME];
        voice.pull(&buffer, ms(pull * 20), &mut out);
        heard.extend(out);
    }
    assert!(heard[60 * FRAME..150 * FRAME].iter().all(|&s| s == 0.0), "the pause is not silent");
    assert!(dbfs(&heard[155 * FRAME..190 * FRAME]) > -40.0);
    let steepest = heard.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
    assert!(steepest < 0.2, "a click of {steepest}");
    assert_eq!(buffer.into_inner().unwrap().counts().concealed_samples, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// For any bytes, the voice makes 20 ms of finite sound.
    #[test]
    fn damaged_packets_make_finite_sound(
        packets in prop::collection::vec((prop::collection::vec(any::<u8>(), 1..200), any::<u16>()), 1..60),
    ) {
        let buffer = Mutex::new(JitterBuffer::new());
        let mut voice = Voice::new().unwrap();
        for (n, (bytes, sequence)) in packets.into_iter().enumerate() {
            let now = ms(n as u64 * 20);
            if let Some(samples) = packet_samples(&bytes) {
                let position = sequence % 80;
                buffer.lock().unwrap().insert(position, u32::from(position) * 960, bytes.into(), samples, now);
            }
            let mut out = [f32::NAN; FRAME];
            voice.pull(&buffer, now, &mut out);
            prop_assert!(out.iter().all(|s| s.is_finite()));
            prop_assert!(voice.ahead() <= 2 * 5760);
        }
    }
}
