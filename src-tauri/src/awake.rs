//! Keeps the computer and its screen awake during a call. A failure is only logged: the call goes on.

use keepawake::{Builder, KeepAwake};
use tauri::{AppHandle, Manager as _, Runtime};
use tokio::sync::broadcast::error::RecvError;

use crate::call::Call;

/// Held while the computer must stay awake. Two, because a system may grant one and not the other.
type Held = [Option<KeepAwake>; 2];

/// Follows the call from here on.
pub(crate) fn follow<R: Runtime>(app: &AppHandle<R>) {
    let call = app.state::<Call>().inner().clone();
    let mut changes = call.observe();
    tauri::async_runtime::spawn(async move {
        let mut held: Option<Held> = None;
        loop {
            if let Err(RecvError::Closed) = changes.recv().await {
                return;
            }
            let wanted = call.is_in_meeting();
            if wanted != held.is_some() {
                let before = held.take();
                // This asks services of the system, which may take time.
                let change = move || {
                    drop(before);
                    wanted.then(hold)
                };
                held = tokio::task::spawn_blocking(change).await.unwrap_or_default();
            }
        }
    });
}

fn hold() -> Held {
    let ask = |what: &str, builder: &mut Builder| {
        let asked =
            builder.reason("In a meeting").app_name("Holdfast").app_reverse_domain("io.github.holdfast");
        asked
            .create()
            .inspect_err(|error| tracing::warn!(what, %error, "may fall asleep during the call"))
            .ok()
    };
    [
        ask("screen", Builder::default().display(true)),
        ask("computer", Builder::default().idle(true).sleep(true)),
    ]
}
