//! Chromium, with a page written from `docs/protocol.md`, meets the app's real window: the other end is another
//! implementation of the protocol and of WebRTC.

use crate::support::hosting;
use holdfast_testkit::tone::Pcm;
use holdfast_testkit::{AppOptions, AppWindow, BrowserParticipant, Desktop, Programs, hue_distance};

/// What the app sends: hue and tone.
const APP_HUE: f32 = 120.0;
const APP_HZ: f64 = 440.0;
/// What the browser sends: magenta (a hue of 300 degrees) and another tone.
const BROWSER_COLOR: &str = "#ff00ff";
const BROWSER_HUE: f32 = 300.0;
const BROWSER_HZ: f64 = 660.0;
/// Width of one of the browser's frequency bins (48 kHz / 8192), doubled for both sides.
const BIN_HZ: f64 = 12.0;

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_speaking_the_protocol_meets_the_app() {
    let programs = Programs::beside_tests();
    let desktop = Desktop::start(1280, 800);
    let folder = tempfile::tempdir().unwrap();
    let heard = folder.path().join("heard.wav");
    let data = folder.path().join("data");
    let mut arguments = hosting("Ada", "pattern:120", "tone:440");
    arguments.extend(["--sink", heard.to_str().unwrap(), "--data-dir", data.to_str().unwrap()]);
    let app = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    let browser = BrowserParticipant::join(&app.link(), "Bruna", BROWSER_COLOR, BROWSER_HZ).await;

    // The browser decodes what the app sends.
    let remote = browser
        .wait_for_remote("picture and tone of the app", |remote| {
            let video = remote.video.as_ref().is_some_and(|video| video.frames > 30 && video.changes > 20);
            let audio = remote.audio.as_ref().is_some_and(|audio| {
                (audio.hz - APP_HZ).abs() <= BIN_HZ && audio.dbfs.is_some_and(|level| level > -60.0)
            });
            video && audio && remote.media.is_some()
        })
        .await;
    assert_eq!((remote.name.as_str(), remote.state.as_str()), ("Ada", "connected"));
    let [red, green, blue] = remote.video.unwrap().color;
    assert!(green > 1.5 * red && green > 1.5 * blue, "hue {APP_HUE} came as {red} {green} {blue}");
    let media = remote.media.unwrap();
    assert!(media.microphone && media.camera);

    // The app shows what the browser sends, and it moves.
    let tiles = app.wait_for_pictures(2, 30).await;
    let tile = tiles.iter().find(|tile| !tile.own).unwrap();
    assert_eq!(tile.name, "Bruna");
    let area = tile.area.middle(0.2);
    let first = desktop.picture();
    let (hue, share) = first.main_hue(area).unwrap();
    assert!(hue_distance(hue, BROWSER_HUE) < 20.0 && share > 0.5, "hue {hue}, share {share}");
    // In a single picture, the bar may be at an edge, outside of the area.
    holdfast_testkit::eventually("the picture moves", holdfast_testkit::PATIENCE, || {
        (desktop.picture().change(&first, area) > 0.01).then_some(())
    });

    // Muting in the app shows in the browser, over the same control channel.
    app.click("control-microphone").await;
    browser
        .wait_for_remote("the app's muted microphone", |remote| {
            remote.media.as_ref().is_some_and(|media| !media.microphone && media.camera)
        })
        .await;

    // Leaving in the browser shows in the app at once. Then the sound file that the app wrote can be read.
    browser.run("participant.leave()").await;
    app.wait_for_tiles("the browser is gone", |tiles| tiles.len() == 1).await;
    app.click("control-leave").await;
    // The file is complete a moment after the app has left. Until then a read may find half of it.
    holdfast_testkit::eventually("the browser's tone is what was heard", holdfast_testkit::PATIENCE, || {
        let sound = Pcm::read_wav(&heard).ok()?;
        let heard = sound.level_of(BROWSER_HZ) > -40.0 && (sound.dominant_hz() - BROWSER_HZ).abs() < 5.0;
        heard.then_some(())
    });
}
