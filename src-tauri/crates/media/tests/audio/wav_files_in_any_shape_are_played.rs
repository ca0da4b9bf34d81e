//! WAV files in any shape are played at 48 kHz; files that are none are refused with a reason.

use holdfast_media::audio::{AudioError, FRAME, FrameSource, WavLoop, WavWriter};
use holdfast_testkit::tone::Pcm;
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn frames(source: &mut WavLoop, count: usize) -> Pcm {
    let mut samples = Vec::new();
    for _ in 0..count {
        let mut frame = [0.0; FRAME];
        source.next_frame(&mut frame).unwrap();
        samples.extend(frame);
    }
    Pcm { rate: 48_000, samples }
}

fn write(path: &Path, spec: hound::WavSpec, tone: &Pcm) {
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for sample in &tone.samples {
        for channel in 0..spec.channels {
            // Only the first channel sounds, so that a wrong mix shows in the level.
            let sample = if channel == 0 { *sample } else { 0.0 };
            match spec.sample_format {
                hound::SampleFormat::Float => writer.write_sample(sample).unwrap(),
                hound::SampleFormat::Int => {
                    let full = ((1i64 << (spec.bits_per_sample - 1)) - 1) as f32;
                    writer.write_sample((sample * full) as i32).unwrap();
                }
            }
        }
    }
    writer.finalize().unwrap();
}

#[test]
fn any_rate_any_channels_any_depth() {
    use hound::SampleFormat::{Float, Int};
    let folder = folder();
    let path = folder.path().join("tone.wav");
    for (rate, channels, bits, format) in [
        (48_000, 1, 16, Int),
        (44_100, 2, 16, Int),
        (8_000, 1, 8, Int),
        (16_000, 1, 24, Int),
        (22_050, 1, 32, Float),
        (96_000, 2, 32, Int),
        (11_025, 1, 16, Int),
        (47_999, 1, 16, Int),
        (192_000, 6, 24, Int),
    ] {
        // 500 Hz is whole in a second, so the loop has no seam.
        let tone = Pcm::tone(500.0, 1.0, 0.5, rate);
        write(
            &path,
            hound::WavSpec { channels, sample_rate: rate, bits_per_sample: bits, sample_format: format },
            &tone,
        );
        let mut source = WavLoop::open(&path).unwrap();
        let heard = frames(&mut source, 125).part(0.2, 2.5);
        let name = format!("{rate} Hz, {channels} channels, {bits} bits {format:?}");
        assert!((heard.dominant_hz() - 500.0).abs() < 1.0, "{name}: {} Hz", heard.dominant_hz());
        let expected = tone.dbfs() - 20.0 * f64::from(channels).log10();
        assert!((heard.dbfs() - expected).abs() < 0.5, "{name}: {} dBFS, not {expected}", heard.dbfs());
        assert!(heard.longest_silence(-50.0) < 0.01, "{name}: a gap of {} s", heard.longest_silence(-50.0));
    }
}

#[test]
fn a_file_shorter_than_a_frame_is_repeated() {
    let folder = folder();
    let path = folder.path().join("short.wav");
    Pcm::tone(1000.0, 0.005, 0.5, 48_000).write_wav(&path, 1).unwrap();
    let heard = frames(&mut WavLoop::open(&path).unwrap(), 50);
    assert!((heard.dominant_hz() - 1000.0).abs() < 1.0);
    assert!(heard.longest_silence(-40.0) < 0.01);
}

fn refused(path: &Path) -> AudioError {
    WavLoop::open(path).err().unwrap()
}

#[test]
fn what_is_no_sound_file_is_refused_with_a_reason() {
    let folder = folder();
    let path = folder.path().join("x.wav");
    assert_eq!(refused(&path), AudioError::FileNotFound);
    assert_eq!(refused(&path).code(), "audio_file_not_found");
    assert!(matches!(refused(folder.path()), AudioError::FileUnreadable | AudioError::FileCorrupt));

    std::fs::write(&path, b"").unwrap();
    assert_eq!(refused(&path), AudioError::FileCorrupt);
    std::fs::write(&path, b"ID3 this is some other kind of file, and rather longer than a header").unwrap();
    assert_eq!(refused(&path), AudioError::FileCorrupt);

    Pcm::tone(440.0, 1.0, 0.5, 48_000).write_wav(&path, 1).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for cut in [10, 30, 44, 1000, whole.len() - 2] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        assert_eq!(refused(&path), AudioError::FileCorrupt, "cut to {cut} bytes");
    }
    Pcm { rate: 48_000, samples: Vec::new() }.write_wav(&path, 1).unwrap();
    assert_eq!(refused(&path), AudioError::FileCorrupt, "no samples");
    // A rate of one: no microphone has it.
    let mut slow = whole.clone();
    slow[24..28].copy_from_slice(&1u32.to_le_bytes());
    slow[28..32].copy_from_slice(&2u32.to_le_bytes());
    std::fs::write(&path, slow).unwrap();
    assert_eq!(refused(&path), AudioError::FileUnsupported);
    // 2 is ADPCM: compressed.
    let mut compressed = whole;
    compressed[20] = 2;
    std::fs::write(&path, compressed).unwrap();
    assert!(matches!(refused(&path), AudioError::FileUnsupported | AudioError::FileCorrupt));
}

proptest! {
    /// Damage anywhere in the file is an error or another sound, never a panic and never an endless loop.
    #[test]
    fn damage_never_panics(changes in prop::collection::vec((0usize..120, any::<u8>()), 1..6), cut in 0usize..3000) {
        let folder = folder();
        let path = folder.path().join("x.wav");
        Pcm::tone(440.0, 0.02, 0.5, 44_100).write_wav(&path, 2).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        for (at, value) in changes {
            bytes[at] = value;
        }
        bytes.truncate(bytes.len() - cut.min(bytes.len()) / 2);
        std::fs::write(&path, bytes).unwrap();
        if let Ok(mut source) = WavLoop::open(&path) {
            for _ in 0..20 {
                let mut frame = [f32::NAN; FRAME];
                if source.next_frame(&mut frame).is_err() {
                    break;
                }
                prop_assert!(frame.iter().all(|s| s.is_finite()));
            }
        }
    }
}

#[test]
fn a_recording_is_whole_once_it_is_dropped() {
    let folder = folder();
    let path = folder.path().join("out.wav");
    let tone = Pcm::tone(880.0, 1.0, 0.5, 48_000);
    let mut writer = WavWriter::create(&path).unwrap();
    tone.samples.chunks(FRAME).for_each(|frame| writer.write(frame));
    drop(writer);
    let read = Pcm::read_wav(&path).unwrap();
    assert_eq!(read.samples.len(), 48_000);
    assert!((read.dominant_hz() - 880.0).abs() < 0.5);
    let nowhere = WavWriter::create(&PathBuf::from("/nonexistent/out.wav")).err();
    assert_eq!(nowhere, Some(AudioError::FileUnwritable));
}
