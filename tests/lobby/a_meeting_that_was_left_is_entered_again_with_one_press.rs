//! A meeting that was left is listed on the home screen. One press leads back into it, and an invite from before still
//! works for others.

use crate::support::lobby::{enter, leave};
use crate::support::{invite, sending, wait_for_answer, waiting};
use holdfast_protocol::MeetingLink;
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, Programs};

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_that_was_left_is_entered_again_with_one_press() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    let mut arguments = waiting("pattern:120", "tone:440");
    arguments.extend(["--print-link", "--data-dir", data.path().to_str().unwrap()]);
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    ada.click("home-host").await;
    enter(&ada, "Ada").await;
    ada.wait_for_pictures(1, 5).await;
    let link = ada.link();
    let room = link.parse::<MeetingLink>().unwrap().room.to_string();

    leave(&ada).await;
    let rooms =
        "return [...document.querySelectorAll('[data-testid=recent]')].map(({ dataset }) => dataset.room);";
    wait_for_answer(&ada, rooms, vec![room]).await;
    ada.click("recent-join").await;
    ada.wait_for_pictures(1, 5).await;
    assert_eq!(invite(&ada).await, link.as_str());
    let mut bo = Bot::join(&programs, &link, "Bo", &sending("pattern:20", "tone:330"));
    ada.wait_for_pictures(2, 5).await;
    bo.wait_until_received("Ada", 5, Some(440.0));
    let (status, _) = bo.end();
    assert!(status.success(), "{status}");
    ada.close().await;
}
