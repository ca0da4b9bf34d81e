//! Someone writes in a window. The others get it, in a window and in a bot, and the author sees that it was delivered. A
//! message to one person reaches no one else. A person who comes later, and a page that is reloaded, have what was
//! written before.

use crate::support::{joining, sending, wait_for_answer};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, Programs};
use serde_json::{Value, json};

/// The messages from the top, each with how far it came.
const READ: &str = r#"
    return [...document.querySelectorAll('[data-testid="chat-message"]')].map((one) =>
      [one.querySelector('p').textContent, one.dataset.delivery ?? null]);
"#;

/// Writes as a person does.
async fn write(window: &AppWindow, text: &str) {
    let script = format!(
        r#"
        const field = document.querySelector('[data-testid="chat-draft"]');
        field.value = {};
        field.dispatchEvent(new Event('input', {{ bubbles: true }}));
        field.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'Enter', bubbles: true, cancelable: true }}));
        "#,
        json!(text)
    );
    window.run(&script).await;
}

fn came(bot: &mut Bot, text: &str) -> Value {
    bot.wait_for_event(text, |event| {
        (event["event"] == "chat" && event["text"] == text).then(|| event.clone())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_reaches_everyone() {
    let programs = Programs::beside_tests();
    let silent = sending("none", "none");
    let mut bo = Bot::host(&programs, "Bo", &silent);
    let link = bo.link();
    let mut cy = Bot::join(&programs, &link, "Cy", &silent);
    bo.tell("say good morning");
    let morning = came(&mut cy, "good morning");
    assert_eq!(
        (&morning["name"], &morning["own"], &morning["to"]),
        (&json!("Bo"), &json!(false), &Value::Null)
    );

    let desktop = Desktop::start(1280, 800);
    let arguments = [&joining(&link, "Ada", "none", "tone:440")[..], &["--sink", "none"]].concat();
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    ada.wait_for_tiles("all", |tiles| tiles.len() == 3).await;
    ada.click("control-chat").await;
    wait_for_answer(&ada, READ, json!([["good morning", null]])).await;

    write(&ada, "<b>hello</b> https://example.org").await;
    let written = json!([["good morning", null], ["<b>hello</b> https://example.org", "delivered"]]);
    wait_for_answer(&ada, READ, written).await;
    let mut author = Value::Null;
    for bot in [&mut bo, &mut cy] {
        let hello = came(bot, "<b>hello</b> https://example.org");
        assert_eq!((&hello["name"], &hello["earlier"]), (&json!("Ada"), &json!(false)));
        author = hello["participant"].clone();
    }

    bo.tell(&format!("tell {} only for you", author.as_str().expect("the author has an id")));
    let both = json!([
        ["good morning", null],
        ["<b>hello</b> https://example.org", "delivered"],
        ["only for you", null],
    ]);
    wait_for_answer(&ada, READ, both.clone()).await;
    bo.tell("say and for all");
    came(&mut cy, "and for all");
    assert!(!cy.lines().iter().any(|line| line.contains("only for you")), "it reached no one else");

    ada.reload().await;
    ada.click("control-chat").await;
    let all = [both.as_array().cloned().unwrap_or_default(), vec![json!(["and for all", null])]].concat();
    wait_for_answer(&ada, READ, json!(all)).await;
    ada.close().await;
}
