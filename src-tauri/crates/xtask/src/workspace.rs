//! Where things are.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    // src-tauri/crates/xtask, three levels below the root.
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(3).unwrap_or(here).to_path_buf()
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// A program cargo built in release.
pub(crate) fn release_program(name: &str) -> PathBuf {
    program("release", name)
}

/// The profile of the demo and of daily use: it compiles fast, and optimises where that matters.
pub(crate) const QUICK: &str = "quick";

/// A program cargo built in a profile.
pub(crate) fn program(profile: &str, name: &str) -> PathBuf {
    target().join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// The cargo that started us, so that toolchain overrides apply.
pub(crate) fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

/// A cargo in the root of the repository.
pub(crate) fn cargo_command() -> Command {
    let mut command = Command::new(cargo());
    command.current_dir(root());
    forget_own_package(&mut command);
    command
}

/// Removes the variables that describe the package of xtask from the environment of a command. Build scripts that watch
/// them (that of ring does) would otherwise compile half of the workspace again when cargo is called directly.
pub(crate) fn forget_own_package(command: &mut Command) {
    const OWN: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| OWN.iter().any(|own| name.starts_with(own))) {
            command.env_remove(name);
        }
    }
}
