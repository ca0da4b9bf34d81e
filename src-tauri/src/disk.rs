//! Small private files in the data folder. They are read up to a bound, replaced as a whole, and kept aside when
//! broken.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Reads a whole file. A file with more than `most` bytes is not ours.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > most {
        return Err(io::ErrorKind::InvalidData.into());
    }
    fs::read(path)
}

/// Writes a new file beside the old one and renames it: a crash leaves the old or the new file, never half of one.
/// Makes the folder if needed.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // Two running apps must not write into each other's temporary file.
    let beside = path.with_extension(format!("json.{}", std::process::id()));
    // Left over from a crash, with any permissions.
    let _ = fs::remove_file(&beside);
    let mut file = private().create_new(true).write(true).open(&beside)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_data());
    drop(file);
    written.and_then(|()| fs::rename(&beside, path)).inspect_err(|_| {
        // A full disk must not become fuller.
        let _ = fs::remove_file(&beside);
    })
}

/// Renames a file that we cannot understand, so that nothing of it is lost. If this fails too, the next change
/// overwrites the file; we cannot do better.
pub(crate) fn keep_aside(path: &Path) {
    let _ = fs::rename(path, path.with_extension("json.broken"));
}

/// Opens a file that no other user may read: it contains secrets of a meeting or a server.
pub(crate) fn private() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only unix has modes"))]
    let mut options = File::options();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}
