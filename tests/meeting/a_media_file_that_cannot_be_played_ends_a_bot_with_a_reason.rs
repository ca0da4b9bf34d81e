//! A bot names a missing media file before it joins, and a corrupt one right after. The others are not disturbed.

use std::path::Path;

use crate::support::sending;
use holdfast_testkit::{Bot, Programs};

fn ending_of(link: &str, options: &[&str]) -> (Option<i32>, String) {
    let bot = Bot::join(&Programs::beside_tests(), link, "Broken", options);
    let (status, lines) = bot.finish_without_report();
    (status.code(), lines.join("\n"))
}

#[test]
fn a_missing_file_is_named_before_joining() {
    let link = format!("holdfast://join/127.0.0.1:1/room#{}", "A".repeat(43));
    for option in [["--video", "/nowhere/film.y4m"], ["--audio", "/nowhere/song.wav"]] {
        let (status, said) = ending_of(&link, &option);
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains("there is no such file"), "{said}");
    }
}

#[test]
fn a_corrupt_file_is_named_and_does_not_disturb_the_others() {
    let programs = Programs::beside_tests();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let video = write("film.y4m", b"YUV4MPEG2 W320 H180 F30:1 C420\nFRAME\ntoo short");
    let audio = write("song.wav", b"RIFF\xff\xff\xff\xffWAVEfmt nothing that follows makes sense");

    let mut ada = Bot::host(&programs, "Ada", &sending("pattern:120", "tone:440"));
    let link = ada.link();
    let mut grace = Bot::join(&programs, &link, "Grace", &sending("pattern:20", "tone:330"));
    grace.wait_until_received("Ada", 5, None);

    let text = |path: &Path| path.to_str().unwrap().to_owned();
    for (options, code) in [
        (["--video", &text(&video), "--audio", "none"], "video_file_invalid"),
        (["--video", "none", "--audio", &text(&audio)], "audio_file_invalid"),
    ] {
        let (status, said) = ending_of(&link, &options);
        assert_eq!(status, Some(1), "{said}");
        assert!(said.contains(&format!("error: {code}:")), "{said}");
    }

    ada.wait_until_received("Grace", 30, Some(330.0));
    for (bot, other) in [(grace, "Ada"), (ada, "Grace")] {
        let (_, report) = bot.end();
        assert!(report.of(other).gaps.is_empty(), "{:?}", report.of(other).gaps);
    }
}
