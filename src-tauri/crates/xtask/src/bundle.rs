//! `cargo xtask bundle`: the packages people install, and whether what was packed starts.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;

use crate::packages::{self, Purpose};
use crate::run::{Outcome, Problem, on_path, run};
use crate::ui;
use crate::workspace::{forget_own_package, root, target};

/// Tauri's packager, of the version its library has. Fetched by npm when it is not there.
const PACKAGER: &str = "@tauri-apps/cli@2.12.5";

/// How long the installed app may take to host a meeting, in seconds, on a machine that is busy.
const PATIENCE: &str = "60";

/// Options of `cargo xtask bundle`.
#[derive(Args)]
pub(crate) struct Options {
    /// What to make: deb, rpm, appimage, dmg, msi. Otherwise all this system can make.
    #[arg(long, value_delimiter = ',')]
    bundles: Vec<String>,
    /// Make nothing; only try the deb that is there.
    #[arg(long)]
    only_try: bool,
}

/// Makes the packages, and tries the deb where there is one.
pub(crate) fn bundle(options: &Options) -> Outcome {
    if !options.only_try {
        println!("==> system packages");
        packages::require(&[Purpose::Build])?;
        println!("==> interface");
        ui::build()?;
        println!("==> packages");
        pack(&wanted(options))?;
    }
    let made = made(&target().join("release/bundle"));
    for package in &made {
        println!("    {}", package.display());
    }
    match made.iter().find(|path| path.extension().is_some_and(|extension| extension == "deb")) {
        Some(deb) if on_path("dpkg-deb") => {
            println!("==> the deb, unpacked and started");
            try_deb(deb)
        }
        _ => Ok(()),
    }
}

fn wanted(options: &Options) -> Vec<String> {
    if !options.bundles.is_empty() {
        return options.bundles.clone();
    }
    let usual: &[&str] = if cfg!(target_os = "macos") {
        &["dmg"]
    } else if cfg!(windows) {
        &["msi"]
    } else {
        &["deb", "rpm", "appimage"]
    };
    usual.iter().map(|name| (*name).to_owned()).collect()
}

fn pack(bundles: &[String]) -> Outcome {
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    forget_own_package(&mut npm);
    npm.current_dir(root()).args([
        "exec",
        "--yes",
        "--package",
        PACKAGER,
        "--",
        "tauri",
        "build",
        "--bundles",
    ]);
    run(npm.arg(bundles.join(",")))
}

/// The packages in the folders the packager makes, one for each kind.
fn made(folder: &Path) -> Vec<PathBuf> {
    const KINDS: [&str; 5] = ["deb", "rpm", "AppImage", "dmg", "msi"];
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries(folder).flat_map(|kind| entries(&kind.path()).collect::<Vec<_>>());
    let is_package = |path: &PathBuf| {
        path.extension().and_then(|extension| extension.to_str()).is_some_and(|kind| KINDS.contains(&kind))
    };
    let mut made: Vec<_> = files.map(|file| file.path()).filter(is_package).collect();
    made.sort();
    made
}

/// Unpacks it where it disturbs nothing, looks for what the desktop needs, and has the app host a meeting.
fn try_deb(deb: &Path) -> Outcome {
    let folder = target().join("tried-deb");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)
            .map_err(|source| Problem::File { what: "emptying target/tried-deb".into(), source })?;
    }
    run(Command::new("dpkg-deb").arg("-x").arg(deb).arg(&folder))?;
    let entry = folder.join("usr/share/applications/Holdfast.desktop");
    let text = std::fs::read_to_string(&entry)
        .map_err(|source| Problem::File { what: "the desktop entry in the deb".into(), source })?;
    check_entry(&text)?;
    if !folder.join("usr/share/icons/hicolor/128x128/apps/holdfast.png").exists() {
        return Err(Problem::Check("the deb has no icon".into()));
    }
    start(&folder.join("usr/bin/holdfast"), &folder.join("data"))
}

/// Whether invites open the app, and with the link.
fn check_entry(text: &str) -> Outcome {
    let opens = text.lines().any(|line| {
        line.strip_prefix("MimeType=").is_some_and(|types| types.contains("x-scheme-handler/holdfast"))
    });
    let takes =
        text.lines().any(|line| line.starts_with("Exec=") && line.to_ascii_lowercase().contains("%u"));
    if opens && takes {
        return Ok(());
    }
    Err(Problem::Check(format!("the desktop entry does not open invites:\n{text}")))
}

/// Starts it on a display and a session bus of its own; it has to host a meeting and print the invite.
fn start(app: &Path, data: &Path) -> Outcome {
    let mut command = Command::new("timeout");
    command.arg(PATIENCE).args(["dbus-run-session", "--", "xvfb-run", "--auto-servernum"]).arg(app);
    command.args(["--host", "--print-link", "--name", "Package", "--listen", "127.0.0.1:0"]);
    command.args([
        "--bind",
        "127.0.0.1",
        "--video",
        "pattern",
        "--audio",
        "none",
        "--sink",
        "none",
        "--data-dir",
    ]);
    command.arg(data).stdout(Stdio::piped());
    let failed = |source| Problem::Start { program: "the app of the deb".into(), source };
    let mut child = command.spawn().map_err(failed)?;
    let lines = child.stdout.take().map(|output| BufReader::new(output).lines().map_while(Result::ok));
    let hosted = lines.into_iter().flatten().any(|line| line.starts_with("holdfast://join/"));
    // Asked to end, the one that keeps the time passes it on.
    let _ = Command::new("kill").arg(child.id().to_string()).status();
    let _ = child.wait();
    if hosted {
        println!("    it hosts a meeting");
        return Ok(());
    }
    Err(Problem::Check("the app of the deb does not start".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desktop_entry_opens_invites_only_when_it_takes_the_link_too() {
        let entry = |exec: &str, types: &str| format!("[Desktop Entry]\nExec={exec}\nMimeType={types};\n");
        assert!(check_entry(&entry("holdfast %u", "x-scheme-handler/holdfast")).is_ok());
        assert!(check_entry(&entry("holdfast", "x-scheme-handler/holdfast")).is_err());
        assert!(check_entry(&entry("holdfast %u", "text/plain")).is_err());
    }

    #[test]
    fn packages_are_told_from_what_the_packager_leaves_beside_them() -> std::io::Result<()> {
        let folder = std::env::temp_dir().join(format!("holdfast-bundle-{}", std::process::id()));
        for file in ["deb/a.deb", "deb/control.tar.gz", "rpm/a.rpm", "appimage/a.AppImage"] {
            let path = folder.join(file);
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            std::fs::write(path, "")?;
        }
        let names: Vec<_> =
            made(&folder).iter().map(|path| path.file_name().map(ToOwned::to_owned)).collect();
        std::fs::remove_dir_all(&folder)?;
        assert_eq!(names, [Some("a.AppImage".into()), Some("a.deb".into()), Some("a.rpm".into())]);
        Ok(())
    }
}
