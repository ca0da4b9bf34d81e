//! The menu of a tile chooses how loud that person is here. The speaker plays it so, and the choice stays after the
//! page reloads.

use crate::support::layout::open_menu;
use crate::support::{hosting, sending};
use holdfast_testkit::pulse::{Pulse, Recording};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, Programs};

#[tokio::test(flavor = "multi_thread")]
async fn someone_made_quieter_is_heard_quieter() {
    let programs = Programs::beside_tests();
    let desktop = Desktop::start(1280, 800);
    let sound = Pulse::start().unwrap();
    let mut options = AppOptions::new(&hosting("Ada", "none", "none"));
    options.environment.extend(sound.env());
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    let bo = Bot::join(&programs, &ada.link(), "Bo", &sending("pattern:20", "tone:440"));
    ada.wait_for_tiles("Bo's picture", |tiles| tiles.iter().any(|tile| !tile.own && tile.frames > 5)).await;

    let speaker = sound.client().record().unwrap();
    let as_sent = loudness(&speaker, |dbfs| dbfs > -45.0);
    open_menu(&ada, "Bo").await;
    volume(&ada, 10).await;
    let quiet = loudness(&speaker, |dbfs| dbfs < as_sent - 15.0);
    assert!(quiet > as_sent - 25.0, "a tenth is 20 dB less: {as_sent} became {quiet} dBFS");
    volume(&ada, 200).await;
    loudness(&speaker, |dbfs| dbfs > as_sent + 4.0);
    ada.click("person-mute").await;
    loudness(&speaker, |dbfs| dbfs < -80.0);

    ada.reload().await;
    ada.wait_for_tiles("Bo's picture again", |tiles| tiles.iter().any(|tile| !tile.own && tile.frames > 5))
        .await;
    loudness(&speaker, |dbfs| dbfs < -80.0);
    open_menu(&ada, "Bo").await;
    let muted = "return document.querySelector('[data-testid=\"person-mute\"]')?.ariaChecked";
    assert_eq!(ada.run(muted).await, "true");
    ada.click("person-mute").await;
    loudness(&speaker, |dbfs| dbfs > as_sent + 4.0);

    drop(bo);
    ada.close().await;
}

/// Waits until `wanted` accepts half a second of sound. Returns how loud it was, in dBFS.
fn loudness(speaker: &Recording, wanted: impl Fn(f64) -> bool) -> f64 {
    speaker.wait_for(0.5, |heard| wanted(heard.dbfs())).unwrap().dbfs()
}

/// Moves the slider, as a person's drag would.
async fn volume(ada: &AppWindow, percent: u32) {
    let script = format!(
        "const slider = document.querySelector('[data-testid=\"person-volume\"]');
         slider.value = '{percent}';
         slider.dispatchEvent(new Event('input', {{ bubbles: true }}));"
    );
    ada.run(&script).await;
}
