//! The machine of another participant stands still: their tile keeps the last picture, dimmed, and says what happens.
//! When the machine goes on, so does the picture, and no one had to press anything.

use crate::support::{hosting, processes, sending};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, Tile, eventually_async};
use serde::Deserialize;

/// What Bo's tile shows.
#[derive(Debug, Deserialize)]
struct Shown {
    badge: Option<String>,
    picture: bool,
    dimmed: bool,
    /// Average red, green and blue of the picture. A bar moves through it, and may have stopped anywhere.
    color: (u8, u8, u8),
}

const READ: &str = r#"
    const tile = document.querySelector('[data-testid="tile"][data-self="false"]');
    const canvas = tile?.querySelector('canvas');
    if (!canvas) return null;
    const { width, height } = canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
    const mean = (channel) => {
      let sum = 0;
      for (let at = channel; at < data.length; at += 4) sum += data[at];
      return Math.round(sum / (data.length / 4));
    };
    const [red, green, blue] = [mean(0), mean(1), mean(2)];
    return {
      badge: tile.querySelector('[data-testid="badge"]')?.textContent.trim() ?? null,
      picture: canvas.classList.contains('shown'), dimmed: canvas.classList.contains('dimmed'),
      color: [red, green, blue],
    };
"#;

async fn wait_for(window: &AppWindow, what: &str, wanted: impl Fn(&Shown) -> bool) -> Shown {
    eventually_async(what, PATIENCE, async || {
        serde_json::from_value(window.run(READ).await).ok().filter(|shown| wanted(shown))
    })
    .await
}

fn of_bo(tiles: &[Tile]) -> &Tile {
    tiles.iter().find(|tile| !tile.own).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_shows_on_the_tile_and_goes_by_itself() {
    let programs = Programs::beside_tests();
    let desktop = Desktop::start(1280, 800);
    let mut options = AppOptions::new(&hosting("Ada", "pattern:120", "tone:440"));
    options.arguments.extend(["--sink".into(), "none".into()]);
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    let bo = Bot::join(&programs, &ada.link(), "Bo", &sending("pattern:240", "tone:330"));
    let before = ada.wait_for_pictures(2, 10).await;
    wait_for(&ada, "a clear picture", |shown| shown.badge.is_none() && shown.picture && !shown.dimmed).await;

    processes::stop(bo.pid());
    let cut = wait_for(&ada, "the badge", |shown| shown.badge.is_some()).await;
    assert!(cut.badge.as_ref().unwrap().starts_with("Reconnecting…"), "{cut:?}");
    assert!(cut.picture && cut.dimmed, "the last picture stays, dimmed: {cut:?}");
    let (red, green, blue) = cut.color;
    assert!(blue > red && blue > green, "their picture, not another one: {cut:?}");
    let said = ada.run(r#"return document.querySelector('[data-testid="announcement"]').textContent"#).await;
    assert_eq!(said.as_str().unwrap().matches("The connection to Bo was lost.").count(), 1, "{said}");

    // A reloaded page has no picture, and says the same.
    ada.reload().await;
    wait_for(&ada, "the badge after loading again", |shown| shown.badge.is_some() && !shown.picture).await;

    processes::go_on(bo.pid());
    wait_for(&ada, "a clear picture again", |shown| shown.badge.is_none() && shown.picture && !shown.dimmed)
        .await;
    let after = ada.wait_for_pictures(2, 10).await;
    assert_eq!(of_bo(&after).participant, of_bo(&before).participant);
    let (status, _) = bo.end();
    assert!(status.success(), "{status}");
    ada.close().await;
}
