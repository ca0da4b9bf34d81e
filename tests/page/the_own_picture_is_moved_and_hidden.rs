//! The own picture is dragged into another corner, moved by keys, hidden, and shown again. Its place, and whether it is
//! shown, stay after the page reloads.
#![cfg(target_os = "linux")]

use std::path::Path;

use crate::support::layout::{open_menu, wait_for_layout};
use crate::support::{hosting, sending};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, Tile, eventually_async};
use serde_json::Value;

/// The middle of a tile, in pixels of the screen.
fn middle(tile: &Tile) -> (u32, u32) {
    (tile.area.x + tile.area.width / 2, tile.area.y + tile.area.height / 2)
}

/// The corner of the other picture that contains our own.
fn corner(tiles: &[Tile]) -> Option<&'static str> {
    let own = middle(tiles.iter().find(|tile| tile.own)?);
    let other = middle(tiles.iter().find(|tile| !tile.own)?);
    Some(match (own.1 < other.1, own.0 < other.0) {
        (true, true) => "topLeft",
        (true, false) => "topRight",
        (false, true) => "bottomLeft",
        (false, false) => "bottomRight",
    })
}

/// Waits until the own picture is in this corner and stays there after the next start.
async fn wait_for_corner(window: &AppWindow, data: &Path, wanted: &str) {
    window.wait_for_tiles(wanted, |tiles| corner(tiles) == Some(wanted)).await;
    eventually_async(&format!("{wanted} on the disk"), PATIENCE, async || {
        let saved: Value =
            serde_json::from_slice(&std::fs::read(data.join("preferences.json")).ok()?).unwrap();
        (saved["selfCorner"] == wanted).then_some(())
    })
    .await;
}

/// Drags the own picture by its middle, as a person does.
async fn drag_to(window: &AppWindow, desktop: &Desktop, (x, y): (u32, u32)) {
    let tiles = window.tiles().await;
    let from = middle(tiles.iter().find(|tile| tile.own).unwrap());
    let at = |share: u32| {
        let between = |from: u32, to: u32| ((from * (4 - share) + to * share) / 4).to_string();
        ["mousemove".to_owned(), between(from.0, x), between(from.1, y)]
    };
    let button = |what: &str| [what.to_owned(), "1".to_owned()];
    let way = (1..=4).flat_map(at);
    let words: Vec<_> =
        at(0).into_iter().chain(button("mousedown")).chain(way).chain(button("mouseup")).collect();
    desktop.xdotool(&words.iter().map(String::as_str).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_own_picture_is_moved_and_hidden() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    let mut arguments = hosting("Ada", "pattern:120", "none");
    arguments.extend(["--sink", "none", "--data-dir", data.path().to_str().unwrap()]);
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    let _bo = Bot::join(&programs, &ada.link(), "Bo", &sending("pattern:20", "none"));
    ada.wait_for_pictures(2, 5).await;
    wait_for_layout(&ada, "pair").await;
    ada.wait_for_tiles("bottomRight", |tiles| corner(tiles) == Some("bottomRight")).await;

    drag_to(&ada, &desktop, (300, 200)).await;
    wait_for_corner(&ada, data.path(), "topLeft").await;
    ada.reload().await;
    ada.wait_for_pictures(2, 5).await;
    wait_for_corner(&ada, data.path(), "topLeft").await;

    ada.run("document.querySelector('[data-self=true] [data-testid=tile-menu]').focus();").await;
    let window = desktop.wait_for_window("Holdfast");
    window.press("Right");
    wait_for_corner(&ada, data.path(), "topRight").await;
    window.press("Down");
    wait_for_corner(&ada, data.path(), "bottomRight").await;

    open_menu(&ada, "Ada").await;
    ada.click("own-show").await;
    let hidden = |tiles: &[Tile]| tiles.len() == 1 && !tiles[0].own;
    ada.wait_for_tiles("only Bo", hidden).await;
    ada.reload().await;
    ada.wait_for_tiles("only Bo", hidden).await;
    ada.click("control-layout").await;
    ada.click("layout-self").await;
    ada.wait_for_pictures(2, 5).await;
    ada.close().await;
}
