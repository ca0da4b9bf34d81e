//! A participant without a window, in its own process.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::{PATIENCE, Programs, Report, Running};

/// A running `holdfast-bot`. Dropping it ends it.
pub struct Bot {
    running: Running,
    name: String,
    folder: TempDir,
    /// Number of lines of its output that were read.
    seen: usize,
}

impl Bot {
    /// Starts a bot that hosts a meeting on loopback.
    #[must_use]
    pub fn host(programs: &Programs, name: &str, options: &[&str]) -> Self {
        Self::start(programs, &["host"], name, options, None)
    }

    /// Starts a bot that joins a meeting.
    #[must_use]
    pub fn join(programs: &Programs, link: &str, name: &str, options: &[&str]) -> Self {
        Self::start(programs, &["join", link], name, options, None)
    }

    /// The same with another log filter than the usual one.
    #[must_use]
    pub fn join_with_log(
        programs: &Programs,
        link: &str,
        name: &str,
        options: &[&str],
        filter: &str,
    ) -> Self {
        Self::start(programs, &["join", link], name, options, Some(filter))
    }

    /// Starts a bot on a host of a test network that joins a meeting, over every interface of that host.
    #[cfg(target_os = "linux")]
    #[must_use]
    pub fn join_on(
        programs: &Programs,
        host: &crate::net::Host,
        link: &str,
        name: &str,
        options: &[&str],
        filter: Option<&str>,
    ) -> Self {
        let mut command = host.command(programs.bot());
        command.args(["join", link, "--bind", "0.0.0.0"]);
        Self::start_with(command, name, options, filter)
    }

    fn start(
        programs: &Programs,
        action: &[&str],
        name: &str,
        options: &[&str],
        filter: Option<&str>,
    ) -> Self {
        let mut command = Command::new(programs.bot());
        command.args(action).args(["--bind", "127.0.0.1"]);
        Self::start_with(command, name, options, filter)
    }

    fn start_with(mut command: Command, name: &str, options: &[&str], filter: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the bot's report");
        command.args(["--name", name, "--events", "--commands", "--report"]);
        command.arg(folder.path().join("report.json")).args(options);
        if let Some(filter) = filter {
            command.env("HOLDFAST_LOG", filter);
        }
        // These come five times a second for everyone, and would hide what happened.
        let counters = |line: &str| line.contains("\"event\":\"receiving\"");
        let running = Running::start(name, &mut command).without_noise(counters);
        Self { running, name: name.to_owned(), folder, seen: 0 }
    }

    /// The link of the meeting it hosts.
    #[must_use]
    pub fn link(&self) -> String {
        let is_link = |line: &str| line.starts_with("holdfast://").then(|| line.to_owned());
        self.running.wait_for("its link", PATIENCE, is_link)
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.running.pid()
    }

    /// A folder of its own, removed with it.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    /// Everything it printed.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.running.lines()
    }

    /// Gives it a command: `microphone on`, `camera off`, `leave` and so on.
    pub fn tell(&mut self, order: &str) {
        self.running.tell(order);
    }

    /// Suspends its process.
    pub fn stop(&mut self) {
        self.running.stop();
    }

    /// Lets its process go on after [`Self::stop`].
    pub fn go_on(&mut self) {
        self.running.go_on();
    }

    /// Kills its process, as a crash would. There is no report.
    pub fn kill(&mut self) {
        self.running.kill();
    }

    /// The events since the last call, or since the last event waited for.
    pub fn new_events(&mut self) -> Vec<Value> {
        let lines = self.running.lines();
        let events = lines.iter().skip(self.seen).filter_map(|line| event(line)).collect();
        self.seen = lines.len();
        events
    }

    /// Waits for an event that `pick` accepts, among those after the last one waited for.
    ///
    /// # Panics
    /// When none comes in time.
    #[track_caller]
    pub fn wait_for_event<T>(&mut self, what: &str, pick: impl FnMut(&Value) -> Option<T>) -> T {
        self.wait_for_event_within(what, PATIENCE, pick)
    }

    /// The same with another patience than the usual one.
    ///
    /// # Panics
    /// When none comes in time.
    #[track_caller]
    pub fn wait_for_event_within<T>(
        &mut self,
        what: &str,
        patience: Duration,
        mut pick: impl FnMut(&Value) -> Option<T>,
    ) -> T {
        let (seen, found) = self.running.wait_for_from(self.seen, what, patience, |line| pick(&event(line)?));
        self.seen = seen;
        found
    }

    /// Waits until it decodes pictures of another participant.
    ///
    /// # Panics
    /// When none come in time.
    #[track_caller]
    pub fn wait_for_picture(&mut self) {
        self.wait_for_event("a picture", |event| {
            (event["event"] == "receiving" && event["frames_decoded"].as_u64()? > 0).then_some(())
        });
    }

    /// Waits until it has decoded this many pictures of the participant, and hears this tone from them if one is given.
    ///
    /// # Panics
    /// When that does not happen in time.
    #[track_caller]
    pub fn wait_until_received(&mut self, name: &str, frames: u64, hz: Option<f64>) {
        let id = self.id_of(name);
        let what = format!("{frames} pictures of {name} and the tone {hz:?}");
        self.wait_for_event(&what, |event| {
            let about = event["event"] == "receiving" && event["id"] == id.as_str();
            let seen = event["frames_decoded"].as_u64()? >= frames;
            let heard = hz.is_none_or(|hz| event["hz"].as_f64().is_some_and(|found| is_tone(found, hz)));
            (about && seen && heard).then_some(())
        });
    }

    /// Its own id, once it has joined.
    ///
    /// # Panics
    /// When that does not happen in time.
    #[track_caller]
    #[must_use]
    pub fn own_id(&self) -> String {
        self.running.wait_for("its own id", PATIENCE, |line| {
            event(line).filter(|event| event["event"] == "joined")?["id"].as_str().map(str::to_owned)
        })
    }

    /// The id of the participant of this name, once it knows them.
    ///
    /// # Panics
    /// When they do not come in time.
    #[track_caller]
    pub fn id_of(&self, name: &str) -> String {
        self.running.wait_for("a participant", PATIENCE, |line| {
            let event: Value = serde_json::from_str(line).ok()?;
            (event["event"] == "participant" && event["name"] == name)
                .then(|| event["id"].as_str().map(str::to_owned))?
        })
    }

    /// Asks it to end as a system would, and waits.
    ///
    /// # Panics
    /// When it does not end, or leaves no report.
    #[must_use]
    #[track_caller]
    pub fn end(mut self) -> (ExitStatus, Report) {
        self.running.ask_to_end();
        self.finish()
    }

    /// The same. Adds everything that it printed to `log`.
    ///
    /// # Panics
    /// When it does not end, or leaves no report.
    #[track_caller]
    pub fn end_and_keep(mut self, log: &mut Vec<String>) -> (ExitStatus, Report) {
        self.running.ask_to_end();
        let _ = self.running.wait_for_end(PATIENCE);
        log.extend(self.running.lines());
        self.finish()
    }

    /// The same. Keeps its output and its report in a folder, as `NAME.log` and `NAME.json`.
    ///
    /// # Panics
    /// When it does not end, leaves no report, or the folder cannot be written.
    #[track_caller]
    pub fn end_and_keep_in(mut self, folder: &Path) -> Report {
        self.running.ask_to_end();
        let _ = self.running.wait_for_end(PATIENCE);
        self.keep_log_in(folder);
        // If it is missing, the next step says so.
        let report = self.folder.path().join("report.json");
        let _ = std::fs::copy(report, folder.join(format!("{}.json", self.name.to_lowercase())));
        self.finish().1
    }

    /// Writes what it printed so far to `NAME.log` in a folder.
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub fn keep_log_in(&self, folder: &Path) {
        let file = folder.join(format!("{}.log", self.name.to_lowercase()));
        std::fs::write(file, self.running.lines().join("\n")).expect("the folder can be written");
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it does not end or leaves no report.
    #[must_use]
    #[track_caller]
    pub fn finish(mut self) -> (ExitStatus, Report) {
        let status = self.running.wait_for_end(PATIENCE + Duration::from_secs(30));
        let path = self.folder.path().join("report.json");
        let text =
            std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: no report: {error}", self.name));
        let report =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: bad report: {error}", self.name));
        (status, report)
    }

    /// Waits for its end, without a report.
    ///
    /// # Panics
    /// When it does not end.
    #[must_use]
    #[track_caller]
    pub fn finish_without_report(mut self) -> (ExitStatus, Vec<String>) {
        let status = self.running.wait_for_end(PATIENCE);
        // The threads that read its output end a moment after it.
        let complete = |lines: Vec<String>| (!lines.is_empty()).then_some(lines);
        let lines = crate::eventually("its last words", PATIENCE, || complete(self.running.lines()));
        (status, lines)
    }
}

/// The event of a line, if it is one.
fn event(line: &str) -> Option<Value> {
    serde_json::from_str(line).ok().filter(|json: &Value| json["event"].is_string())
}

/// Whether a measured frequency is the sent one: within three per cent, half a semitone.
fn is_tone(found: f64, sent: f64) -> bool {
    (found - sent).abs() <= sent * 0.03
}
