//! A window that was moved and resized is there again at the next start. On a smaller screen it is moved and made
//! smaller until all of it can be seen.
#![allow(missing_docs, clippy::unwrap_used)]
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use holdfast_testkit::{Desktop, PATIENCE, Programs, Running};

/// The window without its frame, in pixels of the screen, or the frame's four widths: left, right, top, bottom.
type Four = [i32; 4];

/// What a tool of the window system tells.
fn told(desktop: &Desktop, program: &str, words: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    let output = command.args(words).env("DISPLAY", desktop.display()).output();
    let output = output.unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

/// Left, top, width and height, while it can be seen.
fn place(desktop: &Desktop) -> Option<Four> {
    let told = told(desktop, "xwininfo", &["-name", "Holdfast"])?;
    let number = |name: &str| {
        let line = told.lines().find_map(|line| line.trim().strip_prefix(name))?;
        line.trim().parse().ok()
    };
    let names = ["Absolute upper-left X:", "Absolute upper-left Y:", "Width:", "Height:"];
    let [x, y, width, height] = names.map(number);
    told.contains("IsViewable").then_some([x?, y?, width?, height?])
}

fn frame(desktop: &Desktop) -> Option<Four> {
    let told = told(desktop, "xprop", &["-name", "Holdfast", "_NET_FRAME_EXTENTS"])?;
    let widths: Vec<_> = told.split_once('=')?.1.split(',').map(|width| width.trim().parse().ok()).collect();
    let [left, right, top, bottom] = widths.try_into().ok()?;
    Some([left?, right?, top?, bottom?])
}

fn wait_for_place(desktop: &Desktop, what: &str, wanted: impl Fn(Four) -> bool) -> Four {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let place = place(desktop);
        if let Some(place) = place.filter(|place| wanted(*place)) {
            return place;
        }
        let late = Instant::now() >= deadline;
        assert!(!late, "waited in vain: {what}; it is at {place:?}, its frame {:?}", frame(desktop));
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn start(programs: &Programs, desktop: &Desktop, data: &Path) -> Running {
    let mut app = Command::new(programs.app());
    app.envs(desktop.environment()).arg("--data-dir").arg(data);
    Running::start("app", &mut app)
}

/// What xdotool begins with to do something to the main window.
const MAIN: [&str; 5] = ["search", "--sync", "--onlyvisible", "--name", "^Holdfast$"];

/// Whether the window manager gives it the keys: it is the active window.
fn active(desktop: &Desktop) -> bool {
    let number =
        |told: &str, before: &str| told.split_once(before)?.1.split_whitespace().next().map(str::to_owned);
    let active = told(desktop, "xprop", &["-root", "_NET_ACTIVE_WINDOW"]);
    let active = active.and_then(|told| number(&told, "window id #"));
    let main = told(desktop, "xwininfo", &["-name", "Holdfast"]);
    active.is_some() && active == main.and_then(|told| number(&told, "Window id:"))
}

/// As the button of its frame does it.
fn close(desktop: &Desktop, mut app: Running) {
    let deadline = Instant::now() + PATIENCE;
    while !active(desktop) {
        assert!(Instant::now() < deadline, "it never became the active window");
        std::thread::sleep(Duration::from_millis(50));
    }
    desktop.xdotool(&["key", "alt+F4"]);
    let status = app.wait_for_end(PATIENCE);
    assert!(status.success(), "{status}");
}

/// Makes it 900 x 640, somewhere else than it was, and returns where that is.
fn move_and_resize(desktop: &Desktop) -> Four {
    desktop.xdotool(&[&MAIN[..], &["windowsize", "--sync", "900", "640"]].concat());
    let before = wait_for_place(desktop, "its new size", |place| place[2..] == [900, 640]);
    desktop.xdotool(&[&MAIN[..], &["windowmove", "420", "250"]].concat());
    wait_for_place(desktop, "its new place", |place| place[..2] != before[..2])
}

#[test]
fn the_window_is_where_it_was_left() {
    let programs = Programs::beside_tests();
    let data = tempfile::tempdir().unwrap();
    let desktop = Desktop::with_free_windows(1400, 1000);
    let app = start(&programs, &desktop, data.path());
    let left = move_and_resize(&desktop);
    close(&desktop, app);
    // Twice: what is remembered of where it was put back must not creep by the width of its frame.
    for _ in 0..2 {
        let app = start(&programs, &desktop, data.path());
        wait_for_place(&desktop, "where it was left", |place| place == left);
        close(&desktop, app);
    }
    drop(desktop);

    // It keeps its size, and then has to give some of it up. Until it is put in its place it is as large as the screen.
    for ([width, height], size) in [([1000, 700], [900, 640]), ([800, 600], [790, 560])] {
        let desktop = Desktop::with_free_windows(width, height);
        let app = start(&programs, &desktop, data.path());
        let [width, height] = [width, height].map(|length| i32::try_from(length).unwrap());
        wait_for_place(&desktop, "all of it on the smaller screen", |[x, y, wide, high]| {
            let Some([left, right, top, bottom]) = frame(&desktop) else { return false };
            let is_seen = x >= left && y >= top && x + wide + right <= width && y + high + bottom <= height;
            is_seen && [wide, high] == size
        });
        close(&desktop, app);
    }
}
