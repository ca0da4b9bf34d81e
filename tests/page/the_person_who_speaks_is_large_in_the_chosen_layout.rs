//! In the layout that follows the speaker, the person who speaks is large. The choice stays after the page reloads.

use crate::support::layout::{wait_for_large, wait_for_layout};
use crate::support::{hosting, sending};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, Programs};

#[tokio::test(flavor = "multi_thread")]
async fn the_person_who_speaks_is_large_in_the_chosen_layout() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    let mut arguments = hosting("Ada", "pattern:120", "none");
    arguments.extend(["--sink", "none", "--data-dir", data.path().to_str().unwrap()]);
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    let link = ada.link();
    let join = |name, video, audio| Bot::join(&programs, &link, name, &sending(video, audio));
    let (mut bo, mut cy) = (join("Bo", "pattern:20", "tone:330"), join("Cy", "pattern:300", "tone:550"));
    bo.tell("microphone off");
    ada.wait_for_pictures(3, 3).await;
    wait_for_layout(&ada, "grid").await;

    ada.click("control-layout").await;
    ada.click("layout-speaker").await;
    wait_for_layout(&ada, "speaker").await;
    wait_for_large(&ada, "Cy").await;
    cy.tell("microphone off");
    bo.tell("microphone on");
    wait_for_large(&ada, "Bo").await;
    ada.reload().await;
    wait_for_layout(&ada, "speaker").await;
    wait_for_large(&ada, "Bo").await;

    ada.click("control-layout").await;
    ada.click("layout-grid").await;
    wait_for_layout(&ada, "grid").await;
    ada.close().await;
}
