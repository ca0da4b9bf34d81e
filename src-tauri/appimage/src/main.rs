//! The executable part of Holdfast's AppImage.
//!
//! An AppImage of type 2 is a program with a SquashFS file system behind its last byte. This program unpacks the file
//! system once into the person's cache folder and then becomes the app in it. Later starts find it there. It mounts
//! nothing, so it needs no FUSE, and it is linked statically, so it needs no libraries either.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod cache;
mod image;

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use image::Image;

/// What the first word of the command line can ask for instead of the app, as with any AppImage.
const USAGE: &str = "--appimage-extract    unpack into ./squashfs-root and do nothing else
--appimage-offset     print where the file system begins
--appimage-help       print this
Everything else is for the app.";

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("Holdfast could not be started: {problem}.");
            ExitCode::FAILURE
        }
    }
}

fn start() -> io::Result<()> {
    // The link to our own program leads to the file, also if it was started under another name.
    let image = Image::open(&std::env::current_exe()?)?;
    let mut words: Vec<OsString> = std::env::args_os().skip(1).collect();
    match words.first().and_then(|word| word.to_str()) {
        Some("--appimage-offset") => println!("{}", image.offset),
        Some("--appimage-help") => println!("{USAGE}"),
        Some("--appimage-extract") => image.unpack(Path::new("squashfs-root"))?,
        first => {
            // Other AppImages do this only on request; we always do it.
            if first == Some("--appimage-extract-and-run") {
                words.remove(0);
            }
            let unpacked = cache::unpacked(&image, &cache::folder()?)?;
            return Err(become_app(&image.path, &unpacked, &words));
        }
    }
    Ok(())
}

/// Returns only on failure. The AppImage specification names these variables.
fn become_app(image: &Path, unpacked: &Path, words: &[OsString]) -> io::Error {
    let mut app = Command::new(unpacked.join("AppRun"));
    app.args(words).env("APPIMAGE", image).env("APPDIR", unpacked);
    app.env("ARGV0", std::env::args_os().next().unwrap_or_default());
    app.env("OWD", std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")));
    app.exec()
}
