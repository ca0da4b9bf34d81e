//! Where the app is unpacked, once for each AppImage. Unpacked folders that no running app uses are removed.
//!
//! Each folder has a lock beside it. A start holds it exclusively while it makes or removes the folder. Every app that
//! runs from the folder shares it until its last process ends.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use rustix::io::{FdFlags, fcntl_setfd};

use crate::image::Image;

/// How often we look again if another start removes what we just found.
const ATTEMPTS: usize = 5;

/// The person's cache folder for unpacked apps.
pub fn folder() -> io::Result<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    let cache = cache.or_else(home).ok_or_else(|| io::Error::other("HOME is not set"))?;
    Ok(cache.join("holdfast-appimage"))
}

/// The folder with the content of the image. Unpacks it if that was not done yet.
pub fn unpacked(image: &Image, cache: &Path) -> io::Result<PathBuf> {
    let said = |problem: io::Error| {
        io::Error::other(format!("it could not be unpacked into {}: {problem}", cache.display()))
    };
    DirBuilder::new().recursive(true).mode(0o700).create(cache).map_err(said)?;
    let folder = cache.join(&image.name);
    for _ in 0..ATTEMPTS {
        let lock = File::create(lock_of(&folder)).map_err(said)?;
        if !folder.exists() {
            lock.lock()?;
            if !folder.exists() {
                make(image, &folder).map_err(said)?;
            }
        }
        lock.lock_shared()?;
        // It is gone if another start just found the lock free.
        if folder.exists() && lock_of(&folder).exists() {
            remove_others(cache, &folder);
            // The app inherits it.
            fcntl_setfd(&lock, FdFlags::empty())?;
            std::mem::forget(lock);
            return Ok(folder);
        }
    }
    Err(said(io::Error::other("something else removes it")))
}

/// Under its name there is the whole folder or nothing.
fn make(image: &Image, folder: &Path) -> io::Result<()> {
    let partial = folder.with_extension("partial");
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    let made = image.unpack(&partial).and_then(|()| fs::rename(&partial, folder));
    if made.is_err() {
        let _ = fs::remove_dir_all(&partial);
    }
    made
}

/// Best effort: a leftover only costs space.
fn remove_others(cache: &Path, folder: &Path) {
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        let lock = entry.path();
        if lock.extension().is_none_or(|extension| extension != "lock") || lock == lock_of(folder) {
            continue;
        }
        let Ok(file) = File::open(&lock) else { continue };
        match file.try_lock() {
            Ok(()) => {
                let _ = fs::remove_dir_all(lock.with_extension(""));
                let _ = fs::remove_dir_all(lock.with_extension("partial"));
                let _ = fs::remove_file(&lock);
            }
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
        }
    }
}

fn lock_of(folder: &Path) -> PathBuf {
    folder.with_extension("lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_uses_is_removed() {
        let cache = std::env::temp_dir().join(format!("holdfast-appimage-{}", std::process::id()));
        for name in ["mine", "used", "old"] {
            fs::create_dir_all(cache.join(name)).unwrap();
            File::create(lock_of(&cache.join(name))).unwrap();
        }
        let used = File::open(cache.join("used.lock")).unwrap();
        used.lock_shared().unwrap();
        remove_others(&cache, &cache.join("mine"));
        let left = ["mine", "used", "old"].map(|name| cache.join(name).exists());
        fs::remove_dir_all(&cache).unwrap();
        assert_eq!(left, [true, true, false]);
    }
}
