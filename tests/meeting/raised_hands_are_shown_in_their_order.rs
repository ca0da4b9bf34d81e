//! Hands are raised in two windows. Both windows show them with the same numbers, on the tiles and in the list of
//! people, where the first hand comes first. When a hand is lowered the others move up.

use crate::support::{hosting, joining, wait_for_answer};
use holdfast_testkit::{AppOptions, AppWindow, Desktop, Programs};
use serde_json::{Value, json};

/// The number on each tile by name, and the list of people with their numbers from the top.
const READ: &str = r#"
    const all = (id) => [...document.querySelectorAll(`[data-testid="${id}"]`)];
    const number = (one, id) => Number(one.querySelector(`[data-testid="${id}"] > span`)?.textContent ?? 0);
    const name = (one) => one.querySelector('bdi').textContent.replace(' (you)', '');
    return {
      tiles: Object.fromEntries(all('tile').map((tile) => [name(tile), number(tile, 'tile-hand')])),
      people: all('person').map((row) => [name(row), number(row, 'person-hand')]),
    };
"#;

fn shown(people: [(&str, u8); 2]) -> Value {
    let tiles: serde_json::Map<_, _> =
        people.iter().map(|(name, hand)| ((*name).into(), json!(hand))).collect();
    json!({ "tiles": tiles, "people": people })
}

#[tokio::test(flavor = "multi_thread")]
async fn raised_hands_are_shown_in_their_order() {
    let programs = Programs::beside_tests();
    let (left, right) = (Desktop::start(1280, 800), Desktop::start(1280, 800));
    let silent = |arguments: &[&str]| AppOptions::new(&[arguments, &["--sink", "none"]].concat());
    let ada = AppWindow::open(&programs, &left, &silent(&hosting("Ada", "none", "none"))).await;
    let link = ada.link();
    let grace = AppWindow::open(&programs, &right, &silent(&joining(&link, "Grace", "none", "none"))).await;
    for window in [&ada, &grace] {
        window.wait_for_tiles("both", |tiles| tiles.len() == 2).await;
        window.click("control-people").await;
    }
    let both = async |people| {
        for window in [&ada, &grace] {
            wait_for_answer(window, READ, shown(people)).await;
        }
    };
    // Without a raised hand, our own line comes first.
    wait_for_answer(&ada, READ, shown([("Ada", 0), ("Grace", 0)])).await;
    wait_for_answer(&grace, READ, shown([("Grace", 0), ("Ada", 0)])).await;

    grace.click("control-hand").await;
    both([("Grace", 1), ("Ada", 0)]).await;
    ada.click("control-hand").await;
    both([("Grace", 1), ("Ada", 2)]).await;
    grace.click("control-hand").await;
    both([("Ada", 1), ("Grace", 0)]).await;
    // A hand that is raised again comes last.
    grace.click("control-hand").await;
    both([("Ada", 1), ("Grace", 2)]).await;
    for window in [&ada, &grace] {
        window.click("control-hand").await;
    }
    wait_for_answer(&ada, READ, shown([("Ada", 0), ("Grace", 0)])).await;
    wait_for_answer(&grace, READ, shown([("Grace", 0), ("Ada", 0)])).await;
    ada.close().await;
    grace.close().await;
}
