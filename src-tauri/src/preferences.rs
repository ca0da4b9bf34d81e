//! What a person chose and expects to find again, in a small JSON file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Name of the file in the data folder.
const FILE: &str = "preferences.json";

/// A file larger than this is not ours.
const FILE_BYTES: u64 = 64 * 1024;

/// What a person chose and expects to find again. What an older version did not know has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, rename_all = "camelCase")]
#[ts(export)]
pub(crate) struct Preferences {
    /// The name last used; empty at first.
    pub(crate) name: String,
}

/// The preferences and the file they are kept in.
pub(crate) struct PreferencesFile {
    path: PathBuf,
    current: Mutex<Preferences>,
}

impl PreferencesFile {
    /// Reads the file in `folder`. A missing file means defaults; one that cannot be understood is kept aside,
    /// so that nothing of it is lost, and defaults are used.
    pub(crate) fn open(folder: &Path) -> Self {
        let path = folder.join(FILE);
        let current = read(&path).unwrap_or_else(|error| {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!(kind = %error.kind(), "preferences not readable, starting with defaults");
                // Should this fail too, the next change overwrites the file; there is nothing better to do.
                let _ = fs::rename(&path, path.with_extension("json.broken"));
            }
            Preferences::default()
        });
        Self { path, current: Mutex::new(current) }
    }

    pub(crate) fn get(&self) -> Preferences {
        self.lock().clone()
    }

    /// Changes the preferences and writes them. They hold for this run even if writing fails.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Preferences)) -> io::Result<()> {
        // Held while writing, so that two changes cannot reach the file in the wrong order.
        let mut current = self.lock();
        let before = current.clone();
        change(&mut current);
        if *current == before { Ok(()) } else { write(&self.path, &current) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Preferences> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(path: &Path) -> io::Result<Preferences> {
    if fs::metadata(path)?.len() > FILE_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

/// Writes beside the file and renames: a crash leaves the old or the new one, never half.
fn write(path: &Path, preferences: &Preferences) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // Two running apps must not write into each other's.
    let beside = path.with_extension(format!("json.{}", std::process::id()));
    fs::write(&beside, serde_json::to_vec_pretty(preferences)?)?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_change_is_found_again_by_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("not/there/yet");
        let file = PreferencesFile::open(&inner);
        assert_eq!(file.get(), Preferences::default());
        file.change(|preferences| preferences.name = "Ada".into()).unwrap();
        assert_eq!(PreferencesFile::open(&inner).get().name, "Ada");
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 1, "nothing left beside it");
    }

    #[test]
    fn a_corrupt_file_is_kept_aside() {
        for garbage in [&b"{\"name\":"[..], b"\xff\xfe", b"null", b"{\"name\":7}", &[b' '; 70_000]] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(FILE), garbage).unwrap();
            let file = PreferencesFile::open(folder.path());
            assert_eq!(file.get(), Preferences::default());
            assert_eq!(fs::read(folder.path().join("preferences.json.broken")).unwrap(), garbage);
            file.change(|preferences| preferences.name = "Ada".into()).unwrap();
            assert_eq!(PreferencesFile::open(folder.path()).get().name, "Ada");
        }
    }

    #[test]
    fn a_file_of_another_version_is_read_as_far_as_it_is_known() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), r#"{"theme":"dark","name":"Ada"}"#).unwrap();
        assert_eq!(PreferencesFile::open(folder.path()).get().name, "Ada");
    }
}
