//! A person who is muted speaks. Their window tells them, and still no sound is sent.

use crate::support::{hosting, sending};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop, PATIENCE, Programs, eventually_async};

/// Whether the hint is shown, and how often it was read out for screen readers.
const READ: &str = r#"
    const words = [...document.querySelectorAll('[data-testid="announcement"] p')].map((one) => one.textContent);
    return [
      document.querySelector('[data-testid="muted-hint"]') !== null,
      words.filter((one) => one.includes('microphone is off. Nobody hears')).length,
    ];
"#;

async fn hint(window: &AppWindow) -> (bool, usize) {
    serde_json::from_value(window.run(READ).await).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn speaking_into_a_closed_microphone_shows_a_hint() {
    let (programs, desktop) = (Programs::beside_tests(), Desktop::start(1280, 800));
    let mut arguments = hosting("Ada", "none", "tone:440");
    arguments.extend(["--sink", "none"]);
    let ada = AppWindow::open(&programs, &desktop, &AppOptions::new(&arguments)).await;
    // Bo is silent, because sound from a loudspeaker would not count as our voice.
    let mut bo = Bot::join(&programs, &ada.link(), "Bo", &sending("pattern:240", "none"));
    bo.wait_until_received("Ada", 0, Some(440.0));
    assert_eq!(hint(&ada).await, (false, 0), "while they are heard");

    ada.click("control-microphone").await;
    wait_for_silence(&mut bo);
    eventually_async("the hint", PATIENCE, async || hint(&ada).await.0.then_some(())).await;
    assert_eq!(hint(&ada).await.1, 1, "said once");
    drop(bo.new_events());
    wait_for_silence(&mut bo);
    ada.click("control-microphone").await;
    eventually_async("no hint", PATIENCE, async || (!hint(&ada).await.0).then_some(())).await;
    assert_eq!(hint(&ada).await.1, 1);

    let (status, _) = bo.end();
    assert!(status.success(), "{status}");
    ada.close().await;
}

/// The sound from Ada is digital silence.
fn wait_for_silence(bo: &mut Bot) {
    let id = bo.id_of("Ada");
    bo.wait_for_event("silence", |event| {
        let about = event["event"] == "receiving" && event["id"] == id.as_str();
        (about && event["dbfs"].as_f64()? <= -60.0).then_some(())
    });
}
