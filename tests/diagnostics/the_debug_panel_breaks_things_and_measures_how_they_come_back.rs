//! The debug panel is opened in a window of its own, as people open it. Each of its faults is injected, and the panel
//! shows how long people noticed it. Closing the panel does not disturb the call.

use std::collections::BTreeMap;

use crate::support::windows::{look_at, open_beside};
use crate::support::{hosting, sending, wait_for_answer};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, eventually_async};

/// Milliseconds until all was well again, for each fault by its kind; no value while it lasts.
const READ: &str = r#"
    const reports = [...document.querySelectorAll('[data-testid="fault-report"]')];
    const ms = (text) => (text === undefined || text === 'null' ? null : Number(text));
    return Object.fromEntries(reports.map(({ dataset }) => [dataset.fault, ms(dataset.recovered)]));
"#;

async fn reports(window: &AppWindow) -> BTreeMap<String, Option<f64>> {
    serde_json::from_value(window.run(READ).await).unwrap()
}

/// Presses the button of a fault and waits for the measurement.
async fn inject(window: &AppWindow, fault: &str) -> f64 {
    window.click(&format!("fault-{fault}")).await;
    eventually_async(&format!("recovery from {fault}"), PATIENCE, async || {
        reports(window).await.get(fault).copied().flatten()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_debug_panel_breaks_things_and_measures_how_they_come_back() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 900));
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("preferences.json"), r#"{"diagnostics":true}"#).unwrap();
    let mut arguments = hosting("Ada", "pattern:120", "tone:440");
    arguments.extend(["--sink", "none", "--data-dir", data.path().to_str().unwrap()]);
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    let mut bo = Bot::join(&programs, &ada.link(), "Bo", &sending("pattern:240", "tone:330"));
    ada.wait_for_pictures(2, 5).await;

    let (main, panel) = open_beside(&ada, "control-debug").await;
    look_at(&ada, &panel).await;
    wait_for_answer(&ada, "return location.search;", "?view=debug").await;

    // Two faults of the whole meeting: people do not notice the first; the second is noticed and repaired.
    for fault in ["signaling", "sleep"] {
        let ms = inject(&ada, fault).await;
        assert!(ms >= 0.0, "{fault}: {ms}");
    }
    ada.click("choose-peer").await;
    let cut = inject(&ada, "cut").await;
    let badge = ada.run("return document.querySelector('[data-fault=\"cut\"]').dataset.badge;").await;
    assert!(
        badge.as_str().is_some_and(|ms| ms.parse::<f64>().is_ok()),
        "a cut of five seconds is shown: {badge}"
    );
    assert!(cut >= 5000.0, "a cut of five seconds was felt for {cut} ms");
    let loss = inject(&ada, "loss").await;
    assert!(loss >= 5000.0, "a loss of five seconds was felt for {loss} ms");
    ada.click("choose-all").await;
    let bounds = ada
        .run("return [...document.querySelectorAll('[data-testid=\"bound-list\"] dt')].map((one) => one.textContent);")
        .await;
    let bounds: Vec<String> = serde_json::from_value(bounds).unwrap();
    for name in ["frames.lagged", "frames.not_taken", "meeting.events", "peer.media_dropped"] {
        assert!(bounds.iter().any(|one| one == name), "{name} is not among {bounds:?}");
    }

    ada.page().close_window().await.unwrap();
    look_at(&ada, &main).await;
    ada.wait_for_pictures(2, 5).await;
    bo.wait_until_received("Ada", 5, Some(440.0));
    let (status, _) = bo.end();
    assert!(status.success(), "{status}");
    ada.close().await;
}
