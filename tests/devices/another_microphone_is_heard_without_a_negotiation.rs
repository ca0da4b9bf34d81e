//! Another microphone is chosen in a call. The other participant hears it over the same connection, and no longer hears
//! the one before.

use crate::support::{hosting, sending};
use holdfast_testkit::pulse::Pulse;
use holdfast_testkit::tone::Pcm;
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, Programs};

/// Longer than the test takes, in seconds.
const SPEECH: f64 = 120.0;

#[tokio::test(flavor = "multi_thread")]
async fn another_microphone_is_heard_without_a_negotiation() {
    let programs = Programs::beside_tests();
    let folder = tempfile::tempdir().unwrap();
    let (desktop, sound) = (Desktop::start(1280, 800), Pulse::start().unwrap());
    let server = sound.client();
    server.load_module(&["module-null-sink", "sink_name=headset", "rate=48000"]).unwrap();
    server.load_module(&["module-remap-source", "master=headset.monitor", "source_name=mouthpiece"]).unwrap();
    let speech = |sink: &str, hz: f64| {
        let file = folder.path().join(format!("{hz}.wav"));
        Pcm::tone(hz, SPEECH, 0.4, 48_000).write_wav(&file, 1).unwrap();
        server.play_to(sink, &file).unwrap()
    };
    let _speaking = [speech("micbus", 440.0), speech("headset", 587.0)];

    let options = AppOptions::new(&hosting("Ada", "pattern:120", "microphone"));
    let options = sound.env().iter().fold(options, |options, (name, value)| options.with(name, value));
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    let mut bo = Bot::join(&programs, &ada.link(), "Bo", &sending("pattern:20", "tone:330"));
    bo.wait_until_received("Ada", 5, Some(440.0));

    let choose = "return window.__TAURI_INTERNALS__.invoke('choose_device', \
                  { kind: 'microphone', id: 'pulseaudio:mouthpiece' })";
    ada.run(choose).await;
    bo.wait_until_received("Ada", 5, Some(587.0));
    let snapshot = ada.run("return window.__TAURI_INTERNALS__.invoke('snapshot')").await;
    assert_eq!(snapshot["devices"]["microphone"], "pulseaudio:mouthpiece");

    let (status, report) = bo.end();
    assert!(status.success(), "{status}");
    let connection = report.of("Ada").connection.unwrap();
    let counts = (connection.negotiations, connection.generation, connection.rebuilds);
    assert_eq!(counts, (Some(1), Some(1), Some(0)), "{connection:?}");
    ada.close().await;
}
