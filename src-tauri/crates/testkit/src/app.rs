//! The app in its real window, seen and used as by a person. Its page is driven through WebKit's own WebDriver.

use std::process::Command;
use std::time::Duration;

use fantoccini::{Client, Locator};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::webdriver::Session;
use crate::{Area, Desktop, PATIENCE, Programs, eventually_async};

/// How the app is started.
#[derive(Clone, Debug, Default)]
pub struct AppOptions {
    /// Command line, such as `--host`.
    pub arguments: Vec<String>,
    /// Environment variables, in addition to those of the desktop.
    pub environment: Vec<(String, String)>,
}

impl AppOptions {
    /// With this command line.
    #[must_use]
    pub fn new(arguments: &[&str]) -> Self {
        Self { arguments: arguments.iter().map(|word| (*word).to_owned()).collect(), environment: Vec::new() }
    }

    /// With one more variable in the environment.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// An open window of the app. Dropping it ends the app.
pub struct AppWindow {
    session: Session,
}

/// A tile as the page shows it.
#[derive(Clone, Debug, Deserialize)]
pub struct Tile {
    /// Id of the participant.
    pub participant: String,
    /// The name below the picture.
    pub name: String,
    /// Whether it is our own.
    pub own: bool,
    /// State of the connection.
    pub state: String,
    /// Whether the microphone is shown as open.
    pub microphone: bool,
    /// Whether the camera is shown as on.
    pub camera: bool,
    /// Pictures drawn since the tile appeared.
    pub frames: u64,
    /// Where it is on the screen.
    #[serde(deserialize_with = "area")]
    pub area: Area,
}

fn area<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Area, D::Error> {
    let [x, y, width, height] = <[f64; 4]>::deserialize(from)?;
    Ok(Area { x: x as u32, y: y as u32, width: width as u32, height: height as u32 })
}

/// Reads all tiles of the page at once.
const READ_TILES: &str = r#"
return [...document.querySelectorAll('[data-testid="tile"]')].map((tile) => {
  const { x, y, width, height } = tile.getBoundingClientRect();
  const data = tile.dataset;
  return {
    participant: data.participant, name: tile.querySelector('bdi')?.textContent ?? '',
    own: data.self === 'true', state: data.state,
    microphone: data.microphone === 'true', camera: data.camera === 'true',
    frames: Number(data.frames), area: [x, y, width, height],
  };
});
"#;

impl AppWindow {
    /// Starts the app on a desktop and waits for its page.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn open(programs: &Programs, desktop: &Desktop, options: &AppOptions) -> Self {
        let mut driver = Command::new("WebKitWebDriver");
        driver.envs(desktop.environment()).env("TAURI_WEBVIEW_AUTOMATION", "true");
        driver.envs(options.environment.iter().map(|(name, value)| (name, value)));
        let capabilities = json!({
            "webkitgtk:browserOptions": { "binary": programs.app(), "args": options.arguments },
        });
        let window = Self { session: Session::open("app", &mut driver, capabilities).await };
        window.wait_for_page().await;
        window
    }

    /// Waits until the page has put something into its document. A key pressed before that is lost: the page loads its
    /// parts one after the other, and listens for keys when it has all of them.
    async fn wait_for_page(&self) {
        const SHOWN: &str = "return document.querySelector('#app')?.childElementCount > 0;";
        eventually_async("a page that shows something", PATIENCE, async || {
            let shown = self.session.client.execute(SHOWN, Vec::new()).await.ok()?;
            (shown == true).then_some(())
        })
        .await;
    }

    /// The page, for everything without a function below.
    #[must_use]
    pub fn page(&self) -> &Client {
        &self.session.client
    }

    /// Everything the app printed so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.session.driver.lines()
    }

    /// The process that started the app. Every process of the app is below it.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.session.driver.pid()
    }

    /// The invite link that it prints with `--print-link`.
    ///
    /// # Panics
    /// When it prints none in time.
    #[must_use]
    pub fn link(&self) -> String {
        let link = |line: &str| line.strip_prefix("holdfast://").map(|rest| format!("holdfast://{rest}"));
        self.session.driver.wait_for("the invite link", PATIENCE, link)
    }

    /// Runs JavaScript in the page.
    ///
    /// # Panics
    /// When it fails.
    pub async fn run(&self, script: &str) -> Value {
        self.session
            .client
            .execute(script, Vec::new())
            .await
            .unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// All tiles, in the order of the page.
    ///
    /// # Panics
    /// When the page cannot be read.
    pub async fn tiles(&self) -> Vec<Tile> {
        serde_json::from_value(self.run(READ_TILES).await).expect("tiles as the page describes them")
    }

    /// Waits until `wanted` accepts the tiles, and returns them.
    ///
    /// # Panics
    /// When that does not happen in time; the message shows the last tiles.
    pub async fn wait_for_tiles(&self, what: &str, mut wanted: impl FnMut(&[Tile]) -> bool) -> Vec<Tile> {
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            let tiles = self.tiles().await;
            if wanted(&tiles) {
                return tiles;
            }
            let late = std::time::Instant::now() >= deadline;
            assert!(!late, "waited {PATIENCE:?} in vain: {what}; tiles: {tiles:#?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until `people` tiles (our own included) are connected and each has drawn `frames` more pictures than when
    /// this first saw it.
    ///
    /// # Panics
    /// When that does not happen in time.
    pub async fn wait_for_pictures(&self, people: usize, frames: u64) -> Vec<Tile> {
        let mut first: std::collections::HashMap<String, u64> = std::collections::HashMap::new();
        self.wait_for_tiles("moving pictures in all tiles", |tiles| {
            for tile in tiles {
                first.entry(tile.participant.clone()).or_insert(tile.frames);
            }
            let plays =
                |tile: &Tile| tile.state == "connected" && tile.frames >= first[&tile.participant] + frames;
            tiles.len() == people && tiles.iter().all(plays)
        })
        .await
    }

    /// Clicks the element with this `data-testid`, once it is there.
    ///
    /// # Panics
    /// When it is not there in time.
    pub async fn click(&self, test_id: &str) {
        let selector = format!("[data-testid=\"{test_id}\"]");
        let element = eventually_async(test_id, PATIENCE, async || {
            self.session.client.find(Locator::Css(&selector)).await.ok()
        })
        .await;
        element.click().await.unwrap_or_else(|error| panic!("click on {test_id}: {error}"));
    }

    /// The error messages on the page: code and sentence of each.
    ///
    /// # Panics
    /// When the page cannot be read.
    pub async fn errors(&self) -> Vec<(String, String)> {
        const READ: &str = r#"
            const messages = [...document.querySelectorAll('[data-testid="error-message"]')];
            return messages.map((message) => [message.dataset.code, message.textContent.trim()]);
        "#;
        serde_json::from_value(self.run(READ).await).expect("messages as the page describes them")
    }

    /// Waits until the page shows all these errors, and returns all that it shows.
    ///
    /// # Panics
    /// When they are not there in time; the message lists those that are.
    pub async fn wait_for_errors(&self, codes: &[&str]) -> Vec<(String, String)> {
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            let errors = self.errors().await;
            if codes.iter().all(|code| errors.iter().any(|(found, _)| found == code)) {
                return errors;
            }
            let late = std::time::Instant::now() >= deadline;
            assert!(!late, "waited {PATIENCE:?} in vain for {codes:?}; there is {errors:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Loads the page again, as F5 in a browser would, and waits until it shows something.
    ///
    /// # Panics
    /// When the page cannot be reached, or stays empty.
    pub async fn reload(&self) {
        self.session.client.refresh().await.expect("the page reloads");
        self.wait_for_page().await;
    }

    /// Closes the page through the driver, and with it the app.
    pub async fn close(self) {
        // If it does not close, dropping ends it.
        let _ = self.session.client.close().await;
    }
}
