//! Builds the interface if the app embeds it and it is missing or older than its sources. Then Tauri generates its
//! part.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// Set it to `1` if the interface is built already, or if only the Rust part must compile.
const SKIP: &str = "HOLDFAST_SKIP_UI_BUILD";

/// What the built interface depends on, below `ui/`.
const SOURCES: [&str; 8] = [
    "src",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "svelte.config.js",
    "tsconfig.json",
];

/// Where the commands are listed.
const HANDLER: &str = "src-tauri/src/lib.rs";

/// Marks a page that only stands in for the interface.
const STAND_IN: &str = "<!-- stand-in -->";

fn main() {
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    println!("cargo:rerun-if-env-changed={SKIP}");
    // Without this feature the page comes from the development server.
    if std::env::var_os("CARGO_FEATURE_CUSTOM_PROTOCOL").is_some()
        && let Err(problem) = interface(Path::new("ui"))
    {
        fail(&problem);
    }
    println!("cargo:rerun-if-changed={HANDLER}");
    let commands = match fs::read_to_string(HANDLER) {
        Ok(text) => commands(&text),
        Err(error) => fail(&format!("{HANDLER}: {error}")),
    };
    // Each command has a permission of its own: a window may call only what its capability lists.
    let manifest = tauri_build::AppManifest::new().commands(commands.leak());
    let attributes = tauri_build::Attributes::new()
        .app_manifest(manifest)
        .capabilities_path_pattern("./src-tauri/capabilities/**/*");
    if let Err(error) = tauri_build::try_build(attributes) {
        fail(&format!("{error:#}"));
    }
}

/// The commands in `generate_handler!`: the last part of each path.
fn commands(source: &str) -> Vec<&'static str> {
    let list = source.split("generate_handler![").nth(1).and_then(|rest| rest.split(']').next());
    let paths = list.unwrap_or_default().split(',').map(str::trim).filter(|path| !path.is_empty());
    let names = paths.filter_map(|path| path.rsplit("::").next());
    names.map(|name| &*name.to_owned().leak()).collect()
}

fn fail(problem: &str) -> ! {
    eprintln!("{problem}");
    std::process::exit(1);
}

/// Makes sure that `ui/dist` exists and is current.
fn interface(ui: &Path) -> Result<(), String> {
    let sources: Vec<PathBuf> =
        SOURCES.iter().map(|name| ui.join(name)).filter(|path| path.exists()).collect();
    for source in &sources {
        println!("cargo:rerun-if-changed={}", source.display());
    }
    let page = ui.join("dist/index.html");
    if std::env::var(SKIP).is_ok_and(|value| value == "1") {
        return if page.exists() { Ok(()) } else { stand_in(&page).map_err(|error| error.to_string()) };
    }
    let newest = sources.iter().filter_map(|path| newest(path).ok()).max();
    let built = match fs::read_to_string(&page) {
        Ok(text) if !text.contains(STAND_IN) => modified(&page).ok(),
        _ => None,
    };
    if built.is_some() && built >= newest {
        return Ok(());
    }
    if needs_packages(ui) {
        npm(ui, &["ci", "--no-audit", "--no-fund"])?;
    }
    npm(ui, &["run", "build"])
}

/// A page that says what is missing, so that the Rust part compiles without Node.
fn stand_in(page: &Path) -> io::Result<()> {
    if let Some(folder) = page.parent() {
        fs::create_dir_all(folder)?;
    }
    let text = "The interface was not built: run <code>npm ci && npm run build</code> in <code>ui</code>.";
    fs::write(page, format!("<!doctype html>\n{STAND_IN}\n<title>Holdfast</title>\n<p>{text}</p>\n"))
}

/// Whether the installed packages are missing or older than the lock file.
fn needs_packages(ui: &Path) -> bool {
    // npm writes this file at the end.
    match (modified(&ui.join("node_modules/.package-lock.json")), modified(&ui.join("package-lock.json"))) {
        (Ok(installed), Ok(locked)) => installed < locked,
        _ => true,
    }
}

fn npm(ui: &Path, arguments: &[&str]) -> Result<(), String> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let what = format!("`npm {}` in ui/", arguments.join(" "));
    let output = Command::new(program).args(arguments).current_dir(ui).output().map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            format!(
                "Building the interface needs Node.js 20 or newer with npm (https://nodejs.org), and npm was not \
                 found. Set {SKIP}=1 to compile the Rust part alone."
            )
        } else {
            format!("{what} could not be started: {error}")
        }
    })?;
    if output.status.success() {
        return Ok(());
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Err(format!("{what} failed ({}):\n{}{}", output.status, text(&output.stdout), text(&output.stderr)))
}

fn modified(path: &Path) -> io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}

/// When a file, or anything below a folder, was last changed.
fn newest(path: &Path) -> io::Result<SystemTime> {
    let mut latest = modified(path)?;
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            latest = latest.max(newest(&entry?.path())?);
        }
    }
    Ok(latest)
}
