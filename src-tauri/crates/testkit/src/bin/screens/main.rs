//! Pictures of every screen, for people and for the documents: `docs/screens/`.
//!
//! The page alone, in Chromium, with the people and states its fake backend makes up: so that a screen can be shown
//! in a state that is rare, and looks the same whenever the pictures are taken again.

// Whatever cannot be shown here is this program's failure, said by panicking with a reason.
#![allow(clippy::expect_used)]

mod list;
mod shoot;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use holdfast_testkit::{PATIENCE, Running, free_port};
use list::{SCREENS, SIZES, Scheme};
use shoot::Studio;

fn main() -> ExitCode {
    let Some((ui, folder, only)) = options() else {
        eprintln!(
            "usage: holdfast-screens --ui FOLDER --output FOLDER [--only NAME] (see cargo xtask screenshots)"
        );
        return ExitCode::from(2);
    };
    std::fs::create_dir_all(&folder).expect("a folder for the pictures");
    let port = free_port();
    let mut preview = Command::new("npm");
    preview.current_dir(&ui).args(["run", "preview:fake", "--", "--strictPort", "--port", &port.to_string()]);
    let preview = Running::start("preview", &mut preview);
    let page = preview.wait_for("the page's address", PATIENCE, |line| {
        // Not the line before it, in which npm says what it runs.
        line.contains("Local:").then(|| format!("http://127.0.0.1:{port}"))
    });
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        let studio = Studio::open().await;
        let wanted = SCREENS.iter().filter(|screen| only.as_deref().is_none_or(|only| screen.name == only));
        for screen in wanted {
            for scheme in [Scheme::Light, Scheme::Dark] {
                for size in SIZES {
                    let file = folder.join(format!("{}-{}-{}.webp", screen.name, size.name, scheme.name()));
                    studio.shoot(&page, screen, size, scheme, &file).await;
                }
            }
            println!("    {}", screen.name);
        }
    });
    ExitCode::SUCCESS
}

fn options() -> Option<(PathBuf, PathBuf, Option<String>)> {
    let (mut ui, mut folder, mut only) = (None, None, None);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--ui" => ui = Some(PathBuf::from(words.next()?)),
            "--output" => folder = Some(PathBuf::from(words.next()?)),
            "--only" => only = Some(words.next()?),
            _ => return None,
        }
    }
    Some((ui?, folder?, only))
}
