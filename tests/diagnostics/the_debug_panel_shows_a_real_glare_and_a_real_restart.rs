//! A connection is cut from the debug panel. Both ends notice at the same moment, so their offers collide. The panel
//! shows the glare and the restart, and measures the effect of the cut. Its export can be replayed.

use crate::support::{hosting, sending};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, eventually_async};
use serde::Deserialize;

/// Cuts until there is a glare: both ends notice a cut within their checks of 200 ms, and an offer takes a few
/// milliseconds.
const CUTS: usize = 8;

/// What the panel shows of the one connection.
#[derive(Debug, Deserialize)]
struct Shown {
    state: Option<String>,
    /// Flags on the timeline, by kind.
    marks: Vec<String>,
    /// Special entries of the event log, by kind.
    logged: Vec<String>,
    /// Milliseconds until the badge came and until all was well, for each fault, newest first.
    faults: Vec<(Option<f64>, Option<f64>)>,
    pairs: usize,
}

const READ: &str = r#"
    const all = (id) => [...document.querySelectorAll(`[data-testid^="${id}"]`)];
    const ms = (text) => (text === undefined || text === 'null' ? null : Number(text));
    return {
      state: all('standing')[0]?.dataset.state ?? null,
      marks: all('mark-').map((mark) => mark.dataset.testid.slice(5)),
      logged: [...document.querySelectorAll('[data-testid="log"] [data-mark]')].map((entry) => entry.dataset.mark),
      faults: all('fault-report').map(({ dataset }) => [ms(dataset.badge), ms(dataset.recovered)]),
      pairs: document.querySelectorAll('[data-testid="pairs"] [data-chosen="true"]').length,
    };
"#;

async fn read(window: &AppWindow) -> Shown {
    serde_json::from_value(window.run(READ).await).unwrap()
}

async fn wait_for(window: &AppWindow, what: &str, wanted: impl Fn(&Shown) -> bool) -> Shown {
    eventually_async(what, PATIENCE, async || Some(read(window).await).filter(|shown| wanted(shown))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_debug_panel_shows_a_real_glare_and_a_real_restart() {
    let programs = Programs::beside_tests();
    let desktop = Desktop::start(1280, 900);
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("preferences.json"), r#"{"diagnostics":true}"#).unwrap();
    let mut options = AppOptions::new(&hosting("Ada", "pattern:120", "tone:440"));
    let folder = data.path().display().to_string();
    options.arguments.extend(["--sink".into(), "none".into(), "--data-dir".into(), folder]);
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    let bo = Bot::join(&programs, &ada.link(), "Bo", &sending("pattern:240", "tone:330"));
    ada.wait_for_pictures(2, 5).await;

    // As the window of the panel loads it.
    ada.run("location.search = '?view=debug'").await;
    ada.click("choose-peer").await;
    wait_for(&ada, "the connection", |shown| shown.state.as_deref() == Some("connected") && shown.pairs == 1)
        .await;

    let (mut glare, mut restart) = (false, false);
    for cut in 1..=CUTS {
        ada.run("document.querySelector('[data-testid=\"fault-cut\"]').click()").await;
        let after = wait_for(&ada, "the measured recovery", |shown| {
            shown.faults.len() == cut && shown.faults[0].1.is_some()
        })
        .await;
        let (badge, recovered) = after.faults[0];
        assert!(badge.unwrap() >= 1000.0 && recovered.unwrap() >= 5000.0, "{after:?}");
        let seen = |kind: &str| after.marks.iter().chain(&after.logged).any(|mark| mark == kind);
        (glare, restart) = (glare || seen("glare"), restart || seen("restart"));
        if glare && restart {
            break;
        }
    }
    assert!(restart, "no restart was seen");
    assert!(glare, "no glare was seen in {CUTS} cuts");

    ada.click("export").await;
    let told = eventually_async("the path of the export", PATIENCE, async || {
        let text =
            ada.run("return document.querySelector('[data-testid=\"exported\"]')?.textContent ?? ''").await;
        text.as_str().filter(|text| text.contains(".json")).map(str::to_owned)
    })
    .await;
    let start = told.find('/').unwrap();
    let text = std::fs::read_to_string(told[start..].trim()).unwrap();
    let played = holdfast_replay::play(&text).unwrap();
    assert_eq!(played.len(), 1);
    assert_eq!(played[0].difference, None);
    assert!(played[0].compared > 10, "{:?}", played[0]);

    let (status, _) = bo.end();
    assert!(status.success(), "{status}");
    ada.close().await;
}
