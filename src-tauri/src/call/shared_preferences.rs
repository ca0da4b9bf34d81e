//! What a person chose, for all windows. It changes in one place, and every page is told.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::events::{AppEvent, PageEvent};
use super::listeners::Listeners;
use crate::error::AppError;
use crate::preferences::{Preferences, PreferencesFile};

pub(super) struct SharedPreferences {
    file: PreferencesFile,
    listeners: Arc<Listeners>,
}

impl SharedPreferences {
    pub(super) fn new(file: PreferencesFile, listeners: Arc<Listeners>) -> Self {
        Self { file, listeners }
    }

    /// Everything a person chose.
    pub(super) fn get(&self) -> Preferences {
        self.file.get()
    }

    /// The event that tells a page about it.
    pub(super) fn event(&self) -> PageEvent {
        AppEvent::Preferences { preferences: Box::new(self.get()) }.into()
    }

    /// Takes over a change, all of it or nothing, and tells every page. A change that cannot be written still applies
    /// to this run.
    pub(super) async fn change(&self, change: &Map<String, Value>) -> Result<Preferences, AppError> {
        self.get().with(change)?;
        let written = {
            let (file, change) = (self.file.clone(), change.clone());
            // A disk may take time.
            tokio::task::spawn_blocking(move || {
                file.change(|preferences| {
                    // Applied again under the lock, in case another change came between.
                    if let Ok(after) = preferences.with(&change) {
                        *preferences = after;
                    }
                })
            })
            .await
            .map_err(|_| AppError::Internal)?
        };
        self.listeners.publish(self.event()).await;
        written.map_err(AppError::PreferencesNotSaved)?;
        Ok(self.get())
    }
}
