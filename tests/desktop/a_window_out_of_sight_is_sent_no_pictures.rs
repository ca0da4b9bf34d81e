//! Pictures that a person cannot see cost nothing. A window that is closed to the tray or minimised receives a few
//! pictures and then none. Pictures that are not sent are counted, and moving pictures come again as soon as the window
//! is visible.
#![cfg(target_os = "linux")]

use crate::support::processes::start_again;
use crate::support::{hosting, sending};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, eventually_async};

/// Counts what arrives on the frame socket from here on: the code that handles a message reads its data.
const COUNT: &str = r#"
    const data = Object.getOwnPropertyDescriptor(MessageEvent.prototype, 'data');
    window.arrived = {};
    Object.defineProperty(MessageEvent.prototype, 'data', {
      get() {
        const value = data.get.call(this);
        if (value instanceof ArrayBuffer) {
          const tile = new DataView(value).getUint32(4, true);
          window.arrived[tile] = (window.arrived[tile] ?? 0) + 1;
        }
        return value;
      },
    });
"#;

/// How many pictures of a tile a page may get before it counts as out of sight.
const CREDITS: u64 = 8;

/// Many more than that: what others send meanwhile.
const MEANWHILE: u64 = 60;

async fn arrived(window: &AppWindow) -> u64 {
    let counts = window.run("return Object.values(window.arrived);").await;
    counts.as_array().unwrap().iter().filter_map(serde_json::Value::as_u64).sum()
}

/// How many pictures were not sent because the page had not taken the earlier ones, as the debug panel shows it.
async fn not_sent(window: &AppWindow) -> u64 {
    const READ: &str = r#"
        const count = ({ bounds }) => bounds.find(({ name }) => name === 'frames.not_taken')?.count ?? null;
        return window.__TAURI_INTERNALS__.invoke('diagnostics').then(count);
    "#;
    window.run(READ).await.as_u64().unwrap()
}

/// Waits until this many more of our pictures were decoded elsewhere.
fn wait_for_more(bo: &mut Bot) {
    let decoded = |event: &serde_json::Value| event["frames_decoded"].as_u64();
    let before = bo.new_events().iter().filter_map(decoded).max();
    let before = before.unwrap_or_else(|| bo.wait_for_event("pictures", decoded));
    bo.wait_for_event("more pictures", |event| (decoded(event)? > before + MEANWHILE).then_some(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_out_of_sight_is_sent_no_pictures() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    let mut arguments = hosting("Ada", "pattern:120", "tone:440");
    arguments.extend(["--sink", "none", "--data-dir", data.path().to_str().unwrap()]);
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    let mut bo = Bot::join(&programs, &ada.link(), "Bo", &sending("pattern:240", "tone:330"));
    ada.wait_for_pictures(2, 5).await;
    ada.run(COUNT).await;
    eventually_async("pictures are counted", PATIENCE, async || (arrived(&ada).await > 10).then_some(()))
        .await;

    for out_of_sight in ["minimised", "closed"] {
        match out_of_sight {
            "minimised" => desktop.wait_for_window("Holdfast").minimise(),
            // As the window manager's button does it.
            _ => drop(ada.run("window.__TAURI_INTERNALS__.invoke('close_window');").await),
        }
        eventually_async(&format!("{out_of_sight}: hidden"), PATIENCE, async || {
            (ada.run("return document.hidden;").await == true).then_some(())
        })
        .await;
        let (before, counted) = (arrived(&ada).await, not_sent(&ada).await);
        wait_for_more(&mut bo);
        let meanwhile = arrived(&ada).await - before;
        // Two tiles: our own and the other's.
        assert!(meanwhile <= 2 * CREDITS, "{out_of_sight}: {meanwhile} pictures although no one looks");
        assert!(not_sent(&ada).await > counted, "{out_of_sight}: what was not sent is counted");

        start_again(&programs, &desktop, data.path(), None);
        ada.wait_for_pictures(2, 10).await;
    }
    let (status, _) = bo.end();
    assert!(status.success(), "{status}");
    ada.close().await;
}
