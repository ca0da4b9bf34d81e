//! The windows: creates them, shows them, brings them to the front, restores their place. Knows nothing of the call.

mod places;

use std::path::Path;
use std::time::Duration;

use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Manager, Monitor, PhysicalRect, Runtime, WebviewWindow, WebviewWindowBuilder};
use tauri_plugin_window_state::StateFlags;

use places::Area;

use crate::disk;
use crate::setup::{Setup, SetupState};
use crate::window_label::{MAIN, WindowLabel};

/// The page's Origin in requests, as the webviews write it: WebKit, WebView2, WebView2 with https.
const ORIGINS: [&str; 3] = ["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];

/// Where the development server serves the page; `devUrl` in `tauri.conf.json`.
const DEVELOPMENT_ORIGIN: &str = "http://127.0.0.1:5173";

/// Name of the file in the data folder that remembers where windows were.
const STATE_FILE: &str = "windows.json";

/// A file larger than this is not ours.
const STATE_BYTES: u64 = 64 * 1024;

/// How often, and how many times, we check whether the window system has taken a window out of full screen: half a
/// second in all. After that only its remembered size is wrong.
const FULL_SCREEN_LOOK: Duration = Duration::from_millis(25);
const FULL_SCREEN_LOOKS: u32 = 20;

/// The origins our page may have.
pub(crate) fn origins() -> Vec<String> {
    let mut origins = ORIGINS.map(str::to_owned).to_vec();
    if tauri::is_dev() {
        origins.push(DEVELOPMENT_ORIGIN.to_owned());
    }
    origins
}

/// Creates the main window. If it is not visible, it can be shown later.
pub(crate) fn begin<R: Runtime>(app: &AppHandle<R>, visible: bool) -> tauri::Result<()> {
    build(app, WindowLabel::Main, visible)
}

/// Opens a window of the configuration, or brings it to the front.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>, window: WindowLabel) -> tauri::Result<()> {
    if app.get_webview_window(window.label()).is_some() {
        show(app, window);
        return Ok(());
    }
    build(app, window, true)
}

fn build<R: Runtime>(app: &AppHandle<R>, window: WindowLabel, visible: bool) -> tauri::Result<()> {
    let config = app.config().app.windows.iter().find(|config| config.label == window.label());
    let Some(config) = config else { return Err(tauri::Error::WindowNotFound) };
    let mut builder = WebviewWindowBuilder::from_config(app, config)?;
    let setup = app.try_state::<SetupState>();
    if let Some(Setup { arguments, data_folder }) = setup.as_ref().map(|state| &state.0)
        && arguments.data_dir.is_some()
    {
        // Two apps side by side must not share a webview's storage.
        builder = builder.data_directory(data_folder.join("webview"));
    }
    builder.visible(visible).build()?;
    Ok(())
}

/// Brings a window to the front, if it is there.
pub(crate) fn show<R: Runtime>(app: &AppHandle<R>, window: WindowLabel) {
    if let Some(window) = app.get_webview_window(window.label()) {
        // A window system may refuse each of these; then the others still help.
        let _ = window.show();
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
}

/// Whether a person sees and uses the main window.
pub(crate) fn is_in_front<R: Runtime>(app: &AppHandle<R>) -> bool {
    let Some(window) = app.get_webview_window(MAIN) else { return false };
    window.is_visible().unwrap_or(false) && window.is_focused().unwrap_or(false)
}

/// Takes the main window out of full screen. Waits until it has its earlier size, which is the one to remember. If it
/// was in full screen, `tell` tells the pages.
pub(crate) async fn leave_full_screen<R: Runtime>(app: &AppHandle<R>, tell: impl Future<Output = ()>) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
    if !window.is_fullscreen().unwrap_or(false) {
        return;
    }
    let full = window.inner_size().ok();
    let _ = window.set_fullscreen(false);
    tell.await;
    for _ in 0..FULL_SCREEN_LOOKS {
        if window.inner_size().ok() != full {
            return;
        }
        tokio::time::sleep(FULL_SCREEN_LOOK).await;
    }
}

/// Closes the window that asks for it; the main window as its own button would.
pub(crate) fn close<R: Runtime>(window: &WebviewWindow<R>) -> tauri::Result<()> {
    window.close()
}

/// Fits the remembered places to the current screens. Must be added before [`positions`], which reads them.
pub(crate) fn fitting<R: Runtime>(setup: &Setup) -> TauriPlugin<R> {
    let file = setup.data_folder.join(STATE_FILE);
    tauri::plugin::Builder::new("fitting")
        .setup(move |app, _| {
            if file.exists()
                && let Err(error) = fit(app, &file)
            {
                tracing::warn!(%error, "places of windows not fitted");
            }
            Ok(())
        })
        .build()
}

fn fit<R: Runtime>(app: &AppHandle<R>, file: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let remembered = serde_json::from_slice(&disk::read(file, STATE_BYTES)?)?;
    let area = |screen: &Monitor| {
        let PhysicalRect { position, size } = *screen.work_area();
        Area {
            x: position.x.into(),
            y: position.y.into(),
            width: size.width.into(),
            height: size.height.into(),
        }
    };
    let screens: Vec<_> = app.available_monitors()?.iter().map(area).collect();
    if let Some(fitted) = places::fitted(&remembered, &screens) {
        disk::replace(file, &serde_json::to_vec_pretty(&fitted)?)?;
    }
    Ok(())
}

/// Remembers where windows were, and restores that. Remembers nothing if the folder's name is not text.
pub(crate) fn positions<R: Runtime>(setup: &Setup) -> Option<TauriPlugin<R>> {
    // An absolute name replaces the plugin's own folder.
    let file = std::path::absolute(setup.data_folder.join(STATE_FILE)).ok()?;
    let flags = StateFlags::POSITION | StateFlags::SIZE | StateFlags::MAXIMIZED;
    let plugin = tauri_plugin_window_state::Builder::new().with_state_flags(flags);
    Some(plugin.with_filename(file.to_str()?).build())
}
