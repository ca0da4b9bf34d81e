//! The tiles of a window: how they are arranged, and what opens from them.

use std::collections::HashMap;

use holdfast_testkit::{AppWindow, PATIENCE, Tile, eventually_async};

/// Widths of the tiles by the names on them, in pixels.
pub(crate) fn widths(tiles: &[Tile]) -> HashMap<String, u32> {
    tiles.iter().map(|tile| (tile.name.clone(), tile.area.width)).collect()
}

/// Waits until tiles are arranged like this.
pub(crate) async fn wait_for_layout(window: &AppWindow, wanted: &str) {
    let shown = "return document.querySelector('[data-testid=\"stage\"]')?.dataset.layout";
    eventually_async(wanted, PATIENCE, async || (window.run(shown).await == wanted).then_some(())).await;
}

/// Waits until one person is several times as wide as anyone else.
pub(crate) async fn wait_for_large(window: &AppWindow, name: &str) {
    window
        .wait_for_tiles(&format!("{name} large"), |tiles| {
            let widths = widths(tiles);
            let wide = widths.get(name).copied().unwrap_or_default();
            wide > 0 && widths.iter().all(|(other, width)| other == name || wide > 2 * width)
        })
        .await;
}

/// Opens the menu on the tile of this person, which may be our own.
pub(crate) async fn open_menu(window: &AppWindow, name: &str) {
    let open = format!(
        "const tiles = [...document.querySelectorAll('[data-testid=\"tile\"]')];
         const tile = tiles.find((tile) => tile.querySelector('bdi')?.textContent.startsWith('{name}'));
         tile.querySelector('[data-testid=\"tile-menu\"]').click();"
    );
    window.run(&open).await;
}
