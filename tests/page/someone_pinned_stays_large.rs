//! The tile of a pinned person is large, also after the page reloads. After unpinning, all tiles are equal.

use crate::support::layout::{open_menu, wait_for_large, wait_for_layout, widths};
use crate::support::{hosting, sending};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, Programs};

#[tokio::test(flavor = "multi_thread")]
async fn someone_pinned_stays_large() {
    let programs = Programs::beside_tests();
    let desktop = Desktop::start(1280, 800);
    let mut options = AppOptions::new(&hosting("Ada", "pattern:120", "none"));
    options.arguments.extend(["--sink".into(), "none".into()]);
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    let link = ada.link();
    let _others: Vec<_> = [("Bo", "pattern:20"), ("Cy", "pattern:300")]
        .into_iter()
        .map(|(name, video)| Bot::join(&programs, &link, name, &sending(video, "none")))
        .collect();
    ada.wait_for_pictures(3, 3).await;
    wait_for_layout(&ada, "grid").await;
    let sizes = widths(&ada.tiles().await);
    assert!(sizes["Bo"].abs_diff(sizes["Cy"]) <= 2, "equals: {sizes:?}");

    open_menu(&ada, "Cy").await;
    ada.click("person-pin").await;
    wait_for_layout(&ada, "pinned").await;
    wait_for_large(&ada, "Cy").await;
    ada.reload().await;
    ada.wait_for_pictures(3, 3).await;
    wait_for_layout(&ada, "pinned").await;
    wait_for_large(&ada, "Cy").await;

    open_menu(&ada, "Cy").await;
    ada.click("person-pin").await;
    wait_for_layout(&ada, "grid").await;
    ada.close().await;
}
