//! A person sees their own picture mirrored, unless they choose otherwise. The others never see it mirrored.
#![cfg(target_os = "linux")]

use crate::support::layout::open_menu;
use crate::support::screen::{Edge, wait_for_first_edge};
use crate::support::{hosting, joining};
use holdfast_testkit::{AppOptions, AppWindow, Desktop, Programs};

/// A place on the other person's picture, in pixels.
const ELSEWHERE: [&str; 2] = ["300", "300"];

/// Uses the menu on the own tile. The menu and its button cover the picture until something else is clicked.
async fn turn_mirror(window: &AppWindow, desktop: &Desktop) {
    open_menu(window, "Ada").await;
    window.click("own-mirror").await;
    let [x, y] = ELSEWHERE;
    desktop.xdotool(&["mousemove", x, y, "click", "1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_themselves_as_in_a_mirror() {
    let programs = Programs::beside_tests();
    let (left, right) = (Desktop::start(1280, 800), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    let mut arguments = hosting("Ada", "pattern:120", "none");
    arguments.extend(["--sink", "none", "--data-dir", data.path().to_str().unwrap()]);
    let ada = AppWindow::open(&programs, &left, &AppOptions::new(&arguments)).await;
    let link = ada.link();
    let arguments = [&joining(&link, "Grace", "pattern:300", "none")[..], &["--sink", "none"]].concat();
    let grace = AppWindow::open(&programs, &right, &AppOptions::new(&arguments)).await;
    for window in [&ada, &grace] {
        window.wait_for_pictures(2, 5).await;
    }
    wait_for_first_edge(&left, &ada, "Ada", Edge::Right).await;
    wait_for_first_edge(&right, &grace, "Ada", Edge::Left).await;
    wait_for_first_edge(&left, &ada, "Grace", Edge::Left).await;

    turn_mirror(&ada, &left).await;
    wait_for_first_edge(&left, &ada, "Ada", Edge::Left).await;
    ada.reload().await;
    ada.wait_for_pictures(2, 5).await;
    wait_for_first_edge(&left, &ada, "Ada", Edge::Left).await;
    turn_mirror(&ada, &left).await;
    wait_for_first_edge(&left, &ada, "Ada", Edge::Right).await;
    ada.close().await;
    grace.close().await;
}
