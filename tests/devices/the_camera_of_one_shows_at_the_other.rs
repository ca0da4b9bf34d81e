//! One window sends what the capture library takes for a real camera. The other window shows its picture.
#![cfg(target_os = "linux")]

use crate::support::{hosting, joining};
use holdfast_testkit::camera::CameraShim;
use holdfast_testkit::{AppOptions, AppWindow, Area, Desktop, Programs, hue_distance};

#[tokio::test(flavor = "multi_thread")]
async fn the_camera_of_one_shows_at_the_other() {
    let programs = Programs::beside_tests();
    let shim = CameraShim::build().unwrap();
    let (left, right) = (Desktop::start(1280, 800), Desktop::start(1280, 800));
    let options = AppOptions::new(&hosting("Ada", "camera", "none"))
        .with("LD_PRELOAD", shim.library().to_str().unwrap());
    let ada = AppWindow::open(&programs, &left, &options).await;
    let link = ada.link();
    let options = AppOptions::new(&joining(&link, "Grace", "none", "none"));
    let grace = AppWindow::open(&programs, &right, &options).await;

    let playing =
        |tiles: &[holdfast_testkit::Tile]| tiles.iter().any(|tile| tile.name == "Ada" && tile.frames > 20);
    let tiles = grace.wait_for_tiles("the camera's picture", playing).await;
    let tile = tiles.iter().find(|tile| tile.name == "Ada").unwrap();
    assert!(tile.camera);

    // Red on the left, blue on the right, and a bar that moves over both.
    let half =
        |at: u32| Area { x: tile.area.x + at * tile.area.width / 2, width: tile.area.width / 2, ..tile.area };
    let seen = right.picture();
    for (at, hue) in [(0, 0.0), (1, 240.0)] {
        let (found, share) = seen.main_hue(half(at).middle(0.1)).unwrap();
        assert!(hue_distance(found, hue) < 20.0 && share > 0.5, "half {at}: hue {found} on {share}");
    }
    let frames = tile.frames;
    grace
        .wait_for_tiles("more pictures", |tiles| {
            tiles.iter().any(|tile| tile.name == "Ada" && tile.frames > frames + 15)
        })
        .await;
    let change = seen.change(&right.picture(), tile.area);
    assert!(change > 0.01, "the bar does not move ({change})");
    grace.close().await;
    ada.close().await;
}
