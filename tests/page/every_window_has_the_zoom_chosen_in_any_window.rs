//! A key in any window sets the zoom of all. It also works in the small window, and the main window follows at once.
#![cfg(target_os = "linux")]

use crate::support::hosting;
use crate::support::windows::{look_at, open_beside};
use crate::support::zoom::{wait_for_zoom, width};
use holdfast_testkit::{AppOptions, AppWindow, Desktop, Programs};

#[tokio::test(flavor = "multi_thread")]
async fn every_window_has_the_zoom_chosen_in_any_window() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::with_free_windows(1400, 1000));
    let data = tempfile::tempdir().unwrap();
    let mut arguments = hosting("Ada", "none", "none");
    arguments.extend(["--sink", "none", "--data-dir", data.path().to_str().unwrap()]);
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    let large = width(&ada).await;
    let (main, mini) = open_beside(&ada, "control-mini").await;
    let small = desktop.wait_for_window_above("Holdfast");
    look_at(&ada, &mini).await;
    let little = width(&ada).await;

    small.bring_up();
    small.wait_until_active();
    for _ in 0..9 {
        small.press("ctrl+plus");
    }
    wait_for_zoom(&ada, little, 2.0).await;
    let inside = r#"return [...document.querySelectorAll("button")].every((one) => {
        const { left, right, top, bottom } = one.getBoundingClientRect();
        return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
    });"#;
    assert_eq!(ada.run(inside).await, true, "everything in the small window can be pressed");
    look_at(&ada, &main).await;
    wait_for_zoom(&ada, large, 2.0).await;

    small.press("ctrl+0");
    wait_for_zoom(&ada, large, 1.0).await;
    look_at(&ada, &mini).await;
    wait_for_zoom(&ada, little, 1.0).await;
    look_at(&ada, &main).await;
    ada.close().await;
}
