//! One app for each data folder: a second one hands its link over and ends.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use clap::Parser as _;
use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Manager as _, Runtime};

use crate::call::Call;
use crate::cli::Arguments;
use crate::setup::Setup;
use crate::window_label::WindowLabel;
use crate::windows;

/// The id by which the first instance is found; below it, one name for each data folder that was named by a person.
const ID: &str = "io.github.holdfast.desktop";

/// Tauri's part of it. Outside of Linux, instances cannot be told apart by folder, so there an instance with a folder
/// of its own stays alone.
pub(crate) fn plugin<R: Runtime>(setup: &Setup) -> Option<TauriPlugin<R>> {
    let id = match &setup.arguments.data_dir {
        None => ID.to_owned(),
        Some(_) if !cfg!(target_os = "linux") => return None,
        Some(folder) => {
            let mut hasher = DefaultHasher::new();
            std::path::absolute(folder).unwrap_or_else(|_| folder.clone()).hash(&mut hasher);
            format!("{ID}.folder{:016x}", hasher.finish())
        }
    };
    let plugin = tauri_plugin_single_instance::Builder::new().dbus_id(id);
    Some(plugin.callback(|app, line, _| handed_over(app, line)).build())
}

/// The command line of the second instance. It comes from outside, so only its link is used, and the link is checked.
fn handed_over<R: Runtime>(app: &AppHandle<R>, line: Vec<String>) {
    let link = Arguments::try_parse_from(line).ok().and_then(|arguments| arguments.link);
    tracing::info!(link = link.is_some(), "started again");
    offer(app, link);
}

/// Shows the window, and the link in it.
fn offer<R: Runtime>(app: &AppHandle<R>, link: Option<String>) {
    windows::show(app, WindowLabel::Main);
    if let Some(link) = link {
        let call = app.state::<Call>().inner().clone();
        tauri::async_runtime::spawn(async move { call.offer_link(&link).await });
    }
}

/// Takes links from a system that does not put them on the command line. If no installer did it, tells the system which
/// app opens them.
pub(crate) fn listen<R: Runtime>(app: &AppHandle<R>) {
    #[cfg(target_os = "macos")]
    {
        use tauri_plugin_deep_link::DeepLinkExt as _;
        let handle = app.clone();
        app.deep_link().on_open_url(move |event| {
            // Only one: a person can decide about one link at a time.
            offer(&handle, event.urls().into_iter().next().map(|url| url.to_string()));
        });
    }
    #[cfg(target_os = "linux")]
    if app.env().appimage.is_some() {
        use tauri_plugin_deep_link::DeepLinkExt as _;
        // No installer told the desktop who opens such links, and the file may have been moved.
        if let Err(error) = app.deep_link().register_all() {
            tracing::warn!(%error, "links will not open the app");
        }
    }
    #[cfg(not(any(target_os = "macos", target_os = "linux")))]
    let _ = app;
}
