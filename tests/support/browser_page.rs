//! The browser participant of `tests/chromium`, served on loopback and steered through WebDriver.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use holdfast_testkit::{Browser, eventually_async};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpListener;

/// A browser that is in a meeting.
pub(crate) struct BrowserParticipant {
    browser: Browser,
}

/// What the page says of itself.
#[derive(Debug, Deserialize)]
pub(crate) struct PageReport {
    pub(crate) errors: Vec<String>,
    pub(crate) remotes: Vec<PageRemote>,
}

/// What the page says of another participant.
#[derive(Debug, Deserialize)]
pub(crate) struct PageRemote {
    pub(crate) name: String,
    pub(crate) state: String,
    pub(crate) media: Option<PageMedia>,
    pub(crate) video: Option<PageVideo>,
    pub(crate) audio: Option<PageAudio>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PageMedia {
    pub(crate) microphone: bool,
    pub(crate) camera: bool,
}

/// Pictures decoded, how many differed from the one before, and the mean colour of the last.
#[derive(Debug, Deserialize)]
pub(crate) struct PageVideo {
    pub(crate) frames: u64,
    pub(crate) changes: u64,
    pub(crate) color: [f32; 3],
}

/// The loudest frequency at the moment.
#[derive(Debug, Deserialize)]
pub(crate) struct PageAudio {
    pub(crate) hz: f64,
    pub(crate) dbfs: Option<f64>,
}

impl BrowserParticipant {
    /// Joins the meeting of a link, sending this CSS colour and this tone.
    pub(crate) async fn join(link: &str, name: &str, color: &str, hz: f64) -> Self {
        let url = serve().await;
        let browser = Browser::start().await;
        browser.page().goto(&url).await.unwrap();
        let loaded = "return Boolean(window.participant)";
        eventually_async("the page loads", Duration::from_secs(30), async || {
            browser.page().execute(loaded, vec![]).await.ok()?.as_bool()?.then_some(())
        })
        .await;
        let join = r#"
            const done = arguments[arguments.length - 1];
            participant.join(...[...arguments].slice(0, 4)).then(() => done(null), (error) => done(String(error)));
        "#;
        let arguments: Vec<Value> = vec![link.into(), name.into(), color.into(), hz.into()];
        let failure = browser.page().execute_async(join, arguments).await.unwrap();
        assert!(failure.is_null(), "the page could not join: {failure}");
        Self { browser }
    }

    /// What it sees and hears now.
    pub(crate) async fn report(&self) -> PageReport {
        let report = self.browser.page().execute("return participant.report()", vec![]).await.unwrap();
        serde_json::from_value(report.clone()).unwrap_or_else(|error| panic!("{error}: {report}"))
    }

    /// Runs a script in the page.
    pub(crate) async fn run(&self, script: &str) {
        self.browser.page().execute(script, vec![]).await.unwrap();
    }

    /// Waits until the one other participant is as wanted.
    pub(crate) async fn wait_for_remote(
        &self,
        what: &str,
        wanted: impl Fn(&PageRemote) -> bool,
    ) -> PageRemote {
        let mut last = None;
        let deadline = std::time::Instant::now() + holdfast_testkit::PATIENCE;
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
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/chromium");
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
