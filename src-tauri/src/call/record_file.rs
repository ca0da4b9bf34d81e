//! The file that remembers the call. It exists during a call, and after it only if the person did not leave.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::record::CallRecord;
use crate::disk::{self, private};

/// Name of the file in the data folder.
const FILE: &str = "call.json";

/// A file larger than this is not ours.
const FILE_BYTES: u64 = 64 * 1024;

/// The file, and the right to use it: of several running apps with one data folder, only one has it at a time.
pub(crate) struct RecordFile {
    path: PathBuf,
    /// Held from the first use to the last. The system releases it however we end.
    claim: Mutex<Option<File>>,
}

/// What the start finds.
#[derive(Debug, PartialEq)]
pub(crate) enum Found {
    /// No call was interrupted, or it belongs to another running app.
    Nothing,
    /// A call was interrupted, but we cannot read its file. The file was kept aside.
    Unreadable,
    /// This call.
    Record(Box<CallRecord>),
}

impl RecordFile {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { path: folder.join(FILE), claim: Mutex::default() }
    }

    /// Looks for an interrupted call.
    pub(crate) fn find(&self) -> Found {
        if !self.path.exists() || !self.claim() {
            return Found::Nothing;
        }
        match read(&self.path) {
            Ok(record) => Found::Record(Box::new(record)),
            Err(error) => {
                tracing::warn!(kind = %error.kind(), "record of the last call not readable");
                // If this fails too, the next call overwrites the file; until then we find it here again.
                disk::keep_aside(&self.path);
                self.release();
                Found::Unreadable
            }
        }
    }

    /// Takes the file, if no other running app has it.
    pub(crate) fn claim(&self) -> bool {
        let mut claim = self.lock();
        if claim.is_some() {
            return true;
        }
        if let Some(folder) = self.path.parent() {
            let _ = fs::create_dir_all(folder);
        }
        let file = private().create(true).write(true).truncate(false).open(self.path.with_extension("lock"));
        match file.map(|file| (file.try_lock(), file)) {
            Ok((Err(TryLockError::WouldBlock), _)) => return false,
            // On a file system without locks we cannot tell whether a second app runs.
            Ok((_, file)) => *claim = Some(file),
            Err(error) => {
                tracing::warn!(kind = %error.kind(), "the call cannot be recorded");
                return false;
            }
        }
        true
    }

    /// Writes a new file beside the old one and renames it: a crash leaves the old or the new file, never half of one.
    /// Both file and name are on the disk when this returns, so that a power cut cannot undo it either.
    pub(crate) fn write(&self, record: &CallRecord) -> io::Result<()> {
        let beside = self.path.with_extension("json.new");
        let text = serde_json::to_vec(record)?;
        // Left over from a crash, with any permissions.
        let _ = fs::remove_file(&beside);
        let mut file = private().create_new(true).write(true).open(&beside)?;
        file.write_all(&text)?;
        file.sync_data()?;
        drop(file);
        fs::rename(&beside, &self.path)?;
        sync_folder(&self.path)
    }

    /// Removes the file and gives up the right to it.
    pub(crate) fn remove(&self) {
        self.remove_record();
        self.release();
    }

    /// Removes the file but keeps the right to use it.
    pub(crate) fn remove_record(&self) {
        for path in [self.path.clone(), self.path.with_extension("json.new")] {
            match fs::remove_file(path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => tracing::warn!(kind = %error.kind(), "record of the call not removed"),
            }
        }
    }

    fn release(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<File>> {
        self.claim.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(path: &Path) -> io::Result<CallRecord> {
    Ok(serde_json::from_slice(&disk::read(path, FILE_BYTES)?)?)
}

/// A rename is on the disk once its folder is. Only unix can sync a folder.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::record::tests::record;
    use super::*;

    #[test]
    fn what_was_written_is_found_by_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("not/there/yet");
        let file = RecordFile::new(&inner);
        assert_eq!(file.find(), Found::Nothing);
        assert!(!inner.exists(), "looking makes no folder");
        assert!(file.claim());
        file.write(&record()).unwrap();
        drop(file);
        assert_eq!(RecordFile::new(&inner).find(), Found::Record(Box::new(record())));
        RecordFile::new(&inner).remove();
        assert_eq!(RecordFile::new(&inner).find(), Found::Nothing);
    }

    #[test]
    fn another_running_app_neither_finds_nor_takes_it() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (RecordFile::new(folder.path()), RecordFile::new(folder.path()));
        assert!(first.claim());
        first.write(&record()).unwrap();
        assert_eq!(second.find(), Found::Nothing);
        assert!(!second.claim());
        assert!(first.claim(), "ours already");
        first.remove();
        assert!(second.claim());
    }

    #[test]
    fn a_corrupt_file_is_kept_aside_and_said_once() {
        for garbage in [&b"{\"version\":\"1\""[..], b"\xff\xfe", b"null", b"{}", &[b' '; 70_000]] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(FILE), garbage).unwrap();
            assert_eq!(RecordFile::new(folder.path()).find(), Found::Unreadable);
            assert_eq!(fs::read(folder.path().join("call.json.broken")).unwrap(), garbage);
            assert_eq!(RecordFile::new(folder.path()).find(), Found::Nothing);
        }
    }

    #[test]
    fn half_a_file_of_a_crash_disturbs_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("call.json.new"), "{\"vers").unwrap();
        let file = RecordFile::new(folder.path());
        assert_eq!(file.find(), Found::Nothing);
        assert!(file.claim());
        file.write(&record()).unwrap();
        assert_eq!(file.find(), Found::Record(Box::new(record())));
    }

    #[test]
    #[cfg(unix)]
    fn no_other_user_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        // Also if a readable file was left there before.
        fs::write(folder.path().join("call.json.new"), "").unwrap();
        let file = RecordFile::new(folder.path());
        assert!(file.claim());
        file.write(&record()).unwrap();
        let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
