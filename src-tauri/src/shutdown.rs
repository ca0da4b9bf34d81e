//! The end: a goodbye to the meeting, then the exit.

use std::time::Duration;

use tauri::{AppHandle, Manager as _, Runtime};

use crate::call::Call;

/// Longest wait for the goodbye and the embedded server. Quitting always works.
const GOODBYE: Duration = Duration::from_secs(5);

/// Leaves the meeting, if there is one, and ends the app. Returns at once.
pub(crate) fn quit<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let call = app.state::<Call>().inner().clone();
        if tokio::time::timeout(GOODBYE, call.leave()).await.is_err() {
            tracing::warn!("left without a goodbye");
        }
        app.exit(0);
    });
}

/// Quits when the system asks (interrupt from the terminal, termination).
pub(crate) fn listen<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        asked().await;
        tracing::info!("asked to end");
        quit(&app);
    });
}

#[cfg(unix)]
async fn asked() {
    use tokio::signal::unix::{SignalKind, signal};
    // Without a handler the signal ends the process, as it would anyway.
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                () = interrupted() => {}
            }
        }
        Err(_) => interrupted().await,
    }
}

#[cfg(not(unix))]
async fn asked() {
    interrupted().await;
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
