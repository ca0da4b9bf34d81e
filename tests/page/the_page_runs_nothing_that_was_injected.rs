//! The page's content security policy, in the real window: no injected script and no script in an attribute runs, and
//! nothing is fetched from elsewhere. The webview reports each attempt.

use crate::support::waiting;
use holdfast_testkit::{AppOptions, AppWindow, Desktop, PATIENCE, Programs, eventually_async};

/// Keeps what was refused, and by which rule.
const WATCH: &str = r#"
    window.refused = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      window.refused.push([event.effectiveDirective, event.blockedURI]);
    });
"#;

const SCRIPT: &str = r#"
    const script = document.createElement('script');
    script.textContent = 'window.injected = "script"';
    document.body.append(script);
"#;

/// The response is the page and not a picture, so its error handler would run.
const ATTRIBUTE: &str = r#"
    const place = document.createElement('div');
    place.innerHTML = '<img src="/no-picture" onerror="window.injected = \'attribute\'">';
    place.firstChild.addEventListener('error', () => { window.failed = true; });
    document.body.append(place);
"#;

const FETCH: &str = r#"
    fetch('https://example.invalid/').then(
      () => { window.fetched = 'an answer'; },
      () => { window.fetched = 'refused'; },
    );
"#;

/// Runs the script, waits until a rule of this name refuses something, and returns what it refused. Forgets it.
async fn refused(window: &AppWindow, script: &str, rule: &str) -> String {
    window.run(script).await;
    let refused = eventually_async(rule, PATIENCE, async || {
        let all = window.run("return window.refused;").await;
        let all: Vec<(String, String)> = serde_json::from_value(all).unwrap();
        all.into_iter().find(|(found, _)| found.starts_with(rule)).map(|(_, what)| what)
    })
    .await;
    window.run("window.refused = [];").await;
    refused
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_runs_nothing_that_was_injected() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    let mut arguments = waiting("none", "none");
    arguments.extend(["--data-dir", data.path().to_str().unwrap()]);
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    let home = "return document.querySelector('[data-testid=\"home\"]') !== null;";
    eventually_async("the page", PATIENCE, async || (ada.run(home).await == true).then_some(())).await;
    ada.run(WATCH).await;

    refused(&ada, SCRIPT, "script-src").await;
    refused(&ada, ATTRIBUTE, "script-src").await;
    eventually_async("the picture that is not one", PATIENCE, async || {
        (ada.run("return window.failed;").await == true).then_some(())
    })
    .await;
    let what = refused(&ada, FETCH, "connect-src").await;
    assert!(what.starts_with("https://example.invalid"), "{what}");
    eventually_async("the end of the fetch", PATIENCE, async || {
        ada.run("return window.fetched ?? null;").await.as_str().map(str::to_owned)
    })
    .await;
    assert_eq!(ada.run("return window.fetched;").await, "refused");
    assert!(ada.run("return window.injected ?? null;").await.is_null(), "something ran");
    ada.close().await;
}
