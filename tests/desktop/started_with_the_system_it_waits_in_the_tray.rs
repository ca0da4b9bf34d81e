//! When the system starts the app, no person asked for a window. If a tray shows the icon, there is no window, and the
//! menu of the tray opens it. If there is no tray, the window opens, because nothing else would show the app.
#![cfg(target_os = "linux")]

use crate::support::tray::{TrayHost, TrayMenu};
use crate::support::waiting;
use holdfast_testkit::{AppOptions, AppWindow, Desktop, Programs};

fn hidden() -> AppOptions {
    let mut options = AppOptions::new(&waiting("none", "none"));
    options.arguments.push("--hidden".into());
    options
}

#[tokio::test(flavor = "multi_thread")]
async fn started_with_the_system_it_waits_in_the_tray() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let (host, bus) = TrayHost::on(&desktop).await;
    let app = AppWindow::open(&programs, &desktop, &hidden()).await;
    host.wait_for_an_icon().await;
    let tray = TrayMenu::of(&desktop).await;
    assert!(!desktop.has_window("Holdfast"), "no person asked for it");
    tray.choose("Show Holdfast").await;
    let _seen = desktop.wait_for_window("Holdfast");
    app.close().await;
    drop(bus);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_tray_it_shows_its_window() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let app = AppWindow::open(&programs, &desktop, &hidden()).await;
    let _seen = desktop.wait_for_window("Holdfast");
    app.close().await;
}
