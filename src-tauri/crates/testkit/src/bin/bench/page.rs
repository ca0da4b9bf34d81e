//! The results as a page to keep: `docs/performance.md`.

use std::fmt::Write;

use crate::feel::{Drawing, Feel};
use crate::joins::Times;
use crate::load::Load;
use crate::usage::machine;
use crate::{Options, Results};

/// The page.
pub(crate) fn page(options: &Options, results: &Results) -> String {
    let Options { time, .. } = options;
    let joins = &results.joins;
    let mut text = format!(
        "# Performance\n\n\
         Written by `cargo xtask bench`; run it again on the same machine to compare. Release build, everything on\n\
         one machine ({}), loopback only, {} s per measurement after the meeting has settled. Per cent are of one\n\
         core, system time included; memory counts shared pages in parts (PSS).\n\n\
         ## Join to first frame\n\n\
         {} joins of a meeting of one at 720p, each by a new process; milliseconds since the process started.\n\n\
         | until | fastest | median | slowest |\n|---|---|---|---|\n",
        machine(),
        time.as_secs(),
        joins.count,
    );
    for (what, Times { fastest, median, slowest }) in [
        ("the server let us in", joins.joined),
        ("the connection stood", joins.connected),
        ("the first picture was decoded", joins.first_frame),
    ] {
        let _ = writeln!(text, "| {what} | {fastest} | {median} | {slowest} |");
    }
    text.push_str(
        "\n## One participant without a window\n\n\
         Sends its own picture and sound to everyone, decodes everyone's picture and sound. The others send the same\n\
         and decode no pictures, and run at the lowest priority, since people have machines of their own. Where fewer pictures per second arrive than the 30\n\
         that are sent, the machine was too busy, and the CPU figure is a lower bound. The pictures are a test pattern,\n\
         which is easier to encode than a face.\n\n",
    );
    table(&mut text, &results.participant);
    if !results.window.is_empty() {
        text.push_str(
            "\n## The app with its window\n\n\
             1280×800 on a virtual display, drawn without a GPU; all processes of the app and its web view.\n\n",
        );
        table(&mut text, &results.window);
    }
    if !results.chromium.is_empty() {
        beside_chromium(&mut text, &results.window, &results.chromium);
    }
    if let Some(feel) = &results.feel {
        feel_of(&mut text, feel);
    }
    text
}

/// The app beside Chromium in the same meetings.
fn beside_chromium(text: &mut String, app: &[Load], chromium: &[Load]) {
    text.push_str(
        "\n## The same in Chromium\n\n\
         The page of `tests/chromium` in place of the app, in the same meetings: it sends Chromium's synthetic camera and\n\
         microphone, shows itself and everyone about as large as the app does, plays what comes, and does nothing else.\n\
         Headless, so it draws into memory and not on a display; all its processes. The last two columns are what the app\n\
         with its window needs of it.\n\n\
         | others | picture | CPU | memory | pictures/s of each | CPU of the app | memory of the app |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for (app, there) in app.iter().zip(chromium) {
        let Load { others, size: (width, height), cpu_percent, memory_mib, fps } = there;
        let _ = writeln!(
            text,
            "| {others} | {width}×{height} | {cpu_percent:.0} % | {memory_mib:.0} MiB | {fps:.1} | {:.2} times | {:.2} times |",
            app.cpu_percent / cpu_percent,
            app.memory_mib / memory_mib,
        );
    }
}

/// How the window feels.
fn feel_of(text: &mut String, feel: &Feel) {
    let Feel { usable, answered, drawing, pictures, idle_rate, idle_cpu, idle_memory } = feel;
    text.push_str(
        "\n## How the window feels\n\n\
         The app and its web view on a virtual display, drawn by the processor. A press is answered when the tile shows\n\
         what the core made of it. Drawing is watched with eight tiles, the seven others on the same machine at the lowest\n\
         priority.\n\n\
         | | fastest | median | slowest |\n|---|---|---|---|\n",
    );
    for (what, Times { fastest, median, slowest }) in [
        ("process started until the home screen takes presses (warm), ms", usable),
        ("microphone pressed until its tile shows it, ms", answered),
    ] {
        let _ = writeln!(text, "| {what} | {fastest} | {median} | {slowest} |");
    }
    let Drawing { rate, long, longest, seconds } = drawing;
    let _ = writeln!(
        text,
        "\nEight tiles: {rate:.0} animation frames a second ({idle_rate:.0} where nothing moves), {long} pauses over 50 ms in\n\
         {seconds:.0} s, the longest {longest:.0} ms; {pictures:.1} pictures a second of each of the seven others. At home, in no meeting: {idle_cpu:.1} % of a core, {idle_memory:.0} MiB."
    );
}

fn table(text: &mut String, loads: &[Load]) {
    text.push_str("| others | picture | CPU | memory | pictures/s of each |\n|---|---|---|---|---|\n");
    for Load { others, size: (width, height), cpu_percent, memory_mib, fps } in loads {
        let _ = writeln!(
            text,
            "| {others} | {width}×{height} | {cpu_percent:.0} % | {memory_mib:.0} MiB | {fps:.1} |"
        );
    }
}
