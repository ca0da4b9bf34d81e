//! Entering a meeting straight from the command line.

use tauri::{AppHandle, Manager as _, Runtime};

use crate::call::{Call, Destination, Entering};
use crate::cli::{Arguments, Entry};
use crate::preferences::PreferencesFile;

/// The name of someone who never gave one.
const NAMELESS: &str = "Guest";

/// Enters the meeting of the command line, if there is one. A failure is shown in the window.
pub(crate) fn enter<R: Runtime>(app: &AppHandle<R>, arguments: &Arguments) {
    let destination = match arguments.entry() {
        Some(Entry::Host) => Destination::Ours,
        Some(Entry::Join(link)) => Destination::Link(link),
        None => return,
    };
    let known = app.state::<PreferencesFile>().get().name;
    let name = arguments.name.clone().unwrap_or(if known.is_empty() { NAMELESS.to_owned() } else { known });
    let who = Entering { name, microphone: arguments.microphone.into(), camera: arguments.camera.into() };
    let call = app.state::<Call>().inner().clone();
    tauri::async_runtime::spawn(async move {
        if let Err(error) = call.enter(destination, who).await {
            tracing::warn!(code = error.code(), "meeting of the command line not entered");
            call.report_failed_start(&error).await;
        }
    });
}
