//! What the app is started with.

use std::path::PathBuf;

use crate::cli::Arguments;

/// What the app is started with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The command line.
    pub arguments: Arguments,
    /// Folder for preferences and logs. It is created on the first write.
    pub data_folder: PathBuf,
}

impl Setup {
    /// The setup of these arguments, on this system.
    #[must_use]
    pub fn new(arguments: Arguments) -> Self {
        let data_folder = arguments.data_dir.clone().unwrap_or_else(usual_data_folder);
        Self { arguments, data_folder }
    }

    /// Whether the person named a data folder of their own for this run.
    pub(crate) fn has_own_folder(&self) -> bool {
        self.data_folder != usual_data_folder()
    }
}

/// The setup in Tauri's state, for every part that has the app.
pub(crate) struct SetupState(pub(crate) Setup);

/// Where this system keeps the data of apps; a temporary folder if the system does not say.
fn usual_data_folder() -> PathBuf {
    directories::ProjectDirs::from("app", "Holdfast", "Holdfast")
        .map_or_else(|| std::env::temp_dir().join("holdfast"), |folders| folders.data_dir().to_owned())
}
