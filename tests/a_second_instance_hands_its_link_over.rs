//! The app is started again with an invite, as a click on one does: the running app shows the lobby, and the second one
//! ends. In a meeting nothing is left because of a link.
#![allow(missing_docs, clippy::unwrap_used)]
#![cfg(target_os = "linux")]

mod support;

use std::path::Path;
use std::process::Command;

use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, Running, eventually_async};
use support::{sending, waiting};

const LOBBY: &str = r#"return document.querySelector('[data-testid="lobby"]')?.dataset.goal ?? null"#;

fn again(programs: &Programs, desktop: &Desktop, data: &Path, link: &str) {
    let mut command = Command::new(programs.app());
    command.envs(desktop.environment()).arg(link).arg("--data-dir").arg(data);
    let status = Running::start("second instance", &mut command).wait_for_end(PATIENCE);
    assert!(status.success(), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_instance_hands_its_link_over() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    let bo = Bot::host(&programs, "Bo", &sending("pattern:20", "tone:330"));
    let link = bo.link();
    let mut arguments = waiting("pattern:120", "tone:440");
    arguments.extend(["--data-dir", data.path().to_str().unwrap()]);
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;

    again(&programs, &desktop, data.path(), &link);
    eventually_async("the lobby of the link", PATIENCE, async || {
        ada.run(LOBBY).await.as_str().map(str::to_owned)
    })
    .await;
    assert!(ada.tiles().await.is_empty(), "a person decides");

    // An app with another folder is none of its business.
    let other = tempfile::tempdir().unwrap();
    let mut arguments = waiting("pattern:200", "none");
    arguments.extend([
        "--host",
        "--print-link",
        "--name",
        "Eve",
        "--data-dir",
        other.path().to_str().unwrap(),
    ]);
    let mut eve = Command::new(programs.app());
    eve.envs(desktop.environment()).args(&arguments);
    let eve = Running::start("another app", &mut eve);
    eve.wait_for("its invite", PATIENCE, |line| line.starts_with("holdfast://").then_some(()));
    ada.close().await;
}
