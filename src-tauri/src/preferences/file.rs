//! The preferences and their file.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use super::super::disk;
use super::{Preferences, reading};

/// Name of the file in the data folder.
const FILE: &str = "preferences.json";

/// A file larger than this is not ours.
const FILE_BYTES: u64 = 64 * 1024;

/// The preferences and their file. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub(crate) struct PreferencesFile {
    path: Arc<Path>,
    kept: Arc<Mutex<Kept>>,
    was_reset: bool,
}

struct Kept {
    current: Preferences,
    /// What the file contains, with the parts that only other versions understand.
    file: Map<String, Value>,
    /// The disk does not have it yet, because writing failed.
    unsaved: bool,
}

impl PreferencesFile {
    /// Reads the file in `folder`. A missing file means defaults. A file that we cannot understand is kept aside, and
    /// defaults apply. Parts of another version's file that we do not understand stay as they are.
    pub(crate) fn open(folder: &Path) -> Self {
        let path: PathBuf = folder.join(FILE);
        let (file, was_reset) = match read(&path) {
            Ok(file) => (file, false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Map::new(), false),
            Err(error) => {
                tracing::warn!(kind = %error.kind(), "preferences not readable, starting with defaults");
                disk::keep_aside(&path);
                (Map::new(), true)
            }
        };
        let current = reading::as_far_as_known(&file);
        Self {
            path: path.into(),
            kept: Arc::new(Mutex::new(Kept { current, file, unsaved: false })),
            was_reset,
        }
    }

    /// Whether there was a file that we could not understand. The person is told once, because the next start finds no
    /// such file.
    pub(crate) fn was_reset(&self) -> bool {
        self.was_reset
    }

    /// The preferences as they are now.
    pub(crate) fn get(&self) -> Preferences {
        self.lock().current.clone()
    }

    /// Changes the preferences and writes them. They apply to this run even if writing fails.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Preferences)) -> io::Result<()> {
        // Held while writing, so that two changes reach the file in the right order.
        let mut kept = self.lock();
        let before = kept.current.clone();
        change(&mut kept.current);
        if kept.current == before && !kept.unsaved {
            return Ok(());
        }
        kept.file = reading::written(&kept.file, &before, &kept.current);
        // Until it is written: after a full disk, the next change, or the same one again, writes this one too.
        kept.unsaved = true;
        disk::replace(&self.path, &serde_json::to_vec_pretty(&kept.file)?)?;
        kept.unsaved = false;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(path: &Path) -> io::Result<Map<String, Value>> {
    Ok(serde_json::from_slice(&disk::read(path, FILE_BYTES)?)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;

    use super::*;

    fn named(file: &PreferencesFile, name: &str) {
        file.change(|preferences| preferences.name = name.into()).unwrap();
    }

    #[test]
    fn a_change_is_found_again_by_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("not/there/yet");
        let file = PreferencesFile::open(&inner);
        assert_eq!(file.get(), Preferences::default());
        assert!(!file.was_reset());
        named(&file, "Ada");
        assert_eq!(PreferencesFile::open(&inner).get().name, "Ada");
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 1, "nothing left beside it");
    }

    #[test]
    fn a_corrupt_file_is_kept_aside_and_said_once() {
        for garbage in [&b"{\"name\":"[..], b"\xff\xfe", b"null", b"[]", &[b' '; 70_000]] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(FILE), garbage).unwrap();
            let file = PreferencesFile::open(folder.path());
            assert_eq!(file.get(), Preferences::default());
            assert!(file.was_reset());
            assert_eq!(fs::read(folder.path().join("preferences.json.broken")).unwrap(), garbage);
            assert!(!PreferencesFile::open(folder.path()).was_reset());
            named(&file, "Ada");
            assert_eq!(PreferencesFile::open(folder.path()).get().name, "Ada");
        }
    }

    #[test]
    fn a_file_of_another_version_is_read_as_far_as_it_is_known_and_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        fs::write(&path, r#"{"theme":"dark","name":"Ada","appearance":"sepia"}"#).unwrap();
        let file = PreferencesFile::open(folder.path());
        assert_eq!(file.get().name, "Ada");
        assert!(!file.was_reset());
        named(&file, "Grace");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("theme") && text.contains("sepia") && text.contains("Grace"), "{text}");
    }

    #[test]
    fn what_cannot_be_written_holds_for_this_run_and_is_written_with_the_next_change() {
        let folder = tempfile::tempdir().unwrap();
        // A disk that no user can write to: there is a file where the folder should be.
        let blocked = folder.path().join("data");
        fs::write(&blocked, "").unwrap();
        let file = PreferencesFile::open(&blocked);
        assert!(file.change(|preferences| preferences.name = "Ada".into()).is_err());
        assert_eq!(file.get().name, "Ada");
        fs::remove_file(&blocked).unwrap();
        file.change(|preferences| preferences.camera = false).unwrap();
        let found = PreferencesFile::open(&blocked).get();
        assert_eq!((found.name.as_str(), found.camera), ("Ada", false));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_keeps_the_old_file_whole_and_takes_the_change_once_there_is_room() {
        let entered = holdfast_testkit::SmallDisk::enter(64 * 1024, |disk| {
            let file = PreferencesFile::open(disk.path());
            named(&file, "Ada");
            disk.fill();
            let error = file.change(|preferences| preferences.name = "Grace".into()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull);
            assert_eq!(PreferencesFile::open(disk.path()).get().name, "Ada");
            assert_eq!(fs::read_dir(disk.path()).unwrap().count(), 2, "the file, and what fills the disk");
            disk.make_room();
            // The same change again.
            file.change(|preferences| preferences.name = "Grace".into()).unwrap();
            assert_eq!(PreferencesFile::open(disk.path()).get().name, "Grace");
        });
        holdfast_testkit::capable(holdfast_testkit::Capability::Mounts, entered);
    }

    #[test]
    #[cfg(unix)]
    fn no_other_user_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "{}").unwrap();
        named(&PreferencesFile::open(folder.path()), "Ada");
        let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
