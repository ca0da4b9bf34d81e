//! The names of the windows. Knows nothing of their content.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Label of the main window, as in `tauri.conf.json` and the capabilities.
pub(crate) const MAIN: &str = "main";

/// The possible windows. Each has its label in `tauri.conf.json` and the capabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) enum WindowLabel {
    /// Home, lobby, meeting, settings.
    Main,
    /// Small and always on top: who speaks, and the microphone.
    Mini,
    /// The debug panel.
    Debug,
}

impl WindowLabel {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Main => MAIN,
            Self::Mini => "mini",
            Self::Debug => "debug",
        }
    }
}
