//! The desktop's notifications, taken by the test instead of a person who reads them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use holdfast_testkit::{Desktop, PATIENCE, eventually_async};
use zbus::zvariant::OwnedValue;

/// What the desktop was asked to show: title and text.
#[derive(Clone, Default)]
pub(crate) struct Shown(Arc<Mutex<Vec<(String, String)>>>);

/// The desktop's part, according to the freedesktop.org notifications specification (1.2).
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
    /// Plays the desktop's part on its bus while the connection lives.
    pub(crate) async fn on(desktop: &Desktop) -> (Self, zbus::Connection) {
        let shown = Self::default();
        let bus = zbus::connection::Builder::address(desktop.bus_address()).unwrap();
        let bus = bus.name("org.freedesktop.Notifications").unwrap();
        let bus = bus.serve_at("/org/freedesktop/Notifications", shown.clone()).unwrap();
        (shown, bus.build().await.unwrap())
    }

    /// Waits until exactly these were shown, in this order.
    pub(crate) async fn wait_for(&self, texts: &[&str]) {
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
