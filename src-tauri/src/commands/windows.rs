//! The windows, opened and closed by pages.

use std::ops::RangeInclusive;

use tauri::{AppHandle, Runtime, State, WebviewWindow};

use crate::call::Call;
use crate::error::AppError;
use crate::window_label::WindowLabel;
use crate::windows;

/// Outside of this range a page cannot be read or used.
const ZOOM: RangeInclusive<f64> = 0.5..=2.0;

/// Opens a window, or brings it to the front.
#[tauri::command]
pub(crate) async fn open_window<R: Runtime>(app: AppHandle<R>, window: WindowLabel) -> Result<(), AppError> {
    windows::open(&app, window).map_err(failed)
}

/// Closes the window that the page is in. Closing the main window does not end the call.
#[tauri::command]
pub(crate) async fn close_window<R: Runtime>(window: WebviewWindow<R>) -> Result<(), AppError> {
    windows::close(&window).map_err(failed)
}

/// Makes the window that the page is in fill the screen, or no longer fill it.
#[tauri::command]
pub(crate) async fn set_full_screen<R: Runtime>(
    window: WebviewWindow<R>,
    call: State<'_, Call>,
    on: bool,
) -> Result<(), AppError> {
    window.set_fullscreen(on).map_err(failed)?;
    call.tell_full_screen(on).await;
    Ok(())
}

/// Zooms the page in its window, as a browser does: 1 is the designed size.
#[tauri::command]
pub(crate) async fn set_zoom<R: Runtime>(window: WebviewWindow<R>, factor: f64) -> Result<(), AppError> {
    window.set_zoom(factor.clamp(*ZOOM.start(), *ZOOM.end())).map_err(failed)
}

fn failed(error: tauri::Error) -> AppError {
    tracing::warn!(%error, "window");
    AppError::Internal
}
