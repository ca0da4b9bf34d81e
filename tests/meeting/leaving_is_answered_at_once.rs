//! The signaling server stands still, and so does the goodbye that waits for it. The window still leaves the meeting at
//! once.

use crate::support::{joining, processes, sending};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, eventually_async};

/// How long the goodbye waits for a server that does not answer, in milliseconds.
const GOODBYE_WAITS: f64 = 2_000.0;

/// Presses the button, and notes when the last tile is gone.
const LEAVE: &str = r#"
    window.left = { pressed: performance.now(), home: null };
    const watch = new MutationObserver(() => {
        if (document.querySelector('[data-testid="tile"]')) return;
        watch.disconnect();
        window.left.home = performance.now();
    });
    watch.observe(document.body, { childList: true, subtree: true });
    document.querySelector('[data-testid="control-leave"]').click();
"#;

#[tokio::test(flavor = "multi_thread")]
async fn leaving_is_answered_at_once() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let bo = Bot::host(&programs, "Bo", &sending("none", "tone:440"));
    let link = bo.link();
    let mut options = AppOptions::new(&joining(&link, "Ada", "none", "tone:330"));
    options.arguments.extend(["--sink".into(), "none".into()]);
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    ada.wait_for_tiles("Bo is there", |tiles| tiles.len() == 2).await;

    // Bo's process is also the server.
    processes::stop(bo.pid());
    ada.run(LEAVE).await;
    let home = async || ada.run("return window.left.home - window.left.pressed;").await.as_f64();
    let took = eventually_async("home", PATIENCE, async || home().await.filter(|took| *took > 0.0)).await;
    assert!(took < GOODBYE_WAITS, "out of the meeting only after {took} ms");
    processes::go_on(bo.pid());
    let (status, _) = bo.end();
    assert!(status.success(), "{status}");
    ada.close().await;
}
