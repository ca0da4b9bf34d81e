//! A larger page has larger drawings, but their lines do not become bolder: lines twice as thick would fill the small
//! gaps that distinguish a wheel from a disc.
#![cfg(target_os = "linux")]

use crate::support::waiting;
use crate::support::zoom::{wait_for_zoom, width};
use holdfast_testkit::{AppOptions, AppWindow, Area, Desktop, PATIENCE, Programs, eventually_async};

/// Where the drawing of a wheel is in the page.
const PLACE: &str = r#"const drawing = document.querySelector('[data-testid="home-settings"] svg');
    if (!drawing) return null;
    const { x, y, width, height } = drawing.getBoundingClientRect();
    return [x, y, width, height];"#;

/// How bright its place is on the screen, background included, once everything has this zoom; `None` before that.
async fn brightness(desktop: &Desktop, window: &AppWindow, factor: f64) -> Option<f32> {
    let place = window.run(PLACE).await;
    let pixels = |index: usize| Some((place.get(index)?.as_f64()? * factor).round() as u32);
    let area = Area { x: pixels(0)?, y: pixels(1)?, width: pixels(2)?, height: pixels(3)? };
    let seen = desktop.picture().brightness(area);
    println!("{seen} at {factor}");
    Some(seen)
}

/// The same, once a drawing on a light background is there and does not change any more.
async fn brightness_of_all(desktop: &Desktop, window: &AppWindow) -> f32 {
    let mut before = None;
    eventually_async("a drawing that is there as a whole", PATIENCE, async || {
        let now = brightness(desktop, window, 1.0).await;
        let same = std::mem::replace(&mut before, now) == now;
        now.filter(|seen| same && (0.5..0.9).contains(seen))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn drawings_stay_fine_when_the_page_is_made_larger() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let app = AppWindow::open(&programs, &desktop, &AppOptions::new(&waiting("none", "none"))).await;
    let (before, fine) = (width(&app).await, brightness_of_all(&desktop, &app).await);
    let window = desktop.wait_for_window("Holdfast");
    for _ in 0..9 {
        window.press("ctrl+plus");
    }
    wait_for_zoom(&app, before, 2.0).await;
    let what = format!("a drawing with as much ink for its size: {fine}");
    eventually_async(&what, PATIENCE, async || {
        let now = brightness(&desktop, &app, 2.0).await?;
        ((now - fine).abs() < 0.04).then_some(())
    })
    .await;
    app.close().await;
}
