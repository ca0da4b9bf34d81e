//! The speaker is unplugged in a call. The window says so until it is plugged in again and plays on.

use crate::support::{hosting, sending};
use holdfast_testkit::pulse::{MICROPHONE_BUS, Pulse, SPEAKER};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, eventually_async};

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_disappears_when_the_speaker_comes_back() {
    let programs = Programs::beside_tests();
    let (desktop, sound) = (Desktop::start(1280, 800), Pulse::start().unwrap());
    let server = sound.client();
    // No other speaker to play on.
    server.unplug("mic").unwrap();
    server.unplug(MICROPHONE_BUS).unwrap();
    let options = AppOptions::new(&hosting("Ada", "pattern:120", "tone:330"));
    let options = sound.env().iter().fold(options, |options, (name, value)| options.with(name, value));
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    let bo = Bot::join(&programs, &ada.link(), "Bo", &sending("none", "tone:440"));
    let is_heard = || server.record().unwrap().wait_for(0.5, |heard| heard.level_of(440.0) > -25.0).unwrap();
    is_heard();

    server.unplug(SPEAKER).unwrap();
    ada.wait_for_errors(&["speaker_unavailable"]).await;
    server.plug_speaker().unwrap();
    is_heard();
    let is_said =
        "return !!document.querySelector('[data-testid=error-message][data-code=speaker_unavailable]')";
    eventually_async("no notice", PATIENCE, async || (ada.run(is_said).await == false).then_some(())).await;
    assert!(bo.end().0.success());
    ada.close().await;
}
