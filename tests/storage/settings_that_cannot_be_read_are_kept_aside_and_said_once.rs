//! The settings file is damaged. The window says so, starts with the default settings, and keeps the damaged file. The
//! next start says nothing. A person who starts with a link, and so sees no home screen, is told in the meeting.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;

use crate::support::lobby::enter;
use crate::support::settings::{FILE, assert_known_as, said_at_home};
use crate::support::{sending, wait_for_answer, waiting};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, Programs};

const DAMAGED: &str = r#"{"name":"Ada","appearance":"dark","hideSelf":tr"#;

const CODE: &str = "preferences_reset";

fn options(arguments: &[&str], data: &Path) -> AppOptions {
    AppOptions::new(&[arguments, &["--data-dir", data.to_str().unwrap()]].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_cannot_be_read_are_kept_aside_and_said_once() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    fs::write(data.path().join(FILE), DAMAGED).unwrap();
    let options = options(&waiting("none", "none"), data.path());
    let window = AppWindow::open(&programs, &desktop, &options).await;
    let errors = window.wait_for_errors(&[CODE]).await;
    let [(_, sentence)] = &errors[..] else { panic!("one thing is wrong: {errors:?}") };
    assert!(sentence.contains("settings") && sentence.contains("kept"), "{sentence}");
    assert_eq!(fs::read_to_string(data.path().join(format!("{FILE}.broken"))).unwrap(), DAMAGED);
    wait_for_answer(&window, "return document.documentElement.dataset.theme ?? null;", None::<String>).await;
    assert_known_as(&window, "").await;
    window.close().await;

    let window = AppWindow::open(&programs, &desktop, &options).await;
    let said = said_at_home(&window, &programs, &desktop, data.path()).await;
    assert!(said.is_empty(), "said again: {said:?}");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_comes_by_a_link_is_told_in_the_meeting() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    fs::write(data.path().join(FILE), DAMAGED).unwrap();
    let bo = Bot::host(&programs, "Bo", &sending("none", "none"));
    let link = bo.link();
    let arguments = [&[link.as_str()][..], &waiting("none", "none")].concat();
    let window = AppWindow::open(&programs, &desktop, &options(&arguments, data.path())).await;
    enter(&window, "Ada").await;
    window.wait_for_tiles("in the meeting", |tiles| tiles.len() == 2).await;
    window.wait_for_errors(&[CODE]).await;
    window.close().await;
}
