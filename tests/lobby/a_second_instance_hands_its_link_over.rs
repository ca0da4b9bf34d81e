//! The app is started again with an invite, as a click on an invite does. The running app shows the lobby, and the
//! second one ends. A link never takes a person out of a meeting: the window says so.
#![cfg(target_os = "linux")]

use std::process::Command;

use crate::support::processes::start_again;
use crate::support::{invite, joining, sending, waiting};
use holdfast_testkit::{
    AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, Running, Tile, eventually_async,
};

const LOBBY: &str = r#"return document.querySelector('[data-testid="lobby"]')?.dataset.goal ?? null"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_instance_hands_its_link_over() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    let bo = Bot::host(&programs, "Bo", &sending("pattern:20", "tone:330"));
    let link = bo.link();
    let mut arguments = waiting("pattern:120", "tone:440");
    arguments.extend(["--data-dir", data.path().to_str().unwrap()]);
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;

    start_again(&programs, &desktop, data.path(), Some(&link));
    eventually_async("the lobby of the link", PATIENCE, async || {
        ada.run(LOBBY).await.as_str().map(str::to_owned)
    })
    .await;
    assert!(ada.tiles().await.is_empty(), "a person decides");

    // An app with another folder is independent of it.
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

#[tokio::test(flavor = "multi_thread")]
async fn a_link_takes_no_one_out_of_a_meeting() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    let mut bo = Bot::host(&programs, "Bo", &sending("pattern:20", "tone:330"));
    let cy = Bot::host(&programs, "Cy", &sending("none", "tone:550"));
    let (link, other) = (bo.link(), cy.link());
    let mut arguments = joining(&link, "Ada", "pattern:120", "tone:440");
    arguments.extend(["--sink", "none", "--data-dir", data.path().to_str().unwrap()]);
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    let before = ada.wait_for_pictures(2, 5).await;
    bo.wait_until_received("Ada", 5, Some(440.0));
    let before_link = invite(&ada).await;

    start_again(&programs, &desktop, data.path(), Some(&other));
    ada.wait_for_errors(&["link_in_meeting"]).await;
    assert!(ada.run(LOBBY).await.is_null(), "no other meeting is offered");
    let after = ada.wait_for_pictures(2, 10).await;
    let people = |tiles: &[Tile]| tiles.iter().map(|tile| tile.participant.clone()).collect::<Vec<_>>();
    assert_eq!(people(&after), people(&before));
    assert_eq!(invite(&ada).await, before_link);

    let (status, report) = bo.end();
    assert!(status.success(), "{status}");
    let states: Vec<_> = report.of("Ada").states.iter().map(|change| change.state.as_str()).collect();
    assert_eq!(states.iter().filter(|state| **state == "connected").count(), 1, "{states:?}");
    assert!(!states.contains(&"reconnecting") && !states.contains(&"left"), "{states:?}");
    let (_, report) = cy.end();
    assert!(report.remotes.is_empty(), "{:?}", report.remotes);
    ada.close().await;
}
