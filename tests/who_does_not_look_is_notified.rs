//! Who joins while nobody looks at the window is told of by the desktop, and that a call goes on without its window,
//! once.
#![allow(missing_docs, clippy::unwrap_used)]
#![cfg(target_os = "linux")]

mod support;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, eventually_async};
use support::{hosting, sending};
use zbus::zvariant::OwnedValue;

/// What the desktop was asked to show: title and text.
#[derive(Clone, Default)]
struct Shown(Arc<Mutex<Vec<(String, String)>>>);

/// The desktop's part, as the freedesktop.org notifications specification (1.2) has it.
#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Shown {
    #[expect(clippy::too_many_arguments, reason = "as the specification has it")]
    fn notify(
        &self,
        _app: &str,
        _replaces: u32,
        _icon: &str,
        title: &str,
        text: &str,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _timeout: i32,
    ) -> u32 {
        let mut shown = self.0.lock().unwrap();
        shown.push((title.to_owned(), text.to_owned()));
        u32::try_from(shown.len()).unwrap()
    }

    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".into()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("test".into(), "test".into(), "1".into(), "1.2".into())
    }
}

impl Shown {
    /// Waits until these were shown, in this order, and nothing else.
    async fn wait_for(&self, texts: &[&str]) {
        let all = || {
            let shown = self.0.lock().unwrap();
            assert!(shown.iter().all(|(title, _)| title == "Holdfast"), "{shown:?}");
            shown.iter().map(|(_, text)| text.clone()).collect::<Vec<_>>()
        };
        eventually_async(&format!("{texts:?}"), PATIENCE, async || {
            (all().len() >= texts.len()).then_some(())
        })
        .await;
        assert_eq!(all(), texts);
    }
}

/// There is no tray here.
const GOES_ON: &str = "The call goes on. Open the window again to leave it.";

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_look_is_notified() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let shown = Shown::default();
    let bus = zbus::connection::Builder::address(desktop.bus_address()).unwrap();
    let bus = bus.name("org.freedesktop.Notifications").unwrap();
    let bus = bus.serve_at("/org/freedesktop/Notifications", shown.clone()).unwrap().build().await.unwrap();

    let data = tempfile::tempdir().unwrap();
    let mut arguments = hosting("Ada", "none", "tone:330");
    arguments.extend(["--sink", "none", "--data-dir", data.path().to_str().unwrap()]);
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    let link = ada.link();
    let in_the_window = async |looking: bool| {
        let looks = async || (ada.run("return document.hasFocus();").await == looking).then_some(());
        eventually_async(if looking { "looking" } else { "not looking" }, PATIENCE, looks).await;
    };
    in_the_window(true).await;
    let _bo = Bot::join(&programs, &link, "Bo", &sending("none", "tone:440"));
    ada.wait_for_tiles("Bo is there", |tiles| tiles.len() == 2).await;

    // Bo was seen to come. His message would have been ready before Cy's.
    desktop.wait_for_window("Holdfast").minimise();
    in_the_window(false).await;
    let _cy = Bot::join(&programs, &link, "Cy", &sending("none", "tone:440"));
    shown.wait_for(&["Cy joined the meeting."]).await;

    // As the window manager's button does it, twice: the second time it is known.
    ada.run("window.__TAURI_INTERNALS__.invoke('close_window');").await;
    shown.wait_for(&["Cy joined the meeting.", GOES_ON]).await;
    ada.run("window.__TAURI_INTERNALS__.invoke('close_window');").await;
    let _di = Bot::join(&programs, &link, "Di", &sending("none", "tone:440"));
    shown.wait_for(&["Cy joined the meeting.", GOES_ON, "Di joined the meeting."]).await;
    ada.close().await;
    drop(bus);
}
