//! Chromium without a window, driven through chromedriver: another implementation of WebRTC as the other end.

use std::process::Command;

use fantoccini::Client;
use serde_json::json;
use tempfile::TempDir;

use crate::Running;
use crate::webdriver::Session;

/// A running browser. Dropping it ends it.
pub struct Browser {
    session: Session,
    _profile: TempDir,
}

impl Browser {
    /// Starts one, with its synthetic camera and microphone and with host candidates on loopback.
    ///
    /// # Panics
    /// When Chromium or chromedriver are not there or do not start.
    pub async fn start() -> Self {
        let profile = tempfile::tempdir().expect("a profile folder");
        let profile_argument = format!("--user-data-dir={}", profile.path().display());
        let capabilities = json!({
            "goog:chromeOptions": { "args": [
                "--headless=new",
                // The sandbox cannot start as root or in a user namespace, and tests run in one of them.
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--window-size=1280,800",
                // A mouse, as on a desktop: without a screen, Chromium assumes a touch device.
                "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",
                "--use-fake-device-for-media-stream=fps=30",
                "--use-fake-ui-for-media-stream",
                "--autoplay-policy=no-user-gesture-required",
                // Candidates as addresses, not as names that need multicast to resolve; loopback is among them.
                "--disable-features=WebRtcHideLocalIpsWithMdns",
                "--allow-loopback-in-peer-connection",
                "--no-first-run",
                "--disable-background-networking",
                profile_argument,
            ] },
        });
        let mut driver = Command::new("chromedriver");
        driver.env("HOME", profile.path());
        let session = Session::open("chromium", &mut driver, capabilities).await;
        Self { session, _profile: profile }
    }

    /// The page.
    #[must_use]
    pub fn page(&self) -> &Client {
        &self.session.client
    }

    /// The driver and what it printed.
    #[must_use]
    pub fn driver(&self) -> &Running {
        &self.session.driver
    }
}
