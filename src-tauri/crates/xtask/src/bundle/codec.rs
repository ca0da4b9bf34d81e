//! Links libvpx into the program. Each release of each distribution has another version of libvpx. A package that needs
//! the version of the machine it was made on could be installed elsewhere and would not start there.

use std::path::Path;
use std::process::Command;

use crate::run::{Outcome, Problem, answer};

/// The name by which a program asks the system for libvpx.
const SHARED: &[u8] = b"libvpx.so";

/// The variables that tell the build to link libvpx in. `None` if this machine has only the shared library.
pub(super) fn taken_in() -> Vec<(&'static str, String)> {
    let told = |program: &str, words: &[&str]| {
        answer(Command::new(program).args(words)).map(|answer| answer.trim().to_owned())
    };
    let found = || {
        // A name without a folder means that it was not found.
        let archive =
            told("cc", &["-print-file-name=libvpx.a"]).filter(|path| Path::new(path).is_absolute())?;
        Some(vec![
            ("VPX_LIB_DIR", Path::new(&archive).parent()?.to_str()?.to_owned()),
            ("VPX_INCLUDE_DIR", told("pkg-config", &["--variable=includedir", "vpx"])?),
            ("VPX_VERSION", told("pkg-config", &["--modversion", "vpx"])?),
            ("VPX_STATIC", "1".to_owned()),
        ])
    };
    if cfg!(target_os = "linux") { found().unwrap_or_default() } else { Vec::new() }
}

/// Checks that a program does not need the libvpx of the system.
///
/// # Errors
/// The program needs it, or cannot be read.
pub(super) fn check_taken_in(program: &Path) -> Outcome {
    let unreadable = |source| Problem::File { what: format!("reading {}", program.display()), source };
    let bytes = std::fs::read(program).map_err(unreadable)?;
    if bytes.windows(SHARED.len()).any(|window| window == SHARED) {
        let name = program.display();
        return Err(Problem::Check(format!(
            "{name} needs the libvpx of this machine, and would start only on its like"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_needs_the_libvpx_of_the_system_is_recognised() -> std::io::Result<()> {
        let program = std::env::temp_dir().join(format!("holdfast-codec-{}", std::process::id()));
        std::fs::write(&program, b"\0libm.so.6\0libvpx.so.7\0")?;
        assert!(check_taken_in(&program).is_err());
        std::fs::write(&program, b"\0libm.so.6\0vpx_codec_encode\0")?;
        assert!(check_taken_in(&program).is_ok());
        std::fs::remove_file(&program)
    }
}
