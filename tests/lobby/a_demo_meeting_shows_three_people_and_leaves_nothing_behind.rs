//! A person without a meeting can look around in a demo meeting with three synthetic people. The app remembers nothing
//! of it.

use crate::support::lobby::{enter, leave};
use crate::support::screen::assert_plays;
use crate::support::waiting;
use holdfast_testkit::{AppOptions, AppWindow, Desktop, Programs};

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_meeting_shows_three_people_and_leaves_nothing_behind() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let data = tempfile::tempdir().unwrap();
    let mut arguments = waiting("pattern:330", "none");
    arguments.extend(["--data-dir", data.path().to_str().unwrap()]);
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    ada.click("home-demo").await;
    enter(&ada, "Ada").await;
    let tiles = ada.wait_for_pictures(4, 15).await;
    assert_plays(
        &desktop,
        &ada,
        &tiles,
        &[("Mira", 25.0), ("Jonas", 150.0), ("Aiko", 265.0), ("Ada", 330.0)],
    )
    .await;

    leave(&ada).await;
    let ways_back =
        "return document.querySelectorAll('[data-testid=recent], [data-testid=rejoin-card]').length;";
    assert_eq!(ada.run(ways_back).await, 0, "nowhere to go back to");
    for file in ["recent.json", "call.json"] {
        assert!(!data.path().join(file).exists(), "{file}");
    }
    ada.close().await;
}
