//! The copy of the crate with its changes built in, and its test programs.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::change::{self, Builder, Change};
use crate::{Problem, file};

/// The environment variable with the number of the change that is on.
pub(crate) const SWITCH: &str = "HOLDFAST_MUTANT";
/// For this program in place of rustc: the source folder of the crate, and of its copy.
const SOURCE: &str = "HOLDFAST_MUTANTS_SOURCE";
const COPY: &str = "HOLDFAST_MUTANTS_COPY";
/// Changes that do not compile are taken out. If this many attempts fail, something else is wrong.
const ATTEMPTS: usize = 6;

/// A crate with its changes.
pub(crate) struct Crate {
    pub(crate) changes: Vec<Change>,
    pub(crate) programs: Vec<PathBuf>,
    /// Where the tests run, so that property tests write their failures here and not into the crate.
    pub(crate) folder: PathBuf,
}

impl Crate {
    /// Copies the crate, builds every change in, and compiles its tests. Changes that do not compile are left out.
    pub(crate) fn build(folder: &Path, output: &Path) -> Result<Self, Problem> {
        let folder = fs::canonicalize(folder).map_err(file(folder))?;
        fs::create_dir_all(output.join("run")).map_err(file(output))?;
        let output = fs::canonicalize(output).map_err(file(output))?;
        let mut unwanted = Vec::new();
        let mut told = String::new();
        for _ in 0..ATTEMPTS {
            let copy = output.join("source");
            let changes = write(&folder.join("src"), &copy, &unwanted)?;
            match compile(&folder, &copy, &output.join("target"))? {
                Ok(programs) => {
                    if !unwanted.is_empty() {
                        println!("{} changes do not compile and are left out", unwanted.len());
                    }
                    return Ok(Self { changes, programs, folder: output.join("run") });
                }
                Err(errors) => {
                    let found = at_fault(&errors, &copy)?;
                    if found.is_empty() {
                        return Err(Problem::Build(errors));
                    }
                    unwanted.extend(found);
                    told = errors;
                }
            }
        }
        Err(Problem::Build(told))
    }
}

/// Writes the copy of a source folder. Files with only tests stay as they are.
fn write(source: &Path, copy: &Path, unwanted: &[u32]) -> Result<Vec<Change>, Problem> {
    let (mut changes, mut next) = (Vec::new(), 0);
    for path in sources(source)? {
        let name = path.strip_prefix(source).unwrap_or(&path).to_owned();
        let shown = name.display().to_string();
        let text = fs::read_to_string(&path).map_err(file(&path))?;
        let mut tree =
            syn::parse_file(&text).map_err(|error| Problem::Source { file: shown.clone(), error })?;
        if !is_for_tests(&name) {
            let mut builder = Builder::new(&shown, next, unwanted);
            builder.build_in(&mut tree);
            next = builder.next();
            changes.extend(builder.changes());
        }
        if shown == "lib.rs" {
            tree.items.push(change::switch(SWITCH));
        }
        let to = copy.join(&name);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(file(parent))?;
        }
        let text = prettyplease::unparse(&tree);
        // Cargo compiles a file again if it is written again, so an unchanged file is not written.
        if fs::read_to_string(&to).is_ok_and(|before| before == text) {
            continue;
        }
        fs::write(&to, text).map_err(file(&to))?;
    }
    Ok(changes)
}

/// All Rust files below a folder, in order.
fn sources(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(file(&folder))? {
            let path = entry.map_err(file(&folder))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether the name of a file says that it contains tests.
fn is_for_tests(name: &Path) -> bool {
    name.components().any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "tests.rs")))
}

/// Compiles the tests of the crate from its copy. The inner error is the compiler's message.
fn compile(folder: &Path, copy: &Path, target: &Path) -> Result<Result<Vec<PathBuf>, String>, Problem> {
    let own = std::env::current_exe().map_err(file(Path::new("the running program")))?;
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Cargo started us, and its variables about our own package must not reach the build.
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            command.env_remove(name);
        }
    }
    command
        .current_dir(folder)
        .args(["test", "--no-run", "--lib", "--tests"])
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .env("RUSTC_WORKSPACE_WRAPPER", own)
        .env(SOURCE, folder.join("src"))
        .env(COPY, copy);
    let output = command.output().map_err(file(Path::new("cargo")))?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(if output.status.success() { Ok(executables(&told)) } else { Err(told) })
}

/// The test programs that cargo names: `Executable tests/rules/main.rs (path)`.
fn executables(told: &str) -> Vec<PathBuf> {
    let lines = told.lines().filter(|line| line.trim_start().starts_with("Executable "));
    lines.filter_map(|line| Some(PathBuf::from(line.rsplit_once('(')?.1.strip_suffix(')')?))).collect()
}

/// The changes at the lines of the copy that the compiler complains about: `--> path:line:column`.
fn at_fault(errors: &str, copy: &Path) -> Result<BTreeSet<u32>, Problem> {
    let mut found = BTreeSet::new();
    for place in errors.lines().filter_map(|line| line.trim_start().strip_prefix("--> ")) {
        let mut parts = place.rsplitn(3, ':');
        let (Some(_), Some(line), Some(path)) = (parts.next(), parts.next(), parts.next()) else { continue };
        let (Ok(line), true) = (line.parse::<usize>(), Path::new(path).starts_with(copy)) else { continue };
        let text = fs::read_to_string(path).map_err(file(Path::new(path)))?;
        let near = text.lines().skip(line.saturating_sub(2)).take(3);
        found.extend(near.flat_map(switches));
    }
    Ok(found)
}

/// The numbers of the switches in a line: `on(12u32)`, `condition(12u32, 13u32, …)`.
fn switches(line: &str) -> Vec<u32> {
    let words = line.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.filter_map(|word| word.strip_suffix("u32")?.parse().ok()).collect()
}

/// When cargo starts this program in place of rustc: compiles the copy if cargo asks for the crate.
pub(crate) fn as_compiler() -> Option<ExitCode> {
    let (source, copy) = (std::env::var_os(SOURCE)?, std::env::var_os(COPY)?);
    let mut words = std::env::args_os().skip(1);
    let mut compiler = Command::new(words.next()?);
    let mut ours = false;
    for word in words {
        let entry = entry(&word, Path::new(&source), Path::new(&copy));
        ours |= entry.is_some();
        compiler.arg(entry.unwrap_or(word));
    }
    if ours {
        compiler.args(["--cap-lints", "allow"]);
    }
    let succeeded = compiler.status().is_ok_and(|status| status.success());
    Some(if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The first file of the copy, if this word names the first file of the crate. Cargo names it from the workspace's
/// root.
fn entry(word: &OsString, source: &Path, copy: &Path) -> Option<OsString> {
    let path = Path::new(word);
    let is_source = path.extension().is_some_and(|extension| extension == "rs");
    let whole = fs::canonicalize(path).ok().filter(|_| is_source)?;
    Some(copy.join(whole.strip_prefix(source).ok()?).into_os_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_programs_are_found_in_what_cargo_says() {
        let told = "   Compiling a\n  Executable unittests src/lib.rs (/t/debug/deps/a-1)\n  Executable tests/rules/main.rs (/t/r-2)\n";
        assert_eq!(executables(told), [PathBuf::from("/t/debug/deps/a-1"), PathBuf::from("/t/r-2")]);
    }

    #[test]
    fn the_switches_of_a_line_are_found() {
        assert_eq!(switches("if crate::mutated::condition(12u32, 13u32, a < 7) {"), [12, 13]);
        assert_eq!(switches("if !crate::mutated::on(5u32) {"), [5]);
        assert_eq!(switches("let x: u32 = 7;"), Vec::<u32>::new());
    }
}
