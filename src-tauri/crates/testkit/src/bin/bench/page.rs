//! The results as the page `docs/performance.md`.

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
         The measured participant sends its picture and sound to everyone and decodes everyone's. The others send the same but\n\
         decode no pictures. They run at the lowest priority, because people have machines of their own. Where fewer than the 30\n\
         pictures sent per second arrive, the machine was too busy, and the CPU figure is a lower bound. The pictures are a test\n\
         pattern, which is easier to encode than a face.\n\n",
    );
    table(&mut text, &results.participant);
    if !results.window.is_empty() {
        text.push_str(
            "\n## The app with its window\n\n\
             The window has 1280×800 pixels on a virtual display and is drawn without a GPU. The figures are of all processes of the\n\
         app and its web view.\n\n",
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

/// Compares the app with Chromium in the same meetings.
fn beside_chromium(text: &mut String, app: &[Load], chromium: &[Load]) {
    text.push_str(
        "\n## The same in Chromium\n\n\
         The page of `tests/chromium` takes the place of the app in the same meetings. It sends Chromium's synthetic camera and\n\
         microphone, shows itself and everyone about as large as the app does, plays what comes, and does nothing else.\n\
         Chromium runs without a display and draws into memory. The figures are of all its processes. The last two columns\n\
         compare the app with its window to it.\n\n\
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
         The app and its web view are on a virtual display and drawn by the processor. A press counts as answered when the tile\n\
         shows the result from the core. Drawing is watched with eight tiles; the seven others run on the same machine at the\n\
         lowest priority.\n\n\
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
