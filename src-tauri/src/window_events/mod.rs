//! What happens when a window closes or its page reloads. The call goes on; see [`closing`].

mod closing;

use tauri::webview::{PageLoadEvent, PageLoadPayload};
use tauri::{AppHandle, Manager as _, Runtime, Webview, Window, WindowEvent};

use crate::call::Call;
use crate::frames::ipc::IpcFrames;
use crate::window_label::MAIN;

/// Closing the main window leaves a call alone; see [`closing`]. Other windows are closed.
pub(crate) fn on_event<R: Runtime>(window: &Window<R>, event: &WindowEvent) {
    match event {
        WindowEvent::CloseRequested { api, .. } if window.label() == MAIN => {
            api.prevent_close();
            closing::close(window);
        }
        WindowEvent::Destroyed => {
            let app = window.app_handle().clone();
            let label = window.label().to_owned();
            app.state::<IpcFrames>().end(&label);
            page_gone(&app, &label);
            let call = app.state::<Call>().inner().clone();
            tauri::async_runtime::spawn(async move { call.unsubscribe(&label).await });
        }
        _ => {}
    }
}

/// A page that reloaded does not know the preview of the page before.
pub(crate) fn on_page_load<R: Runtime>(webview: &Webview<R>, load: &PageLoadPayload<'_>) {
    if load.event() == PageLoadEvent::Started {
        page_gone(webview.app_handle(), webview.label());
    }
}

/// Ends the preview of this window's page.
fn page_gone<R: Runtime>(app: &AppHandle<R>, window: &str) {
    let (call, window) = (app.state::<Call>().inner().clone(), window.to_owned());
    tauri::async_runtime::spawn(async move { call.end_preview_of(&window).await });
}
