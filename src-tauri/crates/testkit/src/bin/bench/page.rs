//! The results as a page to keep: `docs/performance.md`.

use std::fmt::Write;

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
         and decode no pictures, to leave room on the machine. Where fewer pictures per second arrive than the 30\n\
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
    text
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
