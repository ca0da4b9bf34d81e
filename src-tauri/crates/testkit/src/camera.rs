//! A camera for machines without one: a preloaded library that answers like a V4L2 camera.
//!
//! Builds `camera-shim/camera.c` and runs programs under it. Knows what the camera shows, so that tests can compare;
//! does not capture or compare anything itself. Linux only, because V4L2 is.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, io};

/// The parts of the library; `camera.c` includes the other.
const SOURCES: [(&str, &str); 2] = [
    ("camera.c", include_str!("../camera-shim/camera.c")),
    ("device.h", include_str!("../camera-shim/device.h")),
];

/// The name the camera has in lists of devices.
pub const NAME: &str = "Holdfast test camera";
/// Its id there: it is /dev/video9.
pub const ID: &str = "9";
/// Frames per second.
pub const FPS: u32 = 30;
/// Largest picture. It streams in this size when 720p is asked for.
pub const SIZE: (u32, u32) = (1280, 720);
/// Y, U, V of the left half of the picture: red.
pub const LEFT: [u8; 3] = [81, 90, 240];
/// Y, U, V of the right half: blue.
pub const RIGHT: [u8; 3] = [41, 240, 110];
/// Y, U, V of the bar that moves to the right over both: white.
pub const BAR: [u8; 3] = [235, 128, 128];
/// Width of the bar in pixels of the full size.
pub const BAR_WIDTH: u32 = 80;
/// Pixels the bar moves with every frame.
pub const BAR_STEP: u32 = 8;

/// The built library. Programs started through [`CameraShim::under`] see a camera.
#[derive(Debug, Clone)]
pub struct CameraShim {
    library: PathBuf,
}

impl CameraShim {
    /// Compiles the library with `cc`, unless the same source was compiled before.
    pub fn build() -> io::Result<Self> {
        let mut hasher = DefaultHasher::new();
        SOURCES.hash(&mut hasher);
        let folder = target_folder().join(format!("camera-shim/{:016x}", hasher.finish()));
        let library = folder.join("camera.so");
        if library.exists() {
            return Ok(Self { library });
        }
        // Tests run in parallel, as threads or processes: each build has a folder of its own, and the rename is atomic.
        static BUILDS: AtomicU32 = AtomicU32::new(0);
        let build = BUILDS.fetch_add(1, Ordering::Relaxed);
        let draft = folder.join(format!("{}-{build}", std::process::id()));
        fs::create_dir_all(&draft)?;
        for (name, text) in SOURCES {
            fs::write(draft.join(name), text)?;
        }
        let object = draft.join("camera.so");
        let output = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()))
            .args(["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o"])
            .args([&object, &draft.join("camera.c")])
            .args(["-ldl", "-lpthread"])
            .output()?;
        if !output.status.success() {
            return Err(io::Error::other(format!(
                "the camera shim does not compile: {}",
                String::from_utf8_lossy(&output.stderr)
            )));
        }
        fs::rename(&object, &library)?;
        fs::remove_dir_all(&draft)?;
        Ok(Self { library })
    }

    /// The library to preload.
    #[must_use]
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// Lets the program, and all programs it starts, see the camera.
    pub fn under<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let mut preload = self.library.clone().into_os_string();
        if let Some(others) = env::var_os("LD_PRELOAD").filter(|others| !others.is_empty()) {
            preload.push(":");
            preload.push(others);
        }
        command.env("LD_PRELOAD", preload)
    }
}

/// What may happen to the camera while it streams. Set it on the command that runs under the camera.
#[derive(Debug, Clone)]
pub enum CameraFault {
    /// Unplugged after this many frames.
    GoneAfter(u32),
    /// Delivers nothing after this many frames, but stays connected.
    HangAfter(u32),
    /// Unplugged while this file exists.
    GoneWhen(PathBuf),
}

impl CameraFault {
    /// Sets the fault on a command.
    pub fn set<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        match self {
            Self::GoneAfter(frames) => command.env("HOLDFAST_CAMERA_GONE_AFTER", frames.to_string()),
            Self::HangAfter(frames) => command.env("HOLDFAST_CAMERA_HANG_AFTER", frames.to_string()),
            Self::GoneWhen(path) => command.env("HOLDFAST_CAMERA_GONE_WHEN", path),
        }
    }
}

/// Where build results go: the folder that cargo was told, or the one in the workspace.
fn target_folder() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../target"), PathBuf::from)
}
