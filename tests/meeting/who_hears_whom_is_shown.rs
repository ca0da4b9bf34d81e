//! The people panel says who hears whom: what each of the others says it hears, and what we hear.

use crate::support::{hosting, sending};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, eventually_async};

#[tokio::test(flavor = "multi_thread")]
async fn who_hears_whom_is_shown() {
    let programs = Programs::beside_tests();
    let desktop = Desktop::start(1280, 800);
    let mut options = AppOptions::new(&hosting("Ada", "none", "tone:440"));
    options.arguments.extend(["--sink".into(), "none".into()]);
    let ada = AppWindow::open(&programs, &desktop, &options).await;
    let link = ada.link();
    let mut bo = Bot::join(&programs, &link, "Bo", &sending("pattern:20", "tone:330"));
    ada.wait_for_tiles("Bo", |tiles| tiles.len() == 2).await;
    let _cy = Bot::join(&programs, &link, "Cy", &sending("pattern:60", "none"));
    ada.wait_for_tiles("everyone", |tiles| tiles.len() == 3).await;
    ada.click("control-people").await;
    ada.click("tab-hearing").await;
    // Rows hear columns, in the table's own order: Ada, Bo, Cy (who has no microphone).
    table(&ada, &[["self", "hears", "muted"], ["hears", "self", "muted"], ["hears", "hears", "self"]]).await;

    // A participant that stands still hears no one, and no one hears it. The others still hear each other.
    bo.stop();
    table(&ada, &[["self", "deaf", "muted"], ["unknown", "self", "muted"], ["hears", "deaf", "self"]]).await;
    bo.go_on();
    table(&ada, &[["self", "hears", "muted"], ["hears", "self", "muted"], ["hears", "hears", "self"]]).await;
    ada.close().await;
}

async fn table(ada: &AppWindow, wanted: &[[&str; 3]; 3]) {
    const READ: &str = r#"
        const rows = [...document.querySelectorAll('[data-testid="hearing-table"] tbody tr')];
        return rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.dataset.hearing));
    "#;
    let wanted = serde_json::json!(wanted);
    let mut last = serde_json::Value::Null;
    let what = format!("{wanted}");
    eventually_async(&what, PATIENCE, async || {
        last = ada.run(READ).await;
        println!("{last}");
        (last == wanted).then_some(())
    })
    .await;
}
