//! Where the page is made larger its drawings are that too, and no bolder: a line twice as thick for its drawing fills
//! the small gaps by which a wheel is told from a disc.
#![allow(missing_docs, clippy::unwrap_used)]
#![cfg(target_os = "linux")]

mod support;

use holdfast_testkit::{AppOptions, AppWindow, Area, Desktop, PATIENCE, Programs, eventually_async};
use support::waiting;
use support::zoom::{wait_for_zoom, width};

/// How bright the drawing of a wheel is on the screen, its ground included, where everything is so many times as large.
async fn brightness(desktop: &Desktop, window: &AppWindow, factor: f64) -> f32 {
    let script = r#"const { x, y, width, height } = document.querySelector('[data-testid="home-settings"] svg').getBoundingClientRect();
        return [x, y, width, height];"#;
    let place = window.run(script).await;
    let pixels = |index: usize| (place[index].as_f64().unwrap() * factor).round() as u32;
    let area = Area { x: pixels(0), y: pixels(1), width: pixels(2), height: pixels(3) };
    desktop.picture().brightness(area)
}

#[tokio::test(flavor = "multi_thread")]
async fn drawings_stay_as_fine_as_they_were_when_the_page_is_made_larger() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let app = AppWindow::open(&programs, &desktop, &AppOptions::new(&waiting("none", "none"))).await;
    let (before, fine) = (width(&app).await, brightness(&desktop, &app, 1.0).await);
    assert!((0.5..0.9).contains(&fine), "a drawing on a light ground: {fine}");
    let window = desktop.wait_for_window("Holdfast");
    for _ in 0..9 {
        window.press("ctrl+plus");
    }
    wait_for_zoom(&app, before, 2.0).await;
    let what = format!("a drawing with as much ink for its size: {fine}");
    eventually_async(&what, PATIENCE, async || {
        let now = brightness(&desktop, &app, 2.0).await;
        println!("{now}");
        ((now - fine).abs() < 0.04).then_some(())
    })
    .await;
    app.close().await;
}
