//! What a person chose.

use serde_json::{Map, Value};
use tauri::State;

use crate::call::{Call, checked_name};
use crate::error::AppError;
use crate::preferences::Preferences;

/// Everything a person chose.
#[tauri::command]
pub(crate) async fn preferences(call: State<'_, Call>) -> Result<Preferences, AppError> {
    Ok(call.preferences())
}

/// Takes over some choices, all of them or none. They apply to this run even if they cannot be written.
#[tauri::command]
pub(crate) async fn change_preferences(
    call: State<'_, Call>,
    change: Map<String, Value>,
) -> Result<Preferences, AppError> {
    call.change_preferences(&change).await
}

/// Remembers the name.
#[tauri::command]
pub(crate) async fn set_name(call: State<'_, Call>, name: String) -> Result<(), AppError> {
    let change = Map::from_iter([("name".to_owned(), Value::String(checked_name(&name)?))]);
    call.change_preferences(&change).await.map(drop)
}
