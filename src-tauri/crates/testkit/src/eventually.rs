//! Waits for something to become true, with a deadline and a reason.

use std::time::{Duration, Instant};

/// How often a condition is checked. The check decides, never the wait.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Checks until there is an answer.
///
/// # Panics
/// When there is none in time; the message names the condition.
#[track_caller]
pub fn eventually<T>(what: &str, patience: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(answer) = look() {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited {patience:?} in vain: {what}");
        std::thread::sleep(LOOK_EVERY);
    }
}

/// The same for conditions that need an async question, such as those of a web page.
///
/// # Panics
/// When there is no answer in time.
pub async fn eventually_async<T>(
    what: &str,
    patience: Duration,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(answer) = look().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited {patience:?} in vain: {what}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
