//! What a test does to processes from outside: the same as a crash, a power cut or a stuck machine.

use std::fs;
use std::path::Path;
use std::process::Command;

use holdfast_testkit::{AppWindow, Desktop, PATIENCE, Programs, Running, eventually};

/// Starts the app once more, with the folder of a running one and perhaps a link, and waits until this second one is
/// gone.
#[track_caller]
pub(crate) fn start_again(programs: &Programs, desktop: &Desktop, data: &Path, link: Option<&str>) {
    let mut command = Command::new(programs.app());
    command.envs(desktop.environment()).args(link).arg("--data-dir").arg(data);
    let status = Running::start("second start", &mut command).wait_for_end(PATIENCE);
    assert!(status.success(), "{status}");
}

/// Kills the app, as a crash does, and waits until it is gone. Returns what must be dropped last: the driver that
/// started it.
pub(crate) fn crash(window: &AppWindow) {
    let pid = app_pid(window);
    send("KILL", pid);
    wait_for_end(window);
}

/// Waits until the app is gone.
pub(crate) fn wait_for_end(window: &AppWindow) {
    eventually("the app is gone", PATIENCE, || app_below(window.pid()).is_none().then_some(()));
}

/// Suspends the process, and with it everything it sends.
pub(crate) fn stop(pid: u32) {
    send("STOP", pid);
}

/// Lets it go on.
pub(crate) fn go_on(pid: u32) {
    send("CONT", pid);
}

fn send(signal: &str, pid: u32) {
    let status = Command::new("kill").args([format!("-{signal}"), pid.to_string()]).status().unwrap();
    assert!(status.success(), "kill -{signal}: {status}");
}

fn app_pid(window: &AppWindow) -> u32 {
    app_below(window.pid()).expect("the app runs below its driver")
}

/// The app among the descendants of a process.
fn app_below(root: u32) -> Option<u32> {
    let processes: Vec<(u32, u32, String)> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?)))
        .map(|(pid, (parent, name))| (pid, parent, name))
        .collect();
    let mut below = vec![root];
    while let Some(parent) = below.pop() {
        for (pid, _, name) in processes.iter().filter(|(_, of, _)| *of == parent) {
            if name == "holdfast" {
                return Some(*pid);
            }
            below.push(*pid);
        }
    }
    None
}

/// Parent and name of a live process, from its `stat`; see proc(5).
fn parse_stat(stat: &str) -> Option<(u32, String)> {
    let (head, tail) = stat.rsplit_once(')')?;
    let (_, name) = head.split_once('(')?;
    let mut fields = tail.split_whitespace();
    let state = fields.next()?;
    (state != "Z").then_some(())?;
    Some((fields.next()?.parse().ok()?, name.to_owned()))
}
