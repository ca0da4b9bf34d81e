//! Who is pinned is large, also after the page was loaded anew; unpinned, everyone is equal again.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, Tile, eventually_async};
use support::{hosting, sending};

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
    layout(&ada, "grid").await;
    let sizes = widths(&ada.tiles().await);
    assert!(sizes["Bo"].abs_diff(sizes["Cy"]) <= 2, "equals: {sizes:?}");

    ada.run(
        r#"
        const tiles = [...document.querySelectorAll('[data-testid="tile"]')];
        tiles.find((tile) => tile.querySelector('bdi')?.textContent === 'Cy').querySelector('[data-testid="tile-menu"]').click();
        "#,
    )
    .await;
    ada.click("person-pin").await;
    layout(&ada, "pinned").await;
    large(&ada, "Cy").await;
    ada.reload().await;
    ada.wait_for_pictures(3, 3).await;
    layout(&ada, "pinned").await;
    large(&ada, "Cy").await;

    ada.run(
        r#"
        const tile = document.querySelector('[data-testid="tile"][data-pinned="true"]');
        tile.querySelector('[data-testid="tile-menu"]').click();
        "#,
    )
    .await;
    ada.click("person-pin").await;
    layout(&ada, "grid").await;
    ada.close().await;
}

fn widths(tiles: &[Tile]) -> std::collections::HashMap<String, u32> {
    tiles.iter().map(|tile| (tile.name.clone(), tile.area.width)).collect()
}

async fn layout(ada: &AppWindow, wanted: &str) {
    let shown = "return document.querySelector('[data-testid=\"stage\"]')?.dataset.layout";
    eventually_async(wanted, PATIENCE, async || (ada.run(shown).await == wanted).then_some(())).await;
}

/// Several times as wide as anyone else.
async fn large(ada: &AppWindow, name: &str) {
    ada.wait_for_tiles("one large", |tiles| {
        let widths = widths(tiles);
        widths.iter().all(|(other, width)| other == name || widths[name] > 2 * width)
    })
    .await;
}
