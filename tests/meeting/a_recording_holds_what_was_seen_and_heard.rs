//! `holdfast-bot --record`: files that other programs can open, with the sender's tone and pictures in them.

use crate::support::sending;
use holdfast_testkit::tone::Pcm;
use holdfast_testkit::{Bot, Programs};

#[test]
fn a_recording_holds_what_was_seen_and_heard() {
    let programs = Programs::beside_tests();
    let folder = tempfile::tempdir().unwrap();
    let ada = Bot::host(&programs, "Ada", &sending("pattern:120", "tone:440"));
    let mut options = sending("none", "none");
    options.extend(["--record", folder.path().to_str().unwrap()]);
    let mut recorder = Bot::join(&programs, &ada.link(), "Recorder", &options);
    recorder.wait_until_received("Ada", 30, Some(440.0));
    let id = recorder.id_of("Ada");
    let (status, report) = recorder.end();
    assert!(status.success(), "{status}");

    let sound = Pcm::read_wav(&folder.path().join(format!("Ada-{id}.wav"))).unwrap();
    assert!(sound.seconds() > 1.0, "{} s", sound.seconds());
    assert!((sound.dominant_hz() - 440.0).abs() < 5.0, "{} Hz", sound.dominant_hz());

    let pictures = std::fs::read(folder.path().join(format!("Ada-{id}.ivf"))).unwrap();
    assert_eq!(&pictures[..4], b"DKIF");
    assert_eq!(&pictures[8..12], b"VP80");
    let number = |at: usize| u32::from_le_bytes(pictures[at..at + 4].try_into().unwrap());
    assert_eq!(number(12), 320 | 180 << 16, "width and height");
    let frames = u64::from(number(24));
    assert!((30..=report.of("Ada").frames_received).contains(&frames), "{frames} pictures");
}
