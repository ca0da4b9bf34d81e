//! Where the project's own programs are.

use std::path::{Path, PathBuf};

/// A folder with `holdfast`, `holdfast-bot` and `holdfast-server`.
#[derive(Clone, Debug)]
pub struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// The programs built together with the running test.
    ///
    /// # Panics
    /// When the test runs from an unusual place.
    #[must_use]
    pub fn beside_tests() -> Self {
        // Tests are in target/PROFILE/deps, programs in target/PROFILE.
        let test = std::env::current_exe().expect("the path of the running test");
        let folder = test.parent().and_then(Path::parent).expect("its target folder");
        Self { folder: folder.to_path_buf() }
    }

    /// The programs in a folder.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf() }
    }

    /// The app.
    #[must_use]
    pub fn app(&self) -> PathBuf {
        self.program("holdfast", "holdfast")
    }

    /// The participant without a window.
    #[must_use]
    pub fn bot(&self) -> PathBuf {
        self.program("holdfast-bot", "holdfast-bot")
    }

    /// The signaling server.
    #[must_use]
    pub fn server(&self) -> PathBuf {
        self.program("holdfast-server", "holdfast-signaling-server")
    }

    fn program(&self, name: &str, package: &str) -> PathBuf {
        let path = self.folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        let place = path.display();
        assert!(path.is_file(), "{place} is not built: run `cargo build --package {package}` first");
        path
    }
}
