//! Another speaker is chosen in a call. What the other participant says comes out of it, and no longer out of the one
//! before.

use crate::support::{hosting, sending};
use holdfast_testkit::pulse::{Pulse, SPEAKER};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, Programs};

#[tokio::test(flavor = "multi_thread")]
async fn another_speaker_plays_what_is_said() {
    let programs = Programs::beside_tests();
    let (desktop, sound) = (Desktop::start(1280, 800), Pulse::start().unwrap());
    let server = sound.client();
    server.load_module(&["module-null-sink", "sink_name=headphones", "rate=48000"]).unwrap();

    let options = AppOptions::new(&hosting("Ada", "pattern:120", "tone:330"));
    let options = sound.env().iter().fold(options, |options, (name, value)| options.with(name, value));
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    let bo = Bot::join(&programs, &ada.link(), "Bo", &sending("pattern:20", "tone:440"));
    let (before, after) = (server.record().unwrap(), server.record_from("headphones.monitor").unwrap());
    before.wait_for(0.5, |heard| heard.level_of(440.0) > -25.0).unwrap();
    assert!(after.so_far().dbfs() < -60.0, "headphones play already");

    let choose = "return window.__TAURI_INTERNALS__.invoke('choose_device', \
                  { kind: 'speaker', id: 'pulseaudio:headphones' })";
    ada.run(choose).await;
    after.wait_for(0.5, |heard| heard.level_of(440.0) > -25.0).unwrap();
    before.wait_for(0.5, |heard| heard.dbfs() < -60.0).unwrap();

    // Back to the first one, the system's own choice.
    ada.run(&choose.replace("'pulseaudio:headphones'", "null")).await;
    before.wait_for(0.5, |heard| heard.level_of(440.0) > -25.0).unwrap();
    assert_eq!(server.pactl(&["get-default-sink"]).unwrap().trim(), SPEAKER);
    assert!(bo.end().0.success());
    ada.close().await;
}
