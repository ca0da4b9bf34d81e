//! What is encoded can be decoded and looks the same, and the encoder does what it is told.

use crate::support::{alike, frame_time, pattern_frame, pixel, psnr, scene};
use holdfast_media::video::{
    DecodeError, EncodeError, EncodedFrame, FrameHeader, I420Frame, Vp8Decoder, Vp8Encoder, pattern,
};

/// A picture that no encoder can predict, to use up any bit rate.
fn noise(index: u32) -> I420Frame {
    let mut frame = scene(640, 360, index);
    let mut state = index.wrapping_mul(2_654_435_761) | 1;
    for level in &mut frame.y {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        *level = level.wrapping_add((state >> 28) as u8);
    }
    frame
}

fn encode_noise(encoder: &mut Vp8Encoder, frames: std::ops::Range<u32>) -> Vec<EncodedFrame> {
    frames.filter_map(|index| encoder.encode(&noise(index), false).unwrap()).collect()
}

fn kbps(frames: &[EncodedFrame], seconds: u32) -> f64 {
    frames.iter().map(|frame| frame.data.len() as f64 * 8.0).sum::<f64>() / f64::from(seconds) / 1000.0
}

#[test]
fn the_pattern_survives_at_every_size() {
    for (width, height, bitrate) in [(1280, 720, 1500), (640, 360, 500), (320, 180, 150)] {
        let mut encoder = Vp8Encoder::new(width, height, 30, bitrate).unwrap();
        let mut decoder = Vp8Decoder::new();
        for index in 0..20 {
            let frame = pattern_frame(width, height, 200, index);
            let Some(encoded) = encoder.encode(&frame, false).unwrap() else { continue };
            assert_eq!((u32::from(encoded.width), u32::from(encoded.height)), (width, height));
            assert_eq!(encoded.keyframe, index == 0);
            let decoded = decoder.decode(&encoded.data).unwrap().unwrap();
            assert!(
                psnr(&frame, &decoded) > 32.0,
                "{width}x{height} frame {index}: {}",
                psnr(&frame, &decoded)
            );
            assert_eq!(pattern::read_counter(&decoded), Some(index as u16));
            let background = pixel(&decoded, 2, height - 2);
            assert!(
                alike(background, pattern::background_yuv(200)),
                "{width}x{height} {index}: {background:?}"
            );
        }
    }
}

#[test]
fn moving_texture_survives() {
    let mut encoder = Vp8Encoder::new(640, 360, 30, 3000).unwrap();
    let mut decoder = Vp8Decoder::new();
    let mut decoded_frames = 0;
    for index in 0..60 {
        let frame = scene(640, 360, index);
        let Some(encoded) = encoder.encode(&frame, false).unwrap() else { continue };
        let decoded = decoder.decode(&encoded.data).unwrap().unwrap();
        assert!(psnr(&frame, &decoded) > 27.0, "frame {index}: {}", psnr(&frame, &decoded));
        decoded_frames += 1;
    }
    assert!(decoded_frames > 40);
}

#[test]
fn odd_sizes_survive() {
    let mut encoder = Vp8Encoder::new(161, 91, 30, 500).unwrap();
    let frame = scene(161, 91, 0);
    let encoded = encoder.encode(&frame, false).unwrap().unwrap();
    let decoded = Vp8Decoder::new().decode(&encoded.data).unwrap().unwrap();
    assert!(decoded.is_consistent());
    assert!(psnr(&frame, &decoded) > 27.0);
}

#[test]
fn timestamps_are_on_the_90_khz_clock_and_always_grow() {
    let mut encoder = Vp8Encoder::new(64, 48, 30, 200).unwrap();
    let mut frame = scene(64, 48, 30);
    let first = encoder.encode(&frame, false).unwrap().unwrap();
    assert_eq!(first.timestamp, 90_000);
    // A source whose clock stands still or goes back must not stop the stream.
    let second = encoder.encode(&frame, true).unwrap().unwrap();
    frame.captured_at = frame_time(0);
    let third = encoder.encode(&frame, true).unwrap().unwrap();
    assert!(first.timestamp < second.timestamp && second.timestamp < third.timestamp);
}

#[test]
fn a_keyframe_comes_when_asked_for_and_only_then() {
    let mut encoder = Vp8Encoder::new(320, 180, 30, 300).unwrap();
    let mut keyframes = Vec::new();
    for index in 0..90 {
        let asked = index == 40 || index == 41;
        if let Some(encoded) = encoder.encode(&pattern_frame(320, 180, 0, index), asked).unwrap()
            && encoded.keyframe
        {
            let header = FrameHeader::parse(&encoded.data).unwrap();
            assert!(header.keyframe && header.size == Some((320, 180)));
            keyframes.push(index);
        }
    }
    assert_eq!(keyframes, [0, 40, 41]);
}

#[test]
fn a_keyframe_comes_at_once_even_while_the_rate_control_drops_pictures() {
    // Noise at the lowest bit rate: most pictures are dropped.
    let mut encoder = Vp8Encoder::new(640, 360, 30, 30).unwrap();
    let mut dropped = 0;
    let mut frames = Vec::new();
    for index in 0..120 {
        match encoder.encode(&scene(640, 360, index * 7), index == 60).unwrap() {
            Some(encoded) => frames.push((index, encoded.keyframe)),
            None => dropped += 1,
        }
    }
    assert!(dropped > 0, "the test needs a bit rate that drops pictures");
    assert!(frames.contains(&(60, true)), "{frames:?}");
}

#[test]
fn the_bit_rate_follows_within_a_second_and_without_a_keyframe() {
    let mut encoder = Vp8Encoder::new(640, 360, 30, 1500).unwrap();
    let high = encode_noise(&mut encoder, 0..150);
    encoder.set_bitrate(400).unwrap();
    let settling = encode_noise(&mut encoder, 150..180);
    let low = encode_noise(&mut encoder, 180..300);
    encoder.set_bitrate(1500).unwrap();
    encode_noise(&mut encoder, 300..330);
    let high_again = encode_noise(&mut encoder, 330..450);
    for (frames, seconds, target) in [(&high[30..], 4, 1500.0), (&low, 4, 400.0), (&high_again, 4, 1500.0)] {
        let rate = kbps(frames, seconds);
        assert!((target * 0.7..target * 1.3).contains(&rate), "{rate} for {target}");
    }
    assert!(settling.iter().chain(&low).chain(&high_again).all(|frame| !frame.keyframe));
}

#[test]
fn a_change_of_size_goes_on_with_a_keyframe() {
    let mut encoder = Vp8Encoder::new(320, 180, 30, 500).unwrap();
    let mut decoder = Vp8Decoder::new();
    for (index, (width, height)) in [(320, 180), (640, 360), (160, 90), (162, 90)].into_iter().enumerate() {
        for step in 0..3 {
            let frame = pattern_frame(width, height, 90, index as u32 * 3 + step);
            let Some(encoded) = encoder.encode(&frame, false).unwrap() else { continue };
            assert_eq!(encoded.keyframe, step == 0);
            let decoded = decoder.decode(&encoded.data).unwrap().unwrap();
            assert_eq!((decoded.width, decoded.height), (width, height));
            assert!(psnr(&frame, &decoded) > 30.0);
        }
    }
}

#[test]
fn a_lost_frame_blurs_and_heals_at_the_next_keyframe() {
    let mut encoder = Vp8Encoder::new(640, 360, 30, 1500).unwrap();
    let mut decoder = Vp8Decoder::new();
    let mut last = 0.0;
    for index in 0..40 {
        let frame = scene(640, 360, index);
        let Some(encoded) = encoder.encode(&frame, index == 30).unwrap() else { continue };
        if index == 10 || index == 11 {
            continue;
        }
        let decoded = decoder.decode(&encoded.data).unwrap().unwrap();
        last = psnr(&frame, &decoded);
        assert!(index < 30 || last > 25.0, "frame {index}: {last}");
    }
    assert!(last > 25.0);
}

#[test]
fn a_decoder_says_what_it_needs_and_what_it_refuses() {
    let mut encoder = Vp8Encoder::new(64, 48, 30, 200).unwrap();
    let keyframe = encoder.encode(&scene(64, 48, 0), false).unwrap().unwrap();
    let between = encoder.encode(&scene(64, 48, 1), false).unwrap().unwrap();
    let mut decoder = Vp8Decoder::new();
    assert_eq!(decoder.decode(&between.data), Err(DecodeError::NeedKeyframe));
    assert_eq!(decoder.decode(&[]), Err(DecodeError::Damaged));
    assert_eq!(decoder.decode(b"RIFF, not VP8"), Err(DecodeError::Damaged));
    let mut huge = keyframe.data.to_vec();
    huge[6..10].copy_from_slice(&[0xff, 0x3f, 0xff, 0x3f]);
    assert_eq!(decoder.decode(&huge), Err(DecodeError::TooLarge));
    assert_eq!(decoder.decode(&vec![0; 17 << 20]), Err(DecodeError::TooLarge));
    assert!(decoder.decode(&keyframe.data).unwrap().is_some(), "none of that harmed the decoder");
    assert!(decoder.decode(&between.data).unwrap().is_some());
}

#[test]
fn an_encoder_refuses_pictures_that_are_none() {
    assert_eq!(Vp8Encoder::new(0, 10, 30, 100).unwrap_err(), EncodeError::Picture);
    assert_eq!(Vp8Encoder::new(20_000, 10, 30, 100).unwrap_err(), EncodeError::Picture);
    let mut encoder = Vp8Encoder::new(64, 48, 30, 100).unwrap();
    let lying = I420Frame { width: 640, ..scene(64, 48, 0) };
    assert_eq!(encoder.encode(&lying, false), Err(EncodeError::Picture));
    let empty = I420Frame::filled(0, 0, [0; 3]);
    assert_eq!(encoder.encode(&empty, false), Err(EncodeError::Picture));
    assert!(encoder.encode(&scene(64, 48, 0), false).unwrap().is_some());
}
