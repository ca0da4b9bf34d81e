//! A participant in Chromium: the page of `tests/chromium`, served on loopback and controlled through WebDriver.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::{Browser, PATIENCE, eventually_async};

/// A browser that is in a meeting.
pub struct BrowserParticipant {
    browser: Browser,
}

/// What the page reports about itself.
#[derive(Debug, Deserialize)]
pub struct PageReport {
    /// Errors, in the words of the page.
    pub errors: Vec<String>,
    /// Everyone it knows.
    pub remotes: Vec<PageRemote>,
}

/// What the page reports about another participant.
#[derive(Debug, Deserialize)]
pub struct PageRemote {
    /// Their name.
    pub name: String,
    /// The state of the connection (`RTCPeerConnectionState`).
    pub state: String,
    /// What they last said they send.
    pub media: Option<PageMedia>,
    /// Their pictures, once a track is there.
    pub video: Option<PageVideo>,
    /// Their sound, once there is a track; `None` if the page only plays it.
    pub audio: Option<PageAudio>,
}

/// What a participant said they send.
#[derive(Debug, Deserialize)]
pub struct PageMedia {
    /// Whether the microphone is open.
    pub microphone: bool,
    /// Whether the camera is on.
    pub camera: bool,
}

/// Pictures of a track. If the page only shows them, it counts them, and the rest is zero.
#[derive(Debug, Deserialize)]
pub struct PageVideo {
    /// Pictures so far.
    pub frames: u64,
    /// How many pictures differed from the one before.
    pub changes: u64,
    /// The mean colour of the last: red, green and blue, 0 to 255.
    pub color: [f32; 3],
}

/// The loudest frequency at the moment.
#[derive(Debug, Deserialize)]
pub struct PageAudio {
    /// In hertz.
    pub hz: f64,
    /// Its level in dB relative to full scale.
    pub dbfs: Option<f64>,
}

impl BrowserParticipant {
    /// Joins the meeting of a link, sends this CSS colour and this tone, and measures what arrives.
    ///
    /// # Panics
    /// When the browser does not start or the page cannot join.
    pub async fn join(link: &str, name: &str, color: &str, hz: f64) -> Self {
        Self::enter("join", &[link.into(), name.into(), color.into(), hz.into()]).await
    }

    /// Joins with the browser's synthetic camera and microphone. Only shows and plays what arrives, like any page for
    /// meetings.
    ///
    /// # Panics
    /// When the browser does not start or the page cannot join.
    pub async fn join_with_camera(link: &str, name: &str, (width, height): (u32, u32)) -> Self {
        Self::enter("joinWithCamera", &[link.into(), name.into(), width.into(), height.into()]).await
    }

    async fn enter(method: &str, arguments: &[Value]) -> Self {
        let url = serve().await;
        let browser = Browser::start().await;
        browser.page().goto(&url).await.expect("the page opens");
        let loaded = "return Boolean(window.participant)";
        eventually_async("the page loads", Duration::from_secs(30), async || {
            browser.page().execute(loaded, vec![]).await.ok()?.as_bool()?.then_some(())
        })
        .await;
        let script = format!(
            "const done = arguments[arguments.length - 1];
             participant.{method}(...[...arguments].slice(0, -1)).then(() => done(null), (error) => done(String(error)));"
        );
        let joined = browser.page().execute_async(&script, arguments.to_vec()).await;
        let failure = joined.expect("the page answers");
        assert!(failure.is_null(), "the page could not join: {failure}");
        Self { browser }
    }

    /// The process that started the browser. Every process of the browser is below it.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.browser.driver().pid()
    }

    /// What it sees and hears now.
    ///
    /// # Panics
    /// When the page does not answer.
    pub async fn report(&self) -> PageReport {
        let report = self.browser.page().execute("return participant.report()", vec![]).await.unwrap();
        serde_json::from_value(report.clone()).unwrap_or_else(|error| panic!("{error}: {report}"))
    }

    /// Runs a script in the page.
    ///
    /// # Panics
    /// When it fails.
    pub async fn run(&self, script: &str) {
        self.browser.page().execute(script, vec![]).await.unwrap();
    }

    /// Waits until `wanted` accepts the one other participant.
    ///
    /// # Panics
    /// When that does not happen in time, or the page had an error.
    pub async fn wait_for_remote(&self, what: &str, wanted: impl Fn(&PageRemote) -> bool) -> PageRemote {
        let mut last = None;
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            let mut report = self.report().await;
            assert!(report.errors.is_empty(), "the page met errors: {:?}", report.errors);
            if let Some(remote) = report.remotes.pop() {
                if wanted(&remote) {
                    return remote;
                }
                last = Some(remote);
            }
            assert!(std::time::Instant::now() < deadline, "waited in vain: {what}; last: {last:#?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Serves `tests/chromium` on a free loopback port and returns its address.
async fn serve() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/chromium");
    let library = folder.join("node_modules/@noble/ciphers");
    assert!(library.is_dir(), "run `npm ci` in tests/chromium first");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(move |uri: Uri| file(folder.clone(), uri));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/index.html")
}

async fn file(folder: PathBuf, uri: Uri) -> Response {
    let path = Path::new(uri.path().trim_start_matches('/'));
    let kind = match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html",
        Some("js") => "text/javascript",
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    match std::fs::read(folder.join(path)) {
        Ok(content) if plain => ([(header::CONTENT_TYPE, kind)], content).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
