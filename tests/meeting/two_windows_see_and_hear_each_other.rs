//! Two app windows on two displays with two sound servers. What is said into the microphone of one comes out of the
//! speaker of the other, and each shows the moving picture of the other.

use crate::support::screen::assert_plays;
use crate::support::{hosting, joining};
use holdfast_testkit::pulse::Pulse;
use holdfast_testkit::tone::Pcm;
use holdfast_testkit::{AppOptions, AppWindow, Desktop, Programs};

/// Longer than the test takes, in seconds.
const SPEECH: f64 = 120.0;

#[tokio::test(flavor = "multi_thread")]
async fn two_windows_see_and_hear_each_other() {
    let programs = Programs::beside_tests();
    let folder = tempfile::tempdir().unwrap();
    let (left, right) = (Desktop::start(1280, 800), Desktop::start(1280, 800));
    let (left_sound, right_sound) = (Pulse::start().unwrap(), Pulse::start().unwrap());

    let options = options(&hosting("Ada", "pattern:120", "microphone"), &left_sound);
    let ada = AppWindow::open(&programs, &left, &options).await;
    let link = ada.link();
    let options = self::options(&joining(&link, "Grace", "pattern:300", "microphone"), &right_sound);
    let grace = AppWindow::open(&programs, &right, &options).await;

    let ada_tiles = ada.wait_for_pictures(2, 30).await;
    let grace_tiles = grace.wait_for_pictures(2, 30).await;
    assert_plays(&left, &ada, &ada_tiles, &[("Ada", 120.0), ("Grace", 300.0)]).await;
    assert_plays(&right, &grace, &grace_tiles, &[("Ada", 120.0), ("Grace", 300.0)]).await;

    for (from, to, hz) in [(&left_sound, &right_sound, 440.0), (&right_sound, &left_sound, 587.0)] {
        let speech = folder.path().join(format!("{hz}.wav"));
        Pcm::tone(hz, SPEECH, 0.4, 48_000).write_wav(&speech, 1).unwrap();
        let speaker = to.client().record().unwrap();
        let _speaking = from.client().play(&speech).unwrap();
        let heard = speaker.wait_for(1.0, |heard| (heard.dominant_hz() - hz).abs() < hz * 0.02).unwrap();
        assert!(heard.dbfs() > -40.0, "{} dBFS", heard.dbfs());
    }
    ada.close().await;
    grace.close().await;
}

fn options(arguments: &[&str], sound: &Pulse) -> AppOptions {
    let options = AppOptions::new(arguments);
    sound.env().iter().fold(options, |options, (name, value)| options.with(name, value))
}
