//! Tries whether the deb and the rpm can be installed and start, and whether the AppImage starts.
//!
//! Each trial happens in a copy of this system that exists only in memory, with a network of its own. The copy goes away
//! with its last process. `dpkg` installs the deb there and `rpm` the rpm. For the AppImage, the libraries it contains are
//! removed there.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::run::{Outcome, Problem, answer, on_path};
use crate::workspace::target;

/// Makes `$1` a view of this system with a layer in memory that takes all changes.
const COPY: &str = r#"
set -eu
mount -t tmpfs -o mode=0755 tmpfs "$1"
mkdir "$1/changes" "$1/work" "$1/system"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/changes,workdir=$1/work" "$1/system"
for folder in dev proc sys; do mount --rbind "/$folder" "$1/system/$folder"; done
mount -t tmpfs -o mode=1777 tmpfs "$1/system/tmp"
ip link set lo up
"#;

/// Starts the app `$app` on a display and a session bus of its own. The app has two minutes to host a meeting, print the
/// invite and show its window. Also shows what the app told the desktop about links: an AppImage is not installed, so it has
/// to tell it, perhaps only after its window is there.
const START: &str = r#"
cat > "$1/system/tmp/start" <<'START'
"$app" --host --print-link --name Package --listen 127.0.0.1:0 --bind 127.0.0.1 --video pattern --audio none \
    --sink none --data-dir /tmp/data &
name=
# A window that goes while all of them are looked at ends a search; the two minutes end them all.
while [ -z "$name" ]; do
    name=$(xdotool search --sync --onlyvisible --name Holdfast getwindowname) || sleep 0.1
done
told=/tmp/.local/share/applications/mimeinfo.cache
case "$app" in *.AppImage) for _ in $(seq 100); do [ -e "$told" ] && break; sleep 0.1; done ;; esac
[ ! -e "$told" ] || sed 's/^/handler: /' "$told"
echo "window: $name"
wait
START
export app
HOME=/tmp exec chroot "$1/system" timeout 120 dbus-run-session -- xvfb-run --auto-servernum sh /tmp/start
"#;

/// Installs the deb `$2` there and checks its dependencies.
const INSTALL_DEB: &str = r#"
cp "$2" "$1/system/tmp/holdfast.deb"
chroot "$1/system" dpkg --install /tmp/holdfast.deb
"#;

/// Installs the rpm `$2` there. Its dependencies have names of other distributions, so they are not checked. There, another
/// package makes the desktop look at new entries; here we do.
const INSTALL_RPM: &str = r#"
cp "$2" "$1/system/tmp/holdfast.rpm"
chroot "$1/system" rpm --install --force-debian --nodeps /tmp/holdfast.rpm
chroot "$1/system" update-desktop-database
"#;

/// Shows what the desktop finds then.
const INSTALLED: &str = r#"
sed 's/^/entry: /' "$1/system/usr/share/applications/Holdfast.desktop"
sed 's/^/handler: /' "$1/system/usr/share/applications/mimeinfo.cache"
find "$1/system/usr/share/icons/hicolor" -name holdfast.png -printf 'icon: %P\n'
app=holdfast
"#;

/// Removes the web view, its toolkit and its plugins there, and shows what a desktop finds in `$2`.
const TAKE_AWAY: &str = r#"
cp "$2" "$1/system/tmp/Holdfast.AppImage"
cd "$1/system"/usr/lib/*-linux-gnu
rm -r libwebkit2gtk-4.1.so* webkit2gtk-4.1 libjavascriptcoregtk-4.1.so* libgtk-3.so* libgdk-3.so* libsoup-3.0.so* \
    libgst*.so* gstreamer-1.0 gdk-pixbuf-2.0 gio libayatana-*.so* librsvg-2.so* libvpx.so*
cd /
chroot "$1/system" sh -c 'cd /tmp && ./Holdfast.AppImage --appimage-extract'
sed 's/^/entry: /' "$1/system/tmp/squashfs-root/Holdfast.desktop"
find "$1/system/tmp/squashfs-root" -name holdfast.png -printf 'icon: %P\n'
rm -r "$1/system/tmp/squashfs-root"
app=/tmp/Holdfast.AppImage
"#;

/// What was seen of an installed app.
#[derive(Debug, Default)]
struct Seen {
    /// The desktop entry.
    entry: Vec<String>,
    /// Which program the desktop uses for which kind of file or link.
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

    /// What is wrong.
    fn missing(&self) -> Vec<&'static str> {
        const TYPE: &str = "x-scheme-handler/holdfast";
        let takes_link = self
            .entry
            .iter()
            .any(|line| line.starts_with("Exec=") && line.to_ascii_lowercase().contains("%u"));
        let handled = self.handlers.iter().any(|line| {
            line.split_once('=')
                .is_some_and(|(kind, apps)| kind == TYPE && apps.to_ascii_lowercase().contains("holdfast"))
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

/// Installs it where it disturbs nothing, and looks at the result.
pub(super) fn try_deb(deb: &Path) -> Outcome {
    try_package(deb, &[INSTALL_DEB, INSTALLED])
}

/// The same for the other family of distributions.
pub(super) fn try_rpm(rpm: &Path) -> Outcome {
    try_package(rpm, &[INSTALL_RPM, INSTALLED])
}

/// Starts it where its libraries are missing, and looks at the result.
pub(super) fn try_app_image(image: &Path) -> Outcome {
    try_package(image, &[TAKE_AWAY])
}

fn try_package(package: &Path, prepare: &[&str]) -> Outcome {
    if !possible() {
        println!("    notice: packages are tried on Debian, as root; nothing was tried");
        return Ok(());
    }
    let name = package.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut command = Command::new("unshare");
    command.args(["--mount", "--net", "sh", "-c", &format!("{COPY}{}{START}", prepare.concat()), "sh"]);
    command.arg(target().join("tried-deb")).arg(package).stdin(Stdio::null()).stdout(Stdio::piped());
    let failed = |source| Problem::Start { program: name.clone(), source };
    let mut child = command.spawn().map_err(failed)?;
    let mut seen = Seen::default();
    for line in BufReader::new(child.stdout.take().ok_or_else(no_output)?).lines().map_while(Result::ok) {
        seen.line(&line);
        if seen.runs() {
            break;
        }
    }
    // The process is `timeout` by now, which passes the signal on to everything it started.
    let _ = Command::new("kill").arg(child.id().to_string()).status();
    let _ = child.wait();
    let missing = seen.missing();
    if missing.is_empty() {
        println!("    {name} starts; it takes links, hosts a meeting and shows its window");
        return Ok(());
    }
    Err(Problem::Check(format!("{name}: {}\n{seen:#?}", missing.join(", "))))
}

fn no_output() -> Problem {
    Problem::Check("the app has no output".into())
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
