//! What the command line asks for at the start: to enter a meeting, to show a window.

use tauri::{AppHandle, Manager as _, Runtime};

use crate::call::{Call, Destination, Entering};
use crate::cli::{Arguments, Entry};
use crate::window_label::WindowLabel;
use crate::{tray, windows};

/// The name of a person who never gave one.
const NAMELESS: &str = "Guest";

/// Enters the meeting of the command line, if there is one. A failure is shown in the window.
pub(crate) fn enter<R: Runtime>(app: &AppHandle<R>, arguments: &Arguments) {
    let destination = match arguments.entry() {
        Some(Entry::Host) => Destination::Ours,
        // Without a name, the link comes from a click on an invite, and the person decides in the lobby.
        Some(Entry::Join(link)) if arguments.name.is_none() => return offer(app, link),
        Some(Entry::Join(link)) => Destination::Link(link),
        None => return,
    };
    let call = app.state::<Call>().inner().clone();
    let chosen = call.preferences();
    let known = if chosen.name.is_empty() { NAMELESS.to_owned() } else { chosen.name };
    let who = Entering {
        name: arguments.name.clone().unwrap_or(known),
        microphone: arguments.microphone.map_or(chosen.microphone, bool::from),
        camera: arguments.camera.map_or(chosen.camera, bool::from),
    };
    tauri::async_runtime::spawn(async move {
        if let Err(error) = call.enter(destination, who).await {
            tracing::warn!(code = error.code(), "meeting of the command line not entered");
            call.report_failed_start(&error).await;
        }
    });
}

fn offer<R: Runtime>(app: &AppHandle<R>, link: String) {
    let call = app.state::<Call>().inner().clone();
    tauri::async_runtime::spawn(async move { call.offer_link(&link).await });
}

/// Shows the main window if there is no visible tray icon to open it from.
pub(crate) fn show_without_tray<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if !tray::is_shown(&app).await {
            windows::show(&app, WindowLabel::Main);
        }
    });
}
