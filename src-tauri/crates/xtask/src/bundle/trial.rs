//! Whether the deb can be installed, and what it installs starts.
//!
//! It is installed by the system's own installer into a copy of this system that exists in memory only: gone with
//! the last process in it, and with a network of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::run::{Outcome, Problem, answer, on_path};
use crate::workspace::target;

/// Makes `$1` this system, seen through a layer in memory that takes every change.
const COPY: &str = r#"
set -eu
mount -t tmpfs -o mode=0755 tmpfs "$1"
mkdir "$1/changes" "$1/work" "$1/system"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/changes,workdir=$1/work" "$1/system"
for folder in dev proc sys; do mount --rbind "/$folder" "$1/system/$folder"; done
mount -t tmpfs -o mode=1777 tmpfs "$1/system/tmp"
ip link set lo up
"#;

/// Installs `$2` there, dependencies checked, and shows what the desktop finds. Then becomes the app, which is given
/// two minutes on a display and a session bus of its own: to host a meeting, print the invite and show its window.
const INSTALL: &str = r#"
cp "$2" "$1/system/tmp/holdfast.deb"
cat > "$1/system/tmp/start" <<'START'
holdfast --host --print-link --name Package --listen 127.0.0.1:0 --bind 127.0.0.1 --video pattern --audio none \
    --sink none --data-dir /tmp/data &
echo "window: $(xdotool search --sync --onlyvisible --name Holdfast getwindowname)"
wait
START
chroot "$1/system" dpkg --install /tmp/holdfast.deb
sed 's/^/entry: /' "$1/system/usr/share/applications/Holdfast.desktop"
sed 's/^/handler: /' "$1/system/usr/share/applications/mimeinfo.cache"
find "$1/system/usr/share/icons/hicolor" -name holdfast.png -printf 'icon: %P\n'
HOME=/tmp exec chroot "$1/system" timeout 120 dbus-run-session -- xvfb-run --auto-servernum sh /tmp/start
"#;

/// What was seen of an installed app.
#[derive(Debug, Default)]
struct Seen {
    /// The desktop entry.
    entry: Vec<String>,
    /// Which programs the desktop opens what with.
    handlers: Vec<String>,
    icons: usize,
    hosted: bool,
    window: bool,
}

impl Seen {
    fn line(&mut self, line: &str) {
        match line.split_once(": ") {
            Some(("entry", text)) => self.entry.push(text.to_owned()),
            Some(("handler", text)) => self.handlers.push(text.to_owned()),
            Some(("icon", _)) => self.icons += 1,
            Some(("window", name)) => self.window = !name.is_empty(),
            _ => self.hosted |= line.starts_with("holdfast://join/"),
        }
    }

    fn runs(&self) -> bool {
        self.hosted && self.window
    }

    /// What is not as it has to be.
    fn missing(&self) -> Vec<&'static str> {
        const TYPE: &str = "x-scheme-handler/holdfast";
        let takes_link = self
            .entry
            .iter()
            .any(|line| line.starts_with("Exec=") && line.to_ascii_lowercase().contains("%u"));
        let handled = self.handlers.iter().any(|line| {
            line.split_once('=').is_some_and(|(kind, apps)| kind == TYPE && apps.contains("Holdfast.desktop"))
        });
        let all = [
            (takes_link, "the desktop entry does not hand links over"),
            (handled, "the desktop does not open invites with it"),
            (self.icons > 0, "it has no icon"),
            (self.hosted, "it does not host a meeting"),
            (self.window, "it shows no window"),
        ];
        all.iter().filter(|(holds, _)| !holds).map(|&(_, what)| what).collect()
    }
}

/// Whether a deb can be tried here: on Debian and its relatives, as root.
pub(super) fn possible() -> bool {
    let copy = target().join("tried-deb");
    let mut probe = Command::new("unshare");
    probe.args(["--mount", "--net", "sh", "-c", COPY, "sh"]).arg(&copy);
    on_path("dpkg") && std::fs::create_dir_all(&copy).is_ok() && answer(&mut probe).is_some()
}

/// Installs it where it disturbs nothing and looks at what there is then.
pub(super) fn try_deb(deb: &Path) -> Outcome {
    if !possible() {
        println!("    notice: a deb can be installed on Debian, as root; nothing was tried");
        return Ok(());
    }
    let mut command = Command::new("unshare");
    command.args(["--mount", "--net", "sh", "-c", &format!("{COPY}{INSTALL}"), "sh"]);
    command.arg(target().join("tried-deb")).arg(deb).stdin(Stdio::null()).stdout(Stdio::piped());
    let failed = |source| Problem::Start { program: "the app of the deb".into(), source };
    let mut child = command.spawn().map_err(failed)?;
    let mut seen = Seen::default();
    for line in BufReader::new(child.stdout.take().ok_or_else(no_output)?).lines().map_while(Result::ok) {
        seen.line(&line);
        if seen.runs() {
            break;
        }
    }
    // By now it is `timeout`, which passes it on to everything it started.
    let _ = Command::new("kill").arg(child.id().to_string()).status();
    let _ = child.wait();
    let missing = seen.missing();
    if missing.is_empty() {
        println!("    installed; invites open it; it hosts a meeting in its window");
        return Ok(());
    }
    Err(Problem::Check(format!("the deb, installed: {}\n{seen:#?}", missing.join(", "))))
}

fn no_output() -> Problem {
    Problem::Check("the app of the deb has no output".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(lines: &str) -> Seen {
        let mut seen = Seen::default();
        lines.lines().for_each(|line| seen.line(line));
        seen
    }

    const ALL: &str = "entry: Exec=holdfast %U\nhandler: x-scheme-handler/holdfast=Holdfast.desktop;\n\
        icon: 32x32/apps/holdfast.png\nholdfast://join/127.0.0.1:1/a#b\nwindow: Holdfast";

    #[test]
    fn an_installed_app_has_to_open_links_host_and_show_itself() {
        assert!(seen(ALL).runs());
        assert_eq!(seen(ALL).missing(), Vec::<&str>::new());
        for line in ALL.lines() {
            let without = ALL.replace(line, "");
            assert_eq!(seen(&without).missing().len(), 1, "without {line}");
        }
    }

    #[test]
    fn a_window_without_a_name_and_a_handler_of_something_else_do_not_count() {
        let other =
            ALL.replace("x-scheme-handler/holdfast=", "text/plain=").replace("window: Holdfast", "window: ");
        assert_eq!(seen(&other).missing().len(), 2);
        assert!(!seen(&other).runs());
    }
}
