//! A connection fails while the window is out of sight: the desktop says so once. If the person then looks at the
//! window, it offers Retry. If they do not look, the desktop tells them when the connection is back.
#![cfg(target_os = "linux")]

use crate::support::notifications::Shown;
use crate::support::{hosting, processes, sending};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, Tile, eventually_async};

const LOST: &str = "The connection to Bo failed. Holdfast keeps trying.";
const BACK: &str = "Bo is connected again.";

fn bo_is(state: &str) -> impl Fn(&[Tile]) -> bool + '_ {
    move |tiles| tiles.iter().any(|tile| !tile.own && tile.state == state)
}

async fn in_the_window(ada: &AppWindow, looking: bool) {
    let looks = async || (ada.run("return document.hasFocus();").await == looking).then_some(());
    eventually_async(if looking { "looking" } else { "not looking" }, PATIENCE, looks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_connection_is_reported_and_tried_again() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let (shown, bus) = Shown::on(&desktop).await;
    let mut options = AppOptions::new(&hosting("Ada", "none", "tone:440"));
    options.arguments.extend(["--sink".into(), "none".into()]);
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    let bo = Bot::join(&programs, &ada.link(), "Bo", &sending("pattern:240", "tone:330"));
    ada.wait_for_tiles("Bo is connected", bo_is("connected")).await;

    let window = desktop.wait_for_window("Holdfast");
    window.minimise();
    in_the_window(&ada, false).await;
    // Longer than the whole ladder: Bo does not answer a restart or a rebuild.
    processes::stop(bo.pid());
    shown.wait_for(&[LOST]).await;

    window.bring_up();
    in_the_window(&ada, true).await;
    ada.wait_for_tiles("failed on Bo's tile", bo_is("failed")).await;
    ada.click("retry").await;
    ada.wait_for_tiles("another attempt", bo_is("reconnecting")).await;

    window.minimise();
    in_the_window(&ada, false).await;
    processes::go_on(bo.pid());
    shown.wait_for(&[LOST, BACK]).await;
    ada.wait_for_tiles("Bo is back", bo_is("connected")).await;
    let (status, _) = bo.end();
    assert!(status.success(), "{status}");
    ada.close().await;
    drop(bus);
}
