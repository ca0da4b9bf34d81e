//! Taking one picture.

use std::path::Path;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, Locator};
use holdfast_testkit::{Browser, PATIENCE, eventually_async};
use serde_json::{Value, json};

use crate::list::{Scheme, Screen, Size, Step};

/// Things that move in (a panel, a menu) have arrived after this long.
const SETTLE: Duration = Duration::from_millis(700);
/// Pictures play, the quality of connections is known, charts have a line.
const PLAYED: Duration = Duration::from_millis(3_000);

/// A browser to take pictures in.
pub(crate) struct Studio {
    browser: Browser,
}

impl Studio {
    /// Starts the browser.
    pub(crate) async fn open() -> Self {
        Self { browser: Browser::start().await }
    }

    /// Opens the screen and writes its picture.
    pub(crate) async fn shoot(&self, page: &str, screen: &Screen, size: &Size, scheme: Scheme, file: &Path) {
        let client = self.browser.page();
        let metrics =
            json!({ "width": size.width, "height": size.height, "deviceScaleFactor": 1, "mobile": false });
        tell(client, "Emulation.setDeviceMetricsOverride", metrics).await;
        let scheme = json!([{ "name": "prefers-color-scheme", "value": scheme.name() }]);
        tell(client, "Emulation.setEmulatedMedia", json!({ "features": scheme })).await;
        client.goto(&format!("{page}/?{}", screen.query)).await.expect("the page opens");
        for step in screen.steps {
            match step {
                Step::See(selector) => drop(find(client, screen, selector).await),
                Step::Press(selector) => {
                    let element = find(client, screen, selector).await;
                    element
                        .click()
                        .await
                        .unwrap_or_else(|error| panic!("{}: {selector}: {error}", screen.name));
                }
            }
        }
        tokio::time::sleep(if screen.plays() { PLAYED } else { SETTLE }).await;
        // A tenth of the size of PNG, and nobody sees the difference.
        let picture =
            tell(client, "Page.captureScreenshot", json!({ "format": "webp", "quality": 80 })).await;
        let picture = BASE64_STANDARD.decode(picture["data"].as_str().expect("a picture")).expect("base64");
        std::fs::write(file, picture).expect("the picture can be written");
    }
}

async fn find(client: &Client, screen: &Screen, selector: &str) -> fantoccini::elements::Element {
    let what = format!("{}: {selector}", screen.name);
    eventually_async(&what, PATIENCE, async || client.find(Locator::Css(selector)).await.ok()).await
}

/// A command of Chromium's own protocol, which WebDriver has no word for.
#[derive(Debug)]
struct DevTools {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        let body = json!({ "cmd": self.command, "params": self.parameters });
        (http::Method::POST, Some(body.to_string()))
    }
}

async fn tell(client: &Client, command: &'static str, parameters: Value) -> Value {
    client
        .issue_cmd(DevTools { command, parameters })
        .await
        .unwrap_or_else(|error| panic!("{command}: {error}"))
}
