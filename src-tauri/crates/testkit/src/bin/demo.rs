//! The demo itself, once everything is built: the app hosts a meeting on its embedded server, and three participants in
//! processes of their own join it. With a display, the window stays until a person closes it. Without one, this program
//! looks at the window, takes a picture and closes it, and the exit status says whether every tile played.

// The demo fails when something cannot be started or seen: it panics with a reason.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use holdfast_testkit::{AppOptions, AppWindow, Desktop, PATIENCE, Programs, Running, Tile, hue_distance};

/// Name, hue of the picture in degrees, tone in hertz: a C major chord, because a person may listen.
const PARTICIPANTS: [(&str, u16, f32); 3] =
    [("Ada", 165, 261.6), ("Grace", 265, 329.6), ("Linus", 30, 392.0)];

/// The host's own picture without a display.
const OWN_HUE: u16 = 205;

/// Pictures every tile must draw while we look: more than a second of them.
const FRAMES: u64 = 40;

/// Part of a tile that must have its participant's colour. The rest is the pattern's marks and the name.
const COLOURED: f32 = 0.3;

/// How much a hue may differ after two colour conversions and a codec.
const HUE_TOLERANCE: f32 = 20.0;

fn main() -> ExitCode {
    let (programs, picture) = match arguments() {
        Ok(arguments) => arguments,
        Err(text) => {
            eprintln!("{text}");
            return ExitCode::from(2);
        }
    };
    let programs = Programs::in_folder(&programs);
    match picture {
        Some(picture) => {
            let runtime = tokio::runtime::Runtime::new().expect("threads");
            runtime.block_on(look(&programs, &picture))
        }
        None => show(&programs),
    }
}

fn arguments() -> Result<(PathBuf, Option<PathBuf>), String> {
    const USAGE: &str = "usage: holdfast-demo --programs FOLDER [--picture FILE]   (see cargo xtask demo)";
    let (mut programs, mut picture) = (None, None);
    let mut words = std::env::args_os().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().map(PathBuf::from).ok_or(USAGE)?;
        match word.to_str() {
            Some("--programs") => programs = Some(value),
            Some("--picture") => picture = Some(value),
            _ => return Err(USAGE.into()),
        }
    }
    Ok((programs.ok_or(USAGE)?, picture))
}

/// The command line in both cases. Nothing leaves this machine.
const HOST: [&str; 6] = ["--host", "--listen", "127.0.0.1:0", "--bind", "127.0.0.1", "--print-link"];

fn join(programs: &Programs, link: &str) -> Vec<Running> {
    let start = |(name, hue, tone): &(&str, u16, f32)| {
        let mut command = Command::new(programs.bot());
        command.args(["join", link, "--name", name, "--bind", "127.0.0.1"]);
        command.args(["--video", &format!("pattern:{hue}"), "--audio", &format!("tone:{tone}")]);
        // A size that a laptop can handle: all four participants encode on the same machine.
        command.args(["--size", "640x360", "--fps", "30"]);
        println!("    {name} joins, in a process of their own");
        Running::start(name, &mut command)
    };
    PARTICIPANTS.iter().map(start).collect()
}

/// Opens the window and waits until a person closes it.
fn show(programs: &Programs) -> ExitCode {
    let mut app = Command::new(programs.app());
    // The settings and the log of a real installation stay untouched.
    let data = tempfile::tempdir().expect("a folder for the app");
    app.args(HOST)
        .args(["--microphone", "off", "--camera", "off", "--name", "You", "--data-dir"])
        .arg(data.path());
    let mut app = Running::start("app", &mut app);
    let is_link = |line: &str| line.starts_with("holdfast://").then(|| line.to_owned());
    let link = app.wait_for("the invite link", PATIENCE, is_link);
    let _participants = join(programs, &link);
    println!("    the meeting is open; your microphone and camera are off until you switch them on");
    println!("    close the app to end the demo");
    while app.is_running() {
        std::thread::sleep(Duration::from_millis(200));
    }
    if app.wait_for_end(PATIENCE).success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Opens the window on a display of its own and looks at it.
async fn look(programs: &Programs, picture: &Path) -> ExitCode {
    println!("    no display: opening the window on a virtual one");
    let desktop = Desktop::start(1280, 800);
    let mut options = AppOptions::new(&HOST);
    let own = format!("pattern:{OWN_HUE}");
    let synthetic =
        ["--name", "Mary", "--video", &own, "--size", "640x360", "--audio", "tone:523.3", "--sink", "none"];
    options.arguments.extend(synthetic.map(str::to_owned));
    let window = AppWindow::open(programs, &desktop, &options).await;
    println!("    the app hosts a meeting");
    let _participants = join(programs, &window.link());
    let tiles = window.wait_for_pictures(1 + PARTICIPANTS.len(), FRAMES).await;
    println!("    all {} tiles are connected and play:", tiles.len());
    let seen = desktop.picture();
    desktop.save_picture(picture);
    let mut all_right = true;
    for tile in &tiles {
        let hue =
            PARTICIPANTS.iter().find(|(name, ..)| *name == tile.name).map_or(OWN_HUE, |(_, hue, _)| *hue);
        let found = seen.main_hue(tile.area.middle(0.1));
        let right = found.is_some_and(|(main, share)| {
            share >= COLOURED && hue_distance(main, f32::from(hue)) <= HUE_TOLERANCE
        });
        all_right &= right;
        println!("    {}", describe(tile, found, hue, right));
    }
    println!("    picture: {}", picture.display());
    window.close().await;
    if all_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn describe(tile: &Tile, found: Option<(f32, f32)>, hue: u16, right: bool) -> String {
    let Tile { name, frames, microphone, .. } = tile;
    let microphone = if *microphone { "open" } else { "muted" };
    let colour = match found {
        Some((main, share)) => format!("hue {main:.0} on {:.0} % of the tile, sent {hue}", share * 100.0),
        None => format!("no colour, sent {hue}"),
    };
    let verdict = if right { "ok" } else { "WRONG COLOUR" };
    format!("{name:10} {frames:4} pictures drawn, microphone {microphone}, {colour}: {verdict}")
}
