//! The app's preferences file, which another version, or anyone, may have written.

#[path = "../../../src/preferences/mod.rs"]
#[allow(dead_code, missing_docs, unused_imports)]
mod choices;
#[path = "../../../src/disk.rs"]
#[allow(dead_code, missing_docs)]
mod disk;

use std::fs;
use std::path::Path;

use choices::PreferencesFile;

thread_local! {
    /// One per thread, used over and over.
    static FOLDER: Option<tempfile::TempDir> = tempfile::tempdir().ok();
}

/// Whatever the file holds, the app starts, and the next change is found again.
pub fn preferences_file(data: &[u8]) {
    FOLDER.with(|folder| match folder {
        Some(folder) => check(folder.path(), data),
        None => panic!("no temporary folder"),
    });
}

fn check(folder: &Path, data: &[u8]) {
    let path = folder.join("preferences.json");
    let written = fs::write(&path, data);
    assert!(written.is_ok(), "the temporary file cannot be written: {written:?}");
    let preferences = PreferencesFile::open(folder);
    if !path.exists() {
        // Not understood: kept aside as it was.
        assert!(fs::read(folder.join("preferences.json.broken")).is_ok_and(|kept| kept == data));
    }
    let read = preferences.get();
    let changed = preferences.change(|preferences| preferences.camera = !preferences.camera);
    assert!(changed.is_ok(), "{changed:?}");
    let again = PreferencesFile::open(folder).get();
    assert!(again == preferences.get() && again != read, "a change was not found again");
}
