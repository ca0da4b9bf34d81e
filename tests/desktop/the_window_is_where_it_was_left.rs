//! A window that was moved and resized has the same place and size at the next start. On a smaller screen it is moved
//! and made smaller until all of it is visible.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Command;

use holdfast_testkit::{Desktop, DesktopWindow, PATIENCE, Programs, Running};

fn start(programs: &Programs, desktop: &Desktop, data: &Path) -> Running {
    let mut app = Command::new(programs.app());
    app.envs(desktop.environment()).arg("--data-dir").arg(data);
    Running::start("app", &mut app)
}

/// As the button in its frame does it.
fn close(window: &DesktopWindow<'_>, mut app: Running) {
    window.press("alt+F4");
    let status = app.wait_for_end(PATIENCE);
    assert!(status.success(), "{status}");
}

/// Makes it 900 x 640 at another place, and returns that place.
fn move_and_resize(window: &DesktopWindow<'_>) -> [i32; 4] {
    window.resize(900, 640);
    window.wait_for_place("its new size", |place| place[2..] == [900, 640]);
    window.move_to(420, 250);
    // The window manager puts the corner of its frame there.
    let [left, _, top, _] = window.frame().unwrap();
    window.wait_for_place("its new place", |place| place == [420 + left, 250 + top, 900, 640])
}

#[test]
fn the_window_is_where_it_was_left() {
    let programs = Programs::beside_tests();
    let data = tempfile::tempdir().unwrap();
    let desktop = Desktop::with_free_windows(1400, 1000);
    let app = start(&programs, &desktop, data.path());
    let window = desktop.wait_for_window("Holdfast");
    let left = move_and_resize(&window);
    close(&window, app);
    // Twice, because the remembered place must not move by the width of the frame each time.
    for _ in 0..2 {
        let app = start(&programs, &desktop, data.path());
        let window = desktop.wait_for_window("Holdfast");
        window.wait_for_place("where it was left", |place| place == left);
        close(&window, app);
    }
    drop(desktop);

    // First it keeps its size, then it must become smaller. Until it is in its place it is as large as the screen.
    for ([width, height], size) in [([1000, 700], [900, 640]), ([800, 600], [790, 560])] {
        let desktop = Desktop::with_free_windows(width, height);
        let app = start(&programs, &desktop, data.path());
        let [width, height] = [width, height].map(|length| i32::try_from(length).unwrap());
        let window = desktop.wait_for_window("Holdfast");
        window.wait_for_place("all of it on the smaller screen", |[x, y, wide, high]| {
            let Some([left, right, top, bottom]) = window.frame() else { return false };
            let is_seen = x >= left && y >= top && x + wide + right <= width && y + high + bottom <= height;
            is_seen && [wide, high] == size
        });
        close(&window, app);
    }
}
