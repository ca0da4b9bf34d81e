//! The icon in the tray: the window, the microphone and the way out, without looking for the window first.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager as _, Runtime};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::call::Call;
use crate::error::AppError;
use crate::shutdown::{self, Wanted};
use crate::window;

const SHOW: &str = "show";
const MICROPHONE: &str = "microphone";
const LEAVE: &str = "leave";
const REJOIN: &str = "rejoin";
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
    let can_rejoin = app.state::<Call>().can_rejoin();
    let rejoin = MenuItem::with_id(app, REJOIN, "Rejoin last meeting", can_rejoin, None::<&str>)?;
    let menu = Menu::with_items(
        app,
        &[
            &MenuItem::with_id(app, SHOW, "Show Holdfast", true, None::<&str>)?,
            &PredefinedMenuItem::separator(app)?,
            &microphone,
            &leave,
            &rejoin,
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
    tauri::async_runtime::spawn(follow(call, changes, Items { microphone, leave, rejoin }));
    Ok(())
}

fn chosen<R: Runtime>(app: &AppHandle<R>, item: &str) {
    match item {
        SHOW => window::show(app),
        QUIT => shutdown::quit(app, Wanted::ByPerson),
        // What is happening, and what went wrong, is shown there.
        REJOIN => window::show(app),
        _ => {}
    }
    let call = app.state::<Call>().inner().clone();
    match item {
        MICROPHONE => drop(tauri::async_runtime::spawn(toggle_microphone(call))),
        LEAVE => drop(tauri::async_runtime::spawn(async move { call.leave().await })),
        REJOIN => drop(tauri::async_runtime::spawn(rejoin(call))),
        _ => {}
    }
}

async fn toggle_microphone(call: Call) {
    let Some(snapshot) = call.snapshot().await else { return };
    // A meeting that ended meanwhile needs no microphone.
    let _ = call.set_microphone(!snapshot.me.media.microphone).await;
}

async fn rejoin(call: Call) {
    if let Err(error) = call.rejoin().await {
        tracing::warn!(code = error.code(), "not rejoined");
        // Called off by the person, or under way already: nothing to say.
        if !matches!(error, AppError::Cancelled | AppError::AlreadyInMeeting) {
            call.report_failed_start(&error).await;
        }
    }
}

struct Items<R: Runtime> {
    microphone: MenuItem<R>,
    leave: MenuItem<R>,
    rejoin: MenuItem<R>,
}

/// Keeps the menu true to the call.
async fn follow<R: Runtime>(call: Call, mut changes: broadcast::Receiver<()>, items: Items<R>) {
    let mut shown = Microphone::None;
    let mut could_rejoin = None;
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
            let _ = items.microphone.set_text(now.label());
            let _ = items.microphone.set_enabled(in_meeting);
            let _ = items.leave.set_enabled(in_meeting);
        }
        let can_rejoin = Some(call.can_rejoin());
        if can_rejoin != could_rejoin {
            could_rejoin = can_rejoin;
            let _ = items.rejoin.set_enabled(can_rejoin == Some(true));
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
