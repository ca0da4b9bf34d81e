//! The icon in the tray: the window, the microphone and the way out, without looking for the window first.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager as _, Runtime};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::call::Call;
use crate::{shutdown, window};

const SHOW: &str = "show";
const MICROPHONE: &str = "microphone";
const LEAVE: &str = "leave";
const QUIT: &str = "quit";

/// Shows the icon where the system has a tray; the app does not depend on it.
pub(crate) fn show<R: Runtime>(app: &AppHandle<R>) {
    // On Linux the tray's library is looked for at run time, and its binding panics when it is not installed.
    match catch_unwind(AssertUnwindSafe(|| build(app))) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "no tray icon"),
        Err(_) => tracing::warn!("no tray icon: its library is not installed"),
    }
}

fn build<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    let microphone = MenuItem::with_id(app, MICROPHONE, Microphone::None.label(), false, None::<&str>)?;
    let leave = MenuItem::with_id(app, LEAVE, "Leave meeting", false, None::<&str>)?;
    let menu = Menu::with_items(
        app,
        &[
            &MenuItem::with_id(app, SHOW, "Show Holdfast", true, None::<&str>)?,
            &PredefinedMenuItem::separator(app)?,
            &microphone,
            &leave,
            &PredefinedMenuItem::separator(app)?,
            &MenuItem::with_id(app, QUIT, "Quit", true, None::<&str>)?,
        ],
    )?;
    let mut tray = TrayIconBuilder::with_id("holdfast").tooltip("Holdfast").menu(&menu);
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.on_menu_event(|app, event| chosen(app, event.id().as_ref())).build(app)?;
    let call = app.state::<Call>().inner().clone();
    // From here on, so that a meeting entered before the task runs is not missed.
    let changes = call.observe();
    tauri::async_runtime::spawn(follow(call, changes, microphone, leave));
    Ok(())
}

fn chosen<R: Runtime>(app: &AppHandle<R>, item: &str) {
    match item {
        SHOW => window::show(app),
        QUIT => shutdown::quit(app),
        _ => {}
    }
    let call = app.state::<Call>().inner().clone();
    match item {
        MICROPHONE => drop(tauri::async_runtime::spawn(toggle_microphone(call))),
        LEAVE => drop(tauri::async_runtime::spawn(async move { call.leave().await })),
        _ => {}
    }
}

async fn toggle_microphone(call: Call) {
    let (Ok(meeting), Some(snapshot)) = (call.meeting(), call.snapshot().await) else { return };
    // A meeting that ended meanwhile needs no microphone.
    let _ = meeting.set_microphone(!snapshot.me.media.microphone).await;
}

/// Keeps the menu true to the call.
async fn follow<R: Runtime>(
    call: Call,
    mut changes: broadcast::Receiver<()>,
    microphone: MenuItem<R>,
    leave: MenuItem<R>,
) {
    let mut shown = Microphone::None;
    loop {
        if let Err(RecvError::Closed) = changes.recv().await {
            return;
        }
        let now = match call.snapshot().await {
            None => Microphone::None,
            Some(snapshot) if snapshot.me.media.microphone => Microphone::Open,
            Some(_) => Microphone::Muted,
        };
        // Each call goes to the main thread, so only what changed.
        if now != shown {
            shown = now;
            let in_meeting = now != Microphone::None;
            let _ = microphone.set_text(now.label());
            let _ = microphone.set_enabled(in_meeting);
            let _ = leave.set_enabled(in_meeting);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Microphone {
    /// Not in a meeting.
    None,
    Open,
    Muted,
}

impl Microphone {
    fn label(self) -> &'static str {
        match self {
            Self::None | Self::Open => "Mute microphone",
            Self::Muted => "Unmute microphone",
        }
    }
}
