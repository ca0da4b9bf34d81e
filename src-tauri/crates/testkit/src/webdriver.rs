//! Drives a page through a WebDriver program (W3C WebDriver).

use std::process::Command;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value};

use crate::{Running, eventually_async, free_port};

/// How long the driver may take until it listens, and then until it opens the page.
const START_PATIENCE: Duration = Duration::from_secs(60);

/// A driver and its one session.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) driver: Running,
}

impl Session {
    /// Starts `driver` (which is given `--port`) and opens a session with these capabilities.
    pub(crate) async fn open(name: &str, driver: &mut Command, capabilities: Value) -> Self {
        let port = free_port();
        driver.arg(format!("--port={port}"));
        let driver = Running::start(name, driver);
        let Value::Object(capabilities) = capabilities else { panic!("capabilities are an object") };
        let url = format!("http://127.0.0.1:{port}");
        eventually_async("the driver listens", START_PATIENCE, async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()
        })
        .await;
        let client = connect(&url, capabilities).await;
        Self { client, driver }
    }
}

async fn connect(url: &str, capabilities: Map<String, Value>) -> Client {
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(capabilities);
    match tokio::time::timeout(START_PATIENCE, builder.connect(url)).await {
        Ok(Ok(client)) => client,
        Ok(Err(error)) => panic!("no session: {error}"),
        Err(_) => panic!("no session within {START_PATIENCE:?}"),
    }
}
