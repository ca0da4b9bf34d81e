//! A real disk of a few pages, for a test to fill. Only one thread and the programs it starts see it, and it vanishes
//! with them.

use std::ffi::CString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::ptr::null;

/// The file that fills the disk, separate from the tested files.
const FILLER: &str = "filler";

/// What is written at a time to fill it: smaller than a page, so that no room is left.
const PIECE: [u8; 512] = [b'x'; 512];

/// The disk.
#[derive(Clone, Copy, Debug)]
pub struct SmallDisk<'a> {
    root: &'a Path,
}

impl SmallDisk<'_> {
    /// Runs `work` with an empty disk of this many bytes, on a thread of its own. Programs that it starts see the disk
    /// too; no other process does.
    ///
    /// # Errors
    /// When the system does not allow mounts here: without root, or in a strict container.
    ///
    /// # Panics
    /// When the work does.
    pub fn enter<T: Send>(bytes: u32, work: impl FnOnce(SmallDisk<'_>) -> T + Send) -> io::Result<T> {
        let root = tempfile::tempdir()?;
        let done = std::thread::scope(|scope| {
            let inside = scope.spawn(|| {
                mount(root.path(), bytes)?;
                Ok(work(SmallDisk { root: root.path() }))
            });
            inside.join()
        });
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.root
    }

    /// Fills the free room.
    ///
    /// # Panics
    /// When that fails for another reason than a full disk.
    pub fn fill(&self) {
        let filler = File::options().create(true).append(true).open(self.root.join(FILLER));
        let filled = filler.and_then(|mut filler| {
            loop {
                filler.write_all(&PIECE)?;
            }
        });
        let Err::<(), _>(error) = filled else { return };
        assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{error}");
    }

    /// Removes what filled it.
    ///
    /// # Panics
    /// When it was not filled.
    pub fn make_room(&self) {
        fs::remove_file(self.root.join(FILLER)).expect("what filled it");
    }
}

/// Mounts a disk that only this thread sees.
fn mount(root: &Path, bytes: u32) -> io::Result<()> {
    let text = |text: &[u8]| CString::new(text).map_err(io::Error::other);
    let (everything, root) = (text(b"/")?, text(root.as_os_str().as_bytes())?);
    let (kind, size) = (text(b"tmpfs")?, text(format!("size={bytes},mode=700").as_bytes())?);
    let done = |result: libc::c_int| if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) };
    // SAFETY: takes an integer and touches no memory of ours. Only this thread moves, and those it will start.
    done(unsafe { libc::unshare(libc::CLONE_NEWNS) })?;
    // SAFETY: the strings live until after the call; null stands for what this call does not look at. From here on what
    // is mounted by this thread stays with it.
    done(unsafe {
        libc::mount(null(), everything.as_ptr(), null(), libc::MS_REC | libc::MS_PRIVATE, null())
    })?;
    // SAFETY: the strings live until after the call.
    done(unsafe {
        libc::mount(kind.as_ptr(), root.as_ptr(), kind.as_ptr(), libc::MS_NOSUID, size.as_ptr().cast())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Capability, capable};

    #[test]
    fn it_is_full_when_filled_and_no_other_thread_sees_it() {
        let entered = SmallDisk::enter(64 * 1024, |disk| {
            let file = disk.path().join("file");
            fs::write(&file, "before").unwrap();
            disk.fill();
            let full = fs::write(disk.path().join("another"), [0; 5000]).unwrap_err();
            assert_eq!(full.kind(), io::ErrorKind::StorageFull);
            assert_eq!(fs::read(&file).unwrap(), b"before");
            disk.make_room();
            fs::write(disk.path().join("another"), [0; 5000]).unwrap();
            file
        });
        let Some(file) = capable(Capability::Mounts, entered) else { return };
        assert!(!file.exists(), "outside of it the file does not exist");
    }
}
