//! `cargo xtask bundle`: makes the packages that people install, and tries whether they start.

#[cfg(unix)]
mod appimage;
mod codec;
mod trial;

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::packages::{self, Purpose};
use crate::run::{Outcome, Problem, run};
use crate::ui;
use crate::workspace::{forget_own_package, root, target};

/// Tauri's packager, in the version of its library. npm fetches it if it is missing.
const PACKAGER: &str = "@tauri-apps/cli@2.12.5";

/// Options of `cargo xtask bundle`.
#[derive(Args)]
pub(crate) struct Options {
    /// What to make: deb, rpm, appimage, dmg, msi. Without this, all that this system can make.
    #[arg(long, value_delimiter = ',')]
    bundles: Vec<String>,
    /// Make a deb, an rpm and an AppImage from the existing development build and try them, as `cargo xtask test` does.
    #[arg(long)]
    dev: bool,
    /// Make nothing; only try the packages that exist.
    #[arg(long)]
    only_try: bool,
}

/// Makes the packages, and tries those that can be tried here. If one kind cannot be made, the others are made all the
/// same.
pub(crate) fn bundle(options: &Options) -> Outcome {
    if options.dev {
        return test(false);
    }
    let mut missing = Vec::new();
    if !options.only_try {
        println!("==> system packages");
        packages::require(Purpose::ALL)?;
        println!("==> interface");
        ui::build()?;
        println!("==> the app");
        let codec = codec::taken_in();
        packager(&["build", "--no-bundle"], &codec)?;
        if codec.is_empty() && cfg!(target_os = "linux") {
            println!(
                "    notice: there is no libvpx.a; the packages start only where libvpx is as it is here"
            );
        } else if cfg!(target_os = "linux") {
            codec::check_taken_in(&target().join("release/holdfast"))?;
        }
        for kind in wanted(options) {
            println!("==> {kind}");
            let made = if kind == "appimage" {
                app_image("release")
            } else {
                packager(&["bundle", "--bundles", &kind], &codec)
            };
            if let Err(problem) = made {
                println!("    not made: {problem}");
                missing.push(kind);
            }
        }
    }
    let made = made(&target().join("release/bundle"));
    for package in &made {
        println!("    {}", package.display());
    }
    if let Some(deb) = of_kind(&made, "deb") {
        println!("==> the deb, installed and started");
        trial::try_deb(deb)?;
    }
    if let Some(rpm) = of_kind(&made, "rpm") {
        println!("==> the rpm, installed and started");
        trial::try_rpm(rpm)?;
    }
    if let Some(image) = of_kind(&made, "AppImage") {
        println!("==> the AppImage, started where its libraries are not");
        trial::try_app_image(image)?;
    }
    if missing.is_empty() { Ok(()) } else { Err(Problem::Check(format!("not made: {}", missing.join(", ")))) }
}

/// Packs the development build as a deb, an rpm and an AppImage and starts each. So the packaging is tested without a
/// release build. Debian and its relatives only: elsewhere an error if it is `required`, otherwise a
/// notice.
pub(crate) fn test(required: bool) -> Outcome {
    if !trial::possible() {
        let missing = "no package can be tried here; run on Debian as root, in a container with the capability SYS_ADMIN, \
            or test without what is missing: cargo xtask test --allow-missing";
        if required {
            return Err(Problem::Missing(missing.into()));
        }
        println!("    notice: nothing was tested: {missing}");
        return Ok(());
    }
    packager(&["bundle", "--debug", "--bundles", "deb,rpm"], &[])?;
    #[cfg(unix)]
    appimage::test_runtime()?;
    app_image("debug")?;
    let made = made(&target().join("debug/bundle"));
    let no = |kind: &str| Problem::Check(format!("no {kind} was made"));
    trial::try_deb(of_kind(&made, "deb").ok_or_else(|| no("deb"))?)?;
    trial::try_rpm(of_kind(&made, "rpm").ok_or_else(|| no("rpm"))?)?;
    trial::try_app_image(of_kind(&made, "AppImage").ok_or_else(|| no("AppImage"))?)
}

/// Makes an AppImage from the deb of this profile.
fn app_image(profile: &str) -> Outcome {
    let made = made(&target().join(profile).join("bundle"));
    match of_kind(&made, "deb") {
        #[cfg(unix)]
        Some(deb) => appimage::make(deb).map(|_| ()),
        _ => Err(Problem::Check("an AppImage is made of what a deb holds, and there is none".into())),
    }
}

fn of_kind<'a>(made: &'a [PathBuf], kind: &str) -> Option<&'a PathBuf> {
    made.iter().find(|path| path.extension().is_some_and(|extension| extension == kind))
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

/// Tauri's packager, with these words and variables.
fn packager(words: &[&str], variables: &[(&str, String)]) -> Outcome {
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    forget_own_package(&mut npm);
    npm.envs(variables.iter().map(|(name, value)| (name, value)));
    run(npm.current_dir(root()).args(["exec", "--yes", "--package", PACKAGER, "--", "tauri"]).args(words))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_found_among_other_files_of_the_packager() -> std::io::Result<()> {
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
