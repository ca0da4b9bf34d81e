//! The end: says goodbye to the meeting, then exits.

use std::time::Duration;

use tauri::{AppHandle, Manager as _, Runtime};

use crate::call::Call;
use crate::windows;

/// Who ends the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The person: the meeting is left.
    ByPerson,
    /// The system, which may be restarting: the meeting can be rejoined.
    BySystem,
}

/// Longest wait for the goodbye and the embedded server. Quitting always works.
const GOODBYE: Duration = Duration::from_secs(5);

/// Leaves the meeting, if there is one, and ends the app. Returns at once.
pub(crate) fn quit<R: Runtime>(app: &AppHandle<R>, wanted: Wanted) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let call = app.state::<Call>().inner().clone();
        let told = call.tell_full_screen(false);
        let goodbye = async {
            match wanted {
                Wanted::ByPerson => call.leave().await,
                Wanted::BySystem => call.leave_for_now().await,
            }
            call.left().await;
        };
        let (left, ()) =
            tokio::join!(tokio::time::timeout(GOODBYE, goodbye), windows::leave_full_screen(&app, told));
        if left.is_err() {
            tracing::warn!("left without a goodbye");
        }
        app.exit(0);
    });
}

/// Quits when the system asks (interrupt from the terminal, termination).
pub(crate) fn listen<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let wanted = asked().await;
        tracing::info!(?wanted, "asked to end");
        quit(&app, wanted);
    });
}

#[cfg(unix)]
async fn asked() -> Wanted {
    use tokio::signal::unix::{SignalKind, signal};
    // If there is no handler, the signal ends the process anyway.
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => Wanted::BySystem,
                wanted = interrupted() => wanted,
            }
        }
        Err(_) => interrupted().await,
    }
}

#[cfg(not(unix))]
async fn asked() -> Wanted {
    interrupted().await
}

async fn interrupted() -> Wanted {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    Wanted::ByPerson
}
