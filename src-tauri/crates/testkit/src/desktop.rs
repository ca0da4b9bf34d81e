//! A display, a window manager, a session bus and a home folder of its own: what a window needs, without anything of
//! the machine's real desktop.

mod window;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::{Picture, Running};

pub use window::DesktopWindow;

/// How long each part may take to start.
const START_PATIENCE: Duration = Duration::from_secs(20);

/// Windows fill the screen and have no frame, so that positions in a page are also positions on the screen.
const WINDOW_RULES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <applications><application class="*"><decor>no</decor><maximized>yes</maximized></application></applications>
</openbox_config>
"#;

/// Windows have frames and stay where programs and people put them. A key closes them.
const FREE_WINDOW_RULES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <keyboard>
    <keybind key="A-F4"><action name="Close"/></keybind>
  </keyboard>
</openbox_config>
"#;

/// A session bus that starts only what a test starts: no portals and no registries of the real desktop.
fn bus_rules(folder: &Path) -> String {
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir={}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"#,
        folder.display()
    )
}

/// A running desktop. Dropping it ends it; drop its windows first.
pub struct Desktop {
    // They must end in this order.
    _bus: Running,
    _manager: Running,
    _screen: Running,
    number: u32,
    width: u32,
    bus_address: String,
    home: TempDir,
}

impl Desktop {
    /// Starts one of this size, on a free display.
    ///
    /// # Panics
    /// When Xvfb, openbox or dbus-daemon are missing or do not start.
    #[must_use]
    pub fn start(width: u32, height: u32) -> Self {
        Self::start_with(width, height, WINDOW_RULES)
    }

    /// Starts one on which windows have frames, can be moved, and close with Alt+F4.
    ///
    /// # Panics
    /// Like [`Self::start`].
    #[must_use]
    pub fn with_free_windows(width: u32, height: u32) -> Self {
        Self::start_with(width, height, FREE_WINDOW_RULES)
    }

    fn start_with(width: u32, height: u32, window_rules: &str) -> Self {
        let home = tempfile::tempdir().expect("a home folder");
        for folder in ["run", "config", "data", "cache", "state"] {
            std::fs::create_dir(home.path().join(folder)).expect("a folder in it");
        }
        restrict(&home.path().join("run"));
        let mode = format!("{width}x{height}x24");
        // -displayfd picks a free display and reports it; -noreset keeps it when its last client leaves.
        let screen = Running::start(
            "Xvfb",
            Command::new("Xvfb").args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                &mode,
                "-noreset",
                "-nolisten",
                "tcp",
            ]),
        );
        let number = screen.wait_for("its display number", START_PATIENCE, |line| line.trim().parse().ok());
        let rules = home.path().join("bus.xml");
        std::fs::write(&rules, bus_rules(&home.path().join("run"))).expect("the rules of the bus");
        let bus = Running::start(
            "dbus-daemon",
            Command::new("dbus-daemon")
                .arg("--config-file")
                .arg(&rules)
                .args(["--nofork", "--nopidfile", "--nosyslog", "--print-address=1"])
                .env("XDG_RUNTIME_DIR", home.path().join("run")),
        );
        let bus_address = bus.wait_for("its address", START_PATIENCE, |line| {
            line.starts_with("unix:").then(|| line.to_owned())
        });
        let rules = home.path().join("openbox.xml");
        std::fs::write(&rules, window_rules).expect("the window rules");
        let display = format!(":{number}");
        let mut manager = Command::new("openbox");
        manager.arg("--sm-disable").arg("--config-file").arg(rules).env("DISPLAY", &display);
        manager.env("HOME", home.path()).env("DBUS_SESSION_BUS_ADDRESS", &bus_address);
        let manager = Running::start("openbox", &mut manager);
        Self { _bus: bus, _manager: manager, _screen: screen, number, width, bus_address, home }
    }

    /// What a program needs in its environment to appear here.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let in_home = |folder: &str| self.home.path().join(folder).display().to_string();
        vec![
            ("DISPLAY", self.display()),
            ("DBUS_SESSION_BUS_ADDRESS", self.bus_address.clone()),
            ("HOME", in_home("")),
            ("XDG_RUNTIME_DIR", in_home("run")),
            ("XDG_CONFIG_HOME", in_home("config")),
            ("XDG_DATA_HOME", in_home("data")),
            ("XDG_CACHE_HOME", in_home("cache")),
            ("XDG_STATE_HOME", in_home("state")),
            // One list of codecs for all homes, because making it takes seconds.
            ("GST_REGISTRY", std::env::temp_dir().join(codec_list_name()).display().to_string()),
            // Tests do not use this machine's sound. A test that needs sound brings a server.
            ("PULSE_SERVER", format!("unix:{}", in_home("no-sound-server"))),
            ("ALSA_CONFIG_PATH", "/dev/null".into()),
            ("GDK_BACKEND", "x11".into()),
            ("GSETTINGS_BACKEND", "memory".into()),
            ("NO_AT_BRIDGE", "1".into()),
            ("LIBGL_ALWAYS_SOFTWARE", "1".into()),
            // There is no GPU here: this halves the CPU for the same pictures.
            ("WEBKIT_DISABLE_DMABUF_RENDERER", "1".into()),
        ]
    }

    /// Where its session bus is.
    #[must_use]
    pub fn bus_address(&self) -> &str {
        &self.bus_address
    }

    /// The name of the display, such as `:1`.
    #[must_use]
    pub fn display(&self) -> String {
        format!(":{}", self.number)
    }

    /// A folder of this desktop's user.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.home.path().to_path_buf()
    }

    /// Makes xdotool do this here, as a person at the keyboard and the window manager would.
    ///
    /// # Panics
    /// When xdotool is missing or fails.
    pub fn xdotool(&self, words: &[&str]) {
        let mut command = Command::new("timeout");
        let output = command.arg("30").arg("xdotool").args(words).env("DISPLAY", self.display()).output();
        let output = output.expect("xdotool");
        assert!(output.status.success(), "xdotool {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Takes a picture of the screen.
    ///
    /// # Panics
    /// When ImageMagick's `import` is missing or fails.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let output = self.import("rgb:-");
        Picture::from_rgb(self.width, output)
    }

    /// Saves a picture of the screen as PNG.
    ///
    /// # Panics
    /// When ImageMagick's `import` is missing or fails.
    pub fn save_picture(&self, path: &Path) {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("a folder for the picture");
        }
        self.import(&format!("png:{}", path.display()));
    }

    fn import(&self, target: &str) -> Vec<u8> {
        let mut import = Command::new("import");
        // With some versions, its own -display option opens no display; the variable always does.
        import.env("DISPLAY", self.display());
        import.args(["-silent", "-window", "root", "-depth", "8", target]);
        let output = import.output().expect("ImageMagick");
        assert!(output.status.success(), "import: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }
}

/// One for each user, because folders for temporary files are shared.
fn codec_list_name() -> String {
    let user = std::env::var("USER").unwrap_or_else(|_| "user".into());
    format!("holdfast-tests-{user}-gstreamer.bin")
}

/// Runtime folders must belong to their user only.
fn restrict(folder: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let owner_only = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(folder, owner_only).expect("a private folder");
    }
    #[cfg(not(unix))]
    let _ = folder;
}
