//! Where the log goes: standard error, and a file in the data folder that stays small.
//!
//! By default only our own crates log. They keep secrets, session descriptions and addresses out of the log; we cannot
//! promise that for dependencies. `HOLDFAST_LOG` overrides this.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

/// Environment variable with filter directives as `tracing-subscriber` reads them.
const VARIABLE: &str = "HOLDFAST_LOG";

const DEFAULT_FILTER: &str = "off,holdfast=info";

/// Name of the file in the data folder.
const FILE: &str = "holdfast.log";

/// At this size the log goes on in a new file: days of normal use. The old one is kept as `holdfast.log.1`.
const FILE_BYTES: u64 = 2 * 1024 * 1024;

/// Starts logging. Without a writable folder, the log goes only to standard error.
pub(crate) fn start(folder: &Path) {
    let filter = || {
        EnvFilter::try_from_env(VARIABLE).or_else(|_| EnvFilter::try_new(DEFAULT_FILTER)).unwrap_or_default()
    };
    // Plain text also on a terminal: the layers share the formatted text, and colours would get into the file.
    let stderr =
        tracing_subscriber::fmt::layer().with_ansi(false).with_writer(io::stderr).with_filter(filter());
    let file = RotatingFile::open(folder, FILE_BYTES);
    let (file, problem) = match file {
        Ok(file) => (Some(file), None),
        Err(error) => (None, Some(error)),
    };
    let file = file.map(|file| {
        tracing_subscriber::fmt::layer().with_ansi(false).with_writer(Mutex::new(file)).with_filter(filter())
    });
    // Fails only if something else in the process already logs, as in tests.
    let _ = tracing_subscriber::registry().with(stderr).with(file).try_init();
    if let Some(error) = problem {
        tracing::warn!(kind = %error.kind(), "no log file");
    }
    let standard = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // Only the place: the text may contain anything.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
        standard(panic);
    }));
}

/// A file that is renamed when it has grown too large.
struct RotatingFile {
    path: PathBuf,
    file: File,
    length: u64,
    limit: u64,
}

impl RotatingFile {
    fn open(folder: &Path, limit: u64) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let path = folder.join(FILE);
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        let length = file.metadata()?.len();
        Ok(Self { path, file, length, limit })
    }
}

impl Write for RotatingFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.length >= self.limit {
            let mut aside = self.path.clone().into_os_string();
            aside.push(".1");
            // If renaming fails (another app has the file open), the old file is emptied instead.
            let _ = fs::rename(&self.path, aside);
            self.file = OpenOptions::new().create(true).write(true).truncate(true).open(&self.path)?;
            self.length = 0;
        }
        let written = self.file.write(line)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_log_stays_small_and_goes_on_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        for run in 0..2 {
            let mut file = RotatingFile::open(folder.path(), 100).unwrap();
            for line in 0..20 {
                writeln!(file, "run {run} line {line}").unwrap();
            }
        }
        let read = |name| fs::read_to_string(folder.path().join(name)).unwrap();
        let (current, aside) = (read(FILE), read("holdfast.log.1"));
        assert!(current.ends_with("run 1 line 19\n"), "{current}");
        assert!(current.len() < 130 && aside.len() < 130);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
