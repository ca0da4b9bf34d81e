//! Three people raise their hands, but not in the order in which they came. A person who comes later sees the hands in
//! the order they were raised, as everyone else does.

use crate::support::{joining, sending, wait_for_answer};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, Programs};
use serde_json::json;

/// Longer than a message takes, so that the first hand is certain.
const APART_MS: u64 = 1_000;

/// The list of people from the top, each with the number of their hand.
const READ: &str = r#"
    return [...document.querySelectorAll('[data-testid="person"]')].map((one) => [
      one.querySelector('bdi').textContent.replace(' (you)', ''),
      Number(one.querySelector('[data-testid="person-hand"] > span')?.textContent ?? 0),
    ]);
"#;

/// Waits until one bot has seen the other's hand for a while.
fn sees_hand_of(bot: &mut Bot, name: &str) {
    let since = bot.wait_for_event(&format!("the hand of {name}"), |event| {
        let about = event["event"] == "participant" && event["name"] == name;
        (about && event["media"]["hand"] == true).then(|| event["at_ms"].as_u64())?
    });
    bot.wait_for_event("a while", |event| (event["at_ms"].as_u64()? > since + APART_MS).then_some(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_comes_later_sees_raised_hands_in_their_order() {
    let programs = Programs::beside_tests();
    let picture = sending("pattern", "none");
    let mut bo = Bot::host(&programs, "Bo", &picture);
    let link = bo.link();
    let mut cy = Bot::join(&programs, &link, "Cy", &picture);
    let mut di = Bot::join(&programs, &link, "Di", &picture);
    di.tell("hand on");
    sees_hand_of(&mut cy, "Di");
    cy.tell("hand on");
    sees_hand_of(&mut bo, "Cy");
    bo.tell("hand on");
    sees_hand_of(&mut di, "Bo");

    let desktop = Desktop::start(1280, 800);
    let arguments = [&joining(&link, "Ada", "none", "none")[..], &["--sink", "none"]].concat();
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    ada.wait_for_tiles("all", |tiles| tiles.len() == 4).await;
    ada.click("control-people").await;
    wait_for_answer(&ada, READ, json!([["Di", 1], ["Cy", 2], ["Bo", 3], ["Ada", 0]])).await;
    ada.close().await;
}
