//! How long a join takes until the first picture is decoded.

use holdfast_testkit::{Bot, Programs};

/// Median and extremes of some times in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) fastest: u64,
    pub(crate) median: u64,
    pub(crate) slowest: u64,
}

impl Times {
    /// Of these times; there must be at least one.
    pub(crate) fn of(mut times: Vec<u64>) -> Self {
        times.sort_unstable();
        let at = |index: usize| *times.get(index).expect("at least one measurement");
        Self { fastest: at(0), median: at(times.len() / 2), slowest: at(times.len() - 1) }
    }
}

/// How long joining took, since the command started.
pub(crate) struct Joins {
    pub(crate) count: usize,
    /// Until the server let us in.
    pub(crate) joined: Times,
    /// Until the connection stood.
    pub(crate) connected: Times,
    /// Until the first picture was decoded.
    pub(crate) first_frame: Times,
}

/// Joins a meeting of one again and again, each time with a new process.
pub(crate) fn measure(programs: &Programs, count: usize) -> Joins {
    let count = count.max(1);
    let options = ["--video", "pattern:120", "--audio", "tone:440"];
    let host = Bot::host(programs, "Host", &options);
    let link = host.link();
    let (mut joined, mut connected, mut first_frame) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        let mut bot = Bot::join(programs, &link, "Guest", &options);
        bot.wait_for_picture();
        let (_, report) = bot.end();
        let host = report.of("Host");
        joined.push(report.joined_ms);
        connected
            .extend(host.states.iter().find(|change| change.state == "connected").map(|change| change.at_ms));
        first_frame.extend(host.first_frame_ms);
    }
    Joins {
        count,
        joined: Times::of(joined),
        connected: Times::of(connected),
        first_frame: Times::of(first_frame),
    }
}
