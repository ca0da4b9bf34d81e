//! What one participant costs while the meeting goes on.

use std::fmt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use holdfast_testkit::{
    AppOptions, AppWindow, Bot, BrowserParticipant, Desktop, PATIENCE, Programs, eventually_async,
};

use crate::usage::{Usage, of_tree};

/// The meeting runs this long before the measurement, so that encoders find their rate and buffers their depth.
const SETTLE: Duration = Duration::from_secs(3);

/// One measurement.
pub(crate) struct Load {
    pub(crate) others: usize,
    pub(crate) size: (u32, u32),
    /// CPU, in per cent of one core.
    pub(crate) cpu_percent: f64,
    /// Memory in MiB at the end.
    pub(crate) memory_mib: f64,
    /// Pictures per second that were decoded or drawn from each other participant, on average. If this is less than
    /// what was sent, the machine was too busy, and the CPU figure is a lower bound.
    pub(crate) fps: f64,
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cpu_percent, memory_mib, fps, .. } = self;
        write!(f, "{cpu_percent:.0} % of a core, {memory_mib:.0} MiB, {fps:.1} pictures/s of each")
    }
}

/// The others, who send but decode nothing and use only the processor time that the measured participant leaves: in a
/// real meeting they have machines of their own.
pub(crate) fn crowd(programs: &Programs, link: Option<&str>, count: usize, size: (u32, u32)) -> Vec<Bot> {
    let size = format!("{}x{}", size.0, size.1);
    let mut bots: Vec<Bot> = Vec::new();
    for number in 0..count {
        let hue = format!("pattern:{}", number * 45);
        let tone = format!("tone:{}", 200 + number * 50);
        let options = ["--no-decode", "--video", &hue, "--audio", &tone, "--size", &size];
        let name = format!("Other {number}");
        let bot = match link.map(str::to_owned).or_else(|| bots.first().map(Bot::link)) {
            Some(link) => Bot::join(programs, &link, &name, &options),
            None => Bot::host(programs, &name, &options),
        };
        give_way(&bot);
        bots.push(bot);
    }
    bots
}

/// Lets a bot run only when no other program needs the processor: gives each of its threads the lowest priority.
fn give_way(bot: &Bot) {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", bot.pid())).expect("a bot that runs");
    let threads = tasks.flatten().map(|task| task.file_name());
    let done = Command::new("renice").args(["-n", "19", "-p"]).args(threads).stdout(Stdio::null()).status();
    assert!(done.is_ok_and(|status| status.success()), "renice lets bots give way");
}

/// A participant without a window that decodes everyone's pictures.
pub(crate) fn participant(programs: &Programs, others: usize, size: (u32, u32), time: Duration) -> Load {
    let crowd = crowd(programs, None, others, size);
    let link = crowd.first().expect("someone to meet").link();
    let picture = format!("{}x{}", size.0, size.1);
    let options = ["--video", "pattern:300", "--audio", "tone:440", "--size", &picture];
    let mut measured = Bot::join(programs, &link, "Measured", &options);
    for number in 0..others {
        let id = measured.id_of(&format!("Other {number}"));
        measured.wait_for_event("pictures of everyone", |event| {
            (event["id"] == id && event["frames_decoded"].as_u64()? > 0).then_some(())
        });
    }
    std::thread::sleep(SETTLE);
    let decoded = |bot: &Bot| decoded_so_far(&bot.lines());
    let (start, frames, before) = (Instant::now(), decoded(&measured), of_tree(measured.pid()));
    std::thread::sleep(time);
    let (elapsed, after) = (start.elapsed(), of_tree(measured.pid()));
    let frames = decoded(&measured).saturating_sub(frames);
    load(others, size, elapsed, before, after, frames)
}

/// Decoded pictures of everyone together, from the last event about each.
fn decoded_so_far(lines: &[String]) -> u64 {
    let mut latest = std::collections::HashMap::new();
    for line in lines {
        let Ok(event) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        if let (Some(id), Some(count)) = (event["id"].as_str(), event["frames_decoded"].as_u64()) {
            latest.insert(id.to_owned(), count);
        }
    }
    latest.values().sum()
}

/// The app with its window: all its processes, with those of the web view.
pub(crate) async fn window(programs: &Programs, others: usize, size: (u32, u32), time: Duration) -> Load {
    let desktop = Desktop::start(1280, 800);
    let picture = format!("{}x{}", size.0, size.1);
    let options = AppOptions::new(&[
        "--host",
        "--listen",
        "127.0.0.1:0",
        "--bind",
        "127.0.0.1",
        "--print-link",
        "--name",
        "Measured",
        "--video",
        "pattern:300",
        "--audio",
        "tone:440",
        "--sink",
        "none",
        "--size",
        &picture,
    ]);
    let window = AppWindow::open(programs, &desktop, &options).await;
    let _crowd = crowd(programs, Some(&window.link()), others, size);
    window.wait_for_pictures(others + 1, 1).await;
    tokio::time::sleep(SETTLE).await;
    let (start, frames, before) = (Instant::now(), pictures_drawn(&window).await, of_tree(window.pid()));
    tokio::time::sleep(time).await;
    let (elapsed, after) = (start.elapsed(), of_tree(window.pid()));
    let frames = pictures_drawn(&window).await.saturating_sub(frames);
    load(others, size, elapsed, before, after, frames)
}

/// How many pictures of the others were drawn so far.
pub(crate) async fn pictures_drawn(window: &AppWindow) -> u64 {
    window.tiles().await.iter().filter(|tile| !tile.own).map(|tile| tile.frames).sum()
}

/// The same meeting with Chromium in place of the app, without a window and so without the work for a display.
pub(crate) async fn chromium(programs: &Programs, others: usize, size: (u32, u32), time: Duration) -> Load {
    let crowd = crowd(programs, None, others, size);
    let link = crowd.first().expect("someone to meet").link();
    let browser = BrowserParticipant::join_with_camera(&link, "Measured", size).await;
    let shown = async || {
        let remotes = browser.report().await.remotes;
        remotes.iter().map(|remote| remote.video.as_ref().map_or(0, |video| video.frames)).collect::<Vec<_>>()
    };
    eventually_async("pictures of everyone", PATIENCE, async || {
        let frames = shown().await;
        (frames.len() == others && frames.iter().all(|&frames| frames > 0)).then_some(())
    })
    .await;
    tokio::time::sleep(SETTLE).await;
    let all = async || shown().await.iter().sum::<u64>();
    let (start, frames, before) = (Instant::now(), all().await, of_tree(browser.pid()));
    tokio::time::sleep(time).await;
    let (elapsed, after) = (start.elapsed(), of_tree(browser.pid()));
    let frames = all().await.saturating_sub(frames);
    load(others, size, elapsed, before, after, frames)
}

fn load(
    others: usize,
    size: (u32, u32),
    elapsed: Duration,
    before: Usage,
    after: Usage,
    frames: u64,
) -> Load {
    let seconds = elapsed.as_secs_f64();
    Load {
        others,
        size,
        cpu_percent: (after.cpu_seconds - before.cpu_seconds) / seconds * 100.0,
        memory_mib: after.memory_mib,
        fps: frames as f64 / seconds / others.max(1) as f64,
    }
}
