//! The AppImage: the contents of the deb, the libraries they need, and a program in front that unpacks and starts them.
//!
//! It is made from what Debian has installed, so it can be made on Debian and its relatives only. It runs on systems with
//! a C library that is at least as new. It does not contain what belongs to the machine: the C library, graphics drivers,
//! X and Wayland, sound, fonts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Outcome, Problem, answer, run};
use crate::workspace::{cargo_command, root, target};

/// Beginnings of the names of libraries that must come from the machine itself.
const OF_THE_MACHINE: &[&str] = &[
    "ld-linux",
    "libc.",
    "libm.",
    "libdl.",
    "libpthread.",
    "librt.",
    "libresolv.",
    "libgcc_s.",
    "libstdc++.",
    "libGL",
    "libEGL.",
    "libgbm.",
    "libdrm.",
    "libX11",
    "libxcb.",
    "libwayland-client.",
    "libasound.",
    "libjack.",
    "libpulse",
    "libfontconfig.",
    "libfreetype.",
    "libexpat.",
    "libz.",
    "libcom_err.",
    "libgpg-error.",
];

/// Packages with the GStreamer plugins the web view needs.
const GSTREAMER: [&str; 3] = ["libgstreamer1.0-0", "gstreamer1.0-plugins-base", "gstreamer1.0-plugins-good"];

/// Starts the app. The web view finds its helper programs from the folder it is started in.
const APP_RUN: &str = r#"#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export APPDIR="${APPDIR:-$here}"
export XDG_DATA_DIRS="$here/usr/share:${XDG_DATA_DIRS:-/usr/local/share:/usr/share}"
export GDK_PIXBUF_MODULE_FILE="$here/usr/lib/loaders.cache"
export GIO_MODULE_DIR="$here/usr/lib/gio"
export GST_PLUGIN_SYSTEM_PATH_1_0="$here/usr/lib/gstreamer"
export GST_PLUGIN_SCANNER_1_0="$here/usr/lib/gstreamer/gst-plugin-scanner"
export GST_REGISTRY_1_0="$here/gstreamer-registry.bin"
cd "$here/usr" || exit 1
exec "$here/usr/bin/holdfast" "$@"
"#;

/// Makes one from the contents of this deb.
pub(super) fn make(deb: &Path) -> Outcome<PathBuf> {
    let work = target().join("appimage");
    let app = work.join("AppDir");
    let _ = fs::remove_dir_all(&app);
    folder(&app)?;
    run(Command::new("dpkg-deb").arg("--extract").arg(deb).arg(&app))?;
    strip(&app.join("usr/bin/holdfast"))?;
    web_view(&app)?;
    plugins(&app)?;
    let libraries = libraries(&app)?;
    copyrights(&app, &libraries)?;
    entry(&app)?;
    let system = work.join("system.squashfs");
    let mut squash = Command::new("mksquashfs");
    squash.arg(&app).arg(&system).args([
        "-noappend",
        "-quiet",
        "-no-progress",
        "-root-owned",
        "-comp",
        "gzip",
    ]);
    run(&mut squash)?;
    let name = deb.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let made = deb.parent().and_then(Path::parent).unwrap_or(&work).join("appimage");
    folder(&made)?;
    let made = made.join(format!("{name}.AppImage"));
    join(&runtime(&work)?, &system, &made)?;
    Ok(made)
}

/// Where Debian keeps libraries.
fn system_libraries() -> PathBuf {
    PathBuf::from(format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH))
}

/// Puts the helper programs of the web view where it looks for them, relative to the folder it is started in.
fn web_view(app: &Path) -> Outcome {
    let from = system_libraries().join("webkit2gtk-4.1");
    let to = below(app, &from);
    for name in ["WebKitWebProcess", "WebKitNetworkProcess", "WebKitGPUProcess"] {
        copy(&from.join(name), &to.join(name))?;
        search_libraries(&to.join(name), "$ORIGIN/../..")?;
    }
    let name = "injected-bundle/libwebkit2gtkinjectedbundle.so";
    copy(&from.join(name), &to.join(name))?;
    search_libraries(&to.join(name), "$ORIGIN/../../..")
}

/// Adds what the app loads by name while it runs: the plugins of GStreamer, the reader of SVG pictures, settings, tray.
fn plugins(app: &Path) -> Outcome {
    let lib = app.join("usr/lib");
    let system = system_libraries();
    for package in GSTREAMER {
        let files = answer(Command::new("dpkg").args(["--listfiles", package]))
            .ok_or_else(|| Problem::Missing(format!("{package} is not installed")))?;
        for file in files.lines().map(Path::new) {
            let is_plugin = file.parent().is_some_and(|folder| folder.ends_with("gstreamer-1.0"));
            if let Some(name) = file.file_name().filter(|_| is_plugin && file.is_file()) {
                let to = lib.join("gstreamer").join(name);
                copy(file, &to)?;
                search_libraries(&to, "$ORIGIN/..")?;
            }
        }
    }
    let settings = lib.join("gio/libdconfsettings.so");
    copy(&system.join("gio/modules/libdconfsettings.so"), &settings)?;
    search_libraries(&settings, "$ORIGIN/..")?;
    copy(&system.join("libayatana-appindicator3.so.1"), &lib.join("libayatana-appindicator3.so.1"))?;
    let pictures = system.join("gdk-pixbuf-2.0/2.10.0");
    copy(&pictures.join("loaders/libpixbufloader-svg.so"), &lib.join("libpixbufloader-svg.so"))?;
    let loaders = read(&pictures.join("loaders.cache"))?;
    write(&lib.join("loaders.cache"), only_svg(&String::from_utf8_lossy(&loaders)).as_bytes())?;
    let schemas = app.join("usr/share/glib-2.0/schemas");
    for entry in fs::read_dir("/usr/share/glib-2.0/schemas").into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_string_lossy().starts_with("org.gtk.Settings.") {
            copy(&entry.path(), &schemas.join(name))?;
        }
    }
    run(Command::new("glib-compile-schemas").arg(&schemas))
}

/// Copies each library that something in there needs, and returns where each came from.
fn libraries(app: &Path) -> Outcome<BTreeSet<PathBuf>> {
    let lib = app.join("usr/lib");
    let mut listing = Command::new("find");
    listing
        .arg(app)
        .args(["-type", "f", "(", "-perm", "/111", "-o", "-name", "*.so*", ")", "-exec", "ldd", "{}", "+"]);
    // `ldd` fails for the scripts among them.
    let output = listing.output().map_err(|source| Problem::Start { program: "find".into(), source })?;
    let needed = needed(&String::from_utf8_lossy(&output.stdout))?;
    let mut sources = BTreeSet::new();
    for (name, from) in needed {
        let from = fs::canonicalize(&from).map_err(|source| Problem::File { what: name.clone(), source })?;
        let to = lib.join(&name);
        if !to.exists() {
            copy(&from, &to)?;
        }
        sources.insert(from);
    }
    let web_view = lib.join("libwebkit2gtk-4.1.so.0");
    write(&web_view, &relative(read(&web_view)?, &system_libraries())?)?;
    for entry in fs::read_dir(&lib).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().contains(".so") {
            search_libraries(&entry.path(), "$ORIGIN")?;
        }
    }
    search_libraries(&app.join("usr/bin/holdfast"), "$ORIGIN/../lib")?;
    Ok(sources)
}

/// The libraries that `ldd` lists and that the machine need not have, each with its file.
fn needed(listing: &str) -> Outcome<BTreeMap<String, PathBuf>> {
    let mut needed = BTreeMap::new();
    for line in listing.lines() {
        let Some((name, rest)) = line.trim().split_once(" => ") else { continue };
        if rest.starts_with("not found") {
            return Err(Problem::Missing(format!("the library {name} is not installed")));
        }
        let path = rest.split(" (").next().unwrap_or(rest);
        if path.starts_with('/') && !OF_THE_MACHINE.iter().any(|start| name.starts_with(start)) {
            needed.insert(name.to_owned(), PathBuf::from(path));
        }
    }
    Ok(needed)
}

/// Makes the path of the helper programs relative in the library of the web view. The text keeps its length.
fn relative(mut library: Vec<u8>, system: &Path) -> Outcome<Vec<u8>> {
    let path = system.join("webkit2gtk-4.1").to_string_lossy().into_owned();
    let wanted = path.replacen("/usr", "././", 1);
    let places: Vec<_> = library
        .windows(path.len())
        .enumerate()
        .filter(|(_, bytes)| *bytes == path.as_bytes())
        .map(|(at, _)| at)
        .collect();
    if places.is_empty() {
        return Err(Problem::Check("the web view's library does not name its helper programs".into()));
    }
    for at in places {
        library[at..at + path.len()].copy_from_slice(wanted.as_bytes());
    }
    Ok(library)
}

/// Takes the reader of SVG pictures from the list of all readers; only its name identifies it.
fn only_svg(loaders: &str) -> String {
    let reader = loaders.split("\n\n").find(|block| block.contains("libpixbufloader-svg.so"));
    let lines = reader.into_iter().flat_map(str::lines).filter(|line| !line.starts_with('#'));
    let named = |line: &str| match line.contains("libpixbufloader-svg.so") {
        true => "\"libpixbufloader-svg.so\"\n".to_owned(),
        false => format!("{line}\n"),
    };
    lines.map(named).collect()
}

/// Adds the licences of the libraries.
fn copyrights(app: &Path, libraries: &BTreeSet<PathBuf>) -> Outcome {
    let mut search = Command::new("dpkg");
    search.arg("--search");
    for library in libraries {
        // The path under which a package installed it; /lib may or may not be part of /usr.
        search
            .arg(library)
            .arg(library.strip_prefix("/usr").map_or(library.clone(), |rest| Path::new("/").join(rest)));
    }
    let output = search.output().map_err(|source| Problem::Start { program: "dpkg".into(), source })?;
    let found = String::from_utf8_lossy(&output.stdout);
    let packages: BTreeSet<_> = found.lines().filter_map(|line| line.split(':').next()).collect();
    for package in packages.iter().copied().chain(GSTREAMER) {
        let file = Path::new("/usr/share/doc").join(package).join("copyright");
        copy(&file, &below(app, &file))?;
    }
    Ok(())
}

/// Adds what a desktop looks for at the top: how to start it, its entry, its icon.
fn entry(app: &Path) -> Outcome {
    let icon = app.join("usr/share/icons/hicolor/128x128/apps/holdfast.png");
    copy(&app.join("usr/share/applications/Holdfast.desktop"), &app.join("Holdfast.desktop"))?;
    copy(&icon, &app.join("holdfast.png"))?;
    copy(&icon, &app.join(".DirIcon"))?;
    let run = app.join("AppRun");
    write(&run, APP_RUN.as_bytes())?;
    executable(&run)
}

/// Builds the program in front.
fn runtime(work: &Path) -> Outcome<PathBuf> {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut cargo = cargo_command();
    cargo.env("RUSTFLAGS", "-C target-feature=+crt-static").args(["build", "--release", "--locked"]);
    cargo.args(["--target", &target, "--target-dir"]).arg(work.join("runtime"));
    cargo.arg("--manifest-path").arg(root().join("src-tauri/appimage/Cargo.toml"));
    run(&mut cargo)?;
    Ok(work.join("runtime").join(target).join("release/holdfast-appimage"))
}

/// Runs the tests of the program in front, which is not part of the workspace.
pub(super) fn test_runtime() -> Outcome {
    let mut cargo = cargo_command();
    cargo.args(["test", "--locked", "--target-dir"]).arg(target().join("appimage/runtime"));
    run(cargo.arg("--manifest-path").arg(root().join("src-tauri/appimage/Cargo.toml")))
}

/// The program, marked as an AppImage of type 2, then the file system.
fn join(runtime: &Path, system: &Path, made: &Path) -> Outcome {
    const MARK_AT: usize = 8;
    const MARK: &[u8; 3] = b"AI\x02";
    let mut bytes = read(runtime)?;
    match bytes.get_mut(MARK_AT..MARK_AT + MARK.len()) {
        Some(mark) => mark.copy_from_slice(MARK),
        None => return Err(Problem::Check("the program in front is empty".into())),
    }
    write(made, &bytes)?;
    let failed = |source| Problem::File { what: made.display().to_string(), source };
    let mut end = fs::OpenOptions::new().append(true).open(made).map_err(failed)?;
    let mut from = fs::File::open(system).map_err(failed)?;
    std::io::copy(&mut from, &mut end).and_then(|_| end.flush()).map_err(failed)?;
    executable(made)
}

fn strip(program: &Path) -> Outcome {
    run(Command::new("strip").arg("--strip-debug").arg(program))
}

/// Where this file finds its libraries.
fn search_libraries(file: &Path, folder: &str) -> Outcome {
    answer(Command::new("patchelf").args(["--set-rpath", folder]).arg(file))
        .map(|_| ())
        .ok_or_else(|| Problem::Check(format!("{} could not be changed by patchelf", file.display())))
}

fn below(app: &Path, path: &Path) -> PathBuf {
    app.join(path.strip_prefix("/").unwrap_or(path))
}

fn copy(from: &Path, to: &Path) -> Outcome {
    to.parent().map_or(Ok(()), folder)?;
    let failed = |source| Problem::File { what: from.display().to_string(), source };
    fs::copy(from, to).map(|_| ()).map_err(failed)
}

fn folder(path: &Path) -> Outcome {
    fs::create_dir_all(path).map_err(|source| Problem::File { what: path.display().to_string(), source })
}

fn read(path: &Path) -> Outcome<Vec<u8>> {
    fs::read(path).map_err(|source| Problem::File { what: path.display().to_string(), source })
}

fn write(path: &Path, bytes: &[u8]) -> Outcome {
    fs::write(path, bytes).map_err(|source| Problem::File { what: path.display().to_string(), source })
}

fn executable(path: &Path) -> Outcome {
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(path, mode)
        .map_err(|source| Problem::File { what: path.display().to_string(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_the_machine_is_left_to_it() -> Outcome {
        let needed = needed(
            "/a/app:\n\tlinux-vdso.so.1 (0x1)\n\tlibgtk-3.so.0 => /lib/libgtk-3.so.0 (0x2)\n\
             \tlibc.so.6 => /lib/libc.so.6 (0x3)\n\tlibmount.so.1 => /lib/libmount.so.1 (0x4)",
        )?;
        assert_eq!(needed.keys().collect::<Vec<_>>(), ["libgtk-3.so.0", "libmount.so.1"]);
        assert!(super::needed("\tlibx.so => not found").is_err());
        Ok(())
    }

    #[test]
    fn the_helper_programs_path_becomes_relative_and_keeps_its_length() -> Outcome {
        let system = Path::new("/usr/lib/x");
        let changed = relative(b"\0/usr/lib/x/webkit2gtk-4.1/y\0/usr/share\0".to_vec(), system)?;
        assert_eq!(changed, b"\0././/lib/x/webkit2gtk-4.1/y\0/usr/share\0");
        assert!(relative(b"/usr/lib".to_vec(), system).is_err());
        Ok(())
    }

    #[test]
    fn one_reader_of_pictures_is_listed_by_its_name() {
        let all = "# made by\n\n\"/a/libpixbufloader-bmp.so\"\n\"bmp\"\n\n\"/a/libpixbufloader-svg.so\"\n\"svg\" 6\n\n";
        assert_eq!(only_svg(all), "\"libpixbufloader-svg.so\"\n\"svg\" 6\n");
    }
}
