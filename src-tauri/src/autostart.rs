//! Starting together with the system, if a person chose it.

use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Manager as _, Runtime};
use tauri_plugin_autostart::{Builder, ManagerExt as _};
use tokio::sync::broadcast::error::RecvError;

use crate::call::Call;

/// Tauri's part of it.
pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    // The system starts the app here. A person did not ask for a window.
    Builder::new().app_name("Holdfast").arg("--hidden").build()
}

/// Follows the preferences from here on. What the system was told by other means stays as it is.
pub(crate) fn follow<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    let call = app.state::<Call>().inner().clone();
    let mut changes = call.observe();
    tauri::async_runtime::spawn(async move {
        let mut chosen = call.preferences().autostart;
        loop {
            if let Err(RecvError::Closed) = changes.recv().await {
                return;
            }
            let wanted = call.preferences().autostart;
            if wanted != std::mem::replace(&mut chosen, wanted) {
                let app = app.clone();
                let set = move || if wanted { app.autolaunch().enable() } else { app.autolaunch().disable() };
                if let Ok(Err(error)) = tokio::task::spawn_blocking(set).await {
                    tracing::warn!(%error, "autostart");
                    call.report_fault("autostart_failed").await;
                }
            }
        }
    });
}
