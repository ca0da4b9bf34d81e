//! What a person chose.

use tauri::State;

use crate::call::checked_name;
use crate::error::AppError;
use crate::preferences::{Preferences, PreferencesFile};

/// Everything a person chose.
#[tauri::command]
pub(crate) async fn preferences(file: State<'_, PreferencesFile>) -> Result<Preferences, AppError> {
    Ok(file.get())
}

/// Remembers the name. It is kept for this run even where it cannot be written.
#[tauri::command]
pub(crate) async fn set_name(file: State<'_, PreferencesFile>, name: String) -> Result<(), AppError> {
    let name = checked_name(&name)?;
    file.change(|preferences| preferences.name = name).map_err(AppError::PreferencesNotSaved)
}
