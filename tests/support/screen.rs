//! What is visible of tiles on the real screen.

use holdfast_testkit::{AppWindow, Area, Desktop, PATIENCE, Picture, Tile, eventually_async, hue_distance};

/// Every tile shows its sender's colour on the real screen, and moves there.
pub(crate) async fn assert_plays(
    desktop: &Desktop,
    window: &AppWindow,
    tiles: &[Tile],
    people: &[(&str, f32)],
) {
    let before = desktop.picture();
    for (name, hue) in people {
        let tile = tiles.iter().find(|tile| tile.name.starts_with(name)).unwrap();
        let (seen, share) = before.main_hue(tile.area.middle(0.1)).unwrap();
        assert!(hue_distance(seen, *hue) < 20.0, "{name}: hue {seen} instead of {hue}");
        assert!(share > 0.3, "{name}: only {share} of the tile");
    }
    window.wait_for_pictures(people.len(), 15).await;
    let after = desktop.picture();
    for tile in tiles {
        let change = before.change(&after, tile.area.middle(0.05));
        assert!(change > 0.005, "{}: the picture stands still ({change})", tile.name);
    }
}

/// A side of the test pattern. Its counter is in the second of ten rows. At the edge where reading starts, it shows a
/// white cell and then black ones. This does not change during a test. There are twenty columns, and the first is
/// empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    Left,
    Right,
}

/// Waits until the counter on this person's tile is read from this side and not from the other.
pub(crate) async fn wait_for_first_edge(desktop: &Desktop, window: &AppWindow, name: &str, first: Edge) {
    let what = format!("{name}: the counter from the {first:?}");
    eventually_async(&what, PATIENCE, async || {
        let tiles = window.tiles().await;
        let place = shown(tiles.iter().find(|tile| tile.name.starts_with(name))?.area);
        let seen = desktop.picture();
        // The end of the counter may look like its start for a moment, but not for long.
        let [left, right] = [Edge::Left, Edge::Right].map(|edge| is_first(&seen, place, edge));
        (left != right && (left == (first == Edge::Left))).then_some(())
    })
    .await;
}

/// How far a 16:9 picture that fills a tile would reach, with the parts that are cut off: left, top, width, height.
fn shown(tile: Area) -> [f64; 4] {
    let [x, y, width, height] = [tile.x, tile.y, tile.width, tile.height].map(f64::from);
    let scale = (width / 16.0).max(height / 9.0);
    let (wide, high) = (16.0 * scale, 9.0 * scale);
    [x - (wide - width) / 2.0, y - (high - height) / 2.0, wide, high]
}

fn is_first(seen: &Picture, [x, y, width, height]: [f64; 4], edge: Edge) -> bool {
    let brightness = |cell: u32| {
        let column = f64::from(if edge == Edge::Left { cell } else { 19 - cell });
        let area = Area {
            x: (x + column * width / 20.0).max(0.0) as u32,
            y: (y + height / 10.0).max(0.0) as u32,
            width: (width / 20.0) as u32,
            height: (height / 10.0) as u32,
        };
        seen.brightness(area.middle(0.3))
    };
    brightness(1) > 0.8 && (2..=5).all(|cell| brightness(cell) < 0.2)
}
