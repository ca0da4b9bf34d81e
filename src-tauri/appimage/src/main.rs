//! The executable part of Holdfast's AppImage.
//!
//! An AppImage of type 2 is a program with a SquashFS file system behind its last byte. This program unpacks that once
//! into the person's cache folder and becomes the app in it; later starts find it there. Nothing is mounted, so it
//! needs no FUSE, and it is linked statically, so it needs no libraries either.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod cache;
mod image;

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use image::Image;

/// What a first word on the command line asks for instead of the app, as with any AppImage.
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
    // The link to ourselves leads to the file even when it was started through another name.
    let image = Image::open(&std::env::current_exe()?)?;
    let mut words: Vec<OsString> = std::env::args_os().skip(1).collect();
    match words.first().and_then(|word| word.to_str()) {
        Some("--appimage-offset") => println!("{}", image.offset),
        Some("--appimage-help") => println!("{USAGE}"),
        Some("--appimage-extract") => image.unpack(Path::new("squashfs-root"))?,
        first => {
            // What others do only when asked is what we always do.
            if first == Some("--appimage-extract-and-run") {
                words.remove(0);
            }
            let unpacked = cache::unpacked(&image, &cache::folder()?)?;
            return Err(become_app(&image.path, &unpacked, &words));
        }
    }
    Ok(())
}

/// Returns only when it failed. The variables are those the AppImage specification names.
fn become_app(image: &Path, unpacked: &Path, words: &[OsString]) -> io::Error {
    let mut app = Command::new(unpacked.join("AppRun"));
    app.args(words).env("APPIMAGE", image).env("APPDIR", unpacked);
    app.env("ARGV0", std::env::args_os().next().unwrap_or_default());
    app.env("OWD", std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")));
    app.exec()
}
