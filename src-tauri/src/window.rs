//! The window. It can be closed and reloaded without the call noticing; what closing means is decided here.

use tauri::{App, AppHandle, Manager as _, Runtime, WebviewWindowBuilder, Window, WindowEvent};

use crate::{
    Setup,
    shutdown::{self, Wanted},
};

/// Label of the one window, as in `tauri.conf.json` and the capabilities.
pub(crate) const LABEL: &str = "main";

/// The page's Origin in requests, as the webviews write it: WebKit, WebView2, WebView2 with https.
const ORIGINS: [&str; 3] = ["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];

/// Where the development server serves the page; `devUrl` in `tauri.conf.json`.
const DEVELOPMENT_ORIGIN: &str = "http://127.0.0.1:5173";

/// The origins our page may have.
pub(crate) fn origins() -> Vec<String> {
    let mut origins = ORIGINS.map(str::to_owned).to_vec();
    if tauri::is_dev() {
        origins.push(DEVELOPMENT_ORIGIN.to_owned());
    }
    origins
}

/// Opens the window of the configuration.
pub(crate) fn open<R: Runtime>(app: &App<R>, setup: &Setup) -> tauri::Result<()> {
    let Some(config) = app.config().app.windows.iter().find(|window| window.label == LABEL) else {
        return Err(tauri::Error::WindowNotFound);
    };
    let mut window = WebviewWindowBuilder::from_config(app, config)?;
    if setup.arguments.data_dir.is_some() {
        // Two apps side by side must not share a webview's storage.
        window = window.data_directory(setup.data_folder.join("webview"));
    }
    window.build()?;
    Ok(())
}

/// Brings the window to the front.
pub(crate) fn show<R: Runtime>(app: &AppHandle<R>) {
    if let Some(window) = app.get_webview_window(LABEL) {
        // Each may be refused by a window system; then the others still help.
        let _ = window.show();
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
}

/// Closing the window quits, after a goodbye to the meeting. The call itself would go on without the window.
pub(crate) fn on_event<R: Runtime>(window: &Window<R>, event: &WindowEvent) {
    if let WindowEvent::CloseRequested { api, .. } = event {
        api.prevent_close();
        // Gone for the person at once; the goodbye may take a moment.
        let _ = window.hide();
        shutdown::quit(window.app_handle(), Wanted::ByPerson);
    }
}
