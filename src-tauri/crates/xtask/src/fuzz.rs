//! `cargo xtask fuzz`: gives the parsers of remote input and the negotiation machine the inputs that a fuzzer finds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;

use crate::run::{Outcome, Problem, answer, run};
use crate::workspace::{cargo_command, root, target};

/// Options of `cargo xtask fuzz`.
///
/// The targets are the functions of `src-tauri/crates/fuzz-targets`. `src-tauri/fuzz` binds each to libFuzzer and keeps
/// its inputs. `corpus/TARGET` has the smallest set of inputs that reaches all code that was ever reached, and
/// `regressions/TARGET` has the inputs that once failed. `cargo xtask test` replays both. Other inputs that a run finds
/// stay in `target/fuzz/corpus`, and the next run on this machine begins with them. `target/fuzz/TARGET.log` has the
/// output of libFuzzer.
///
/// Everything is compiled once more, with the fuzzer's instrumentation, AddressSanitizer and overflow checks, into
/// `target/fuzz`; the first time takes several minutes. The compiler flags for it are unstable, so this one
/// cargo runs with RUSTC_BOOTSTRAP=1, which makes a stable toolchain accept them. C libraries (libvpx, libopus) are not
/// instrumented. A crash inside them is seen, but nothing leads the fuzzer to it. Of their memory errors, only those in
/// allocations and copies are seen.
///
/// A failure ends the target (the others go on) and the task fails. It names the input; run it again with
/// `cargo xtask fuzz --replay FILE TARGET`, and when it is fixed, move it to `regressions/TARGET` under a name that
/// says what was wrong.
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Options {
    /// How long each target runs.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Run this input once, and nothing else.
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// Which targets; all when none is named.
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
}

/// An input that takes longer than this is a failure: it would freeze the call of the receiver.
const TIMEOUT: &str = "-timeout=20";
/// A target that needs more memory than this is a failure too.
const MEMORY: &str = "-rss_limit_mb=2048";
/// Longer inputs only slow the fuzzer down: shorter ones reach every check.
const LENGTH: &str = "-max_len=4096";
/// Heading of the table at the end, which `docs/fuzzing.md` has too.
const HEADING: &str = "| target | inputs tried | a second | edges reached | inputs kept | bytes | found |\n\
                       |---|---|---|---|---|---|---|\n";
/// An input is kept for the edges it reaches and not for how often it reaches them, so only few are kept.
const EDGES: &str = "-use_counters=0";

/// Runs the targets.
pub(crate) fn fuzz(options: &Options) -> Outcome {
    let all = names()?;
    let chosen = choose(&all, &options.targets)?;
    if answer(cargo_command().args(["fuzz", "--version"])).is_none() {
        println!("==> installing cargo-fuzz");
        run(cargo_command().args(["install", "cargo-fuzz", "--locked"]))?;
    }
    println!("==> building");
    let mut build = cargo_command();
    build.env("RUSTC_BOOTSTRAP", "1").args(["fuzz", "build", "--fuzz-dir"]).arg(folder());
    build.arg("--target-dir").arg(built());
    if let [one] = chosen.as_slice() {
        build.arg(one);
    }
    run(&mut build)?;
    if let Some(input) = &options.replay {
        let [one] = chosen.as_slice() else {
            return Err(Problem::Check("--replay needs the one target the input is for".into()));
        };
        return run(Command::new(program(one)?).args([TIMEOUT, MEMORY]).arg(input));
    }
    let (mut failures, mut table) = (Vec::new(), String::from(HEADING));
    for name in &chosen {
        println!("\n==> {name}, {} s", options.seconds);
        let target = Target::new(name)?;
        let found = match target.fuzz(options.seconds) {
            Ok(()) => "nothing",
            Err(Problem::Check(failure)) => {
                println!("    FAILED: {failure}");
                failures.push(failure);
                "a failure"
            }
            Err(other) => return Err(other),
        };
        table += &target.row(found)?;
    }
    println!("\n{table}");
    if failures.is_empty() {
        println!("\n{} targets, nothing found", chosen.len());
        return Ok(());
    }
    Err(Problem::Check(failures.join("\n       ")))
}

fn folder() -> PathBuf {
    root().join("src-tauri/fuzz")
}

/// Where the instrumented programs, the working inputs and the failing ones are.
fn built() -> PathBuf {
    target().join("fuzz")
}

/// Every target: one file each.
fn names() -> Outcome<Vec<String>> {
    let mut names: Vec<String> = files(&folder().join("fuzz_targets"))?
        .iter()
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

/// Those named, or all; an error for one that does not exist.
fn choose(all: &[String], named: &[String]) -> Outcome<Vec<String>> {
    if let Some(unknown) = named.iter().find(|name| !all.contains(name)) {
        return Err(Problem::Check(format!("there is no target {unknown}; there are: {}", all.join(", "))));
    }
    Ok(if named.is_empty() { all.to_vec() } else { named.to_vec() })
}

/// The instrumented program of a target.
fn program(name: &str) -> Outcome<PathBuf> {
    let about = answer(Command::new("rustc").arg("-vV")).unwrap_or_default();
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or_else(|| Problem::Missing("rustc does not say what it compiles for".into()))?;
    Ok(built().join(host).join("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}

struct Target {
    name: String,
    program: PathBuf,
    /// Inputs of this machine's runs.
    working: PathBuf,
    kept: PathBuf,
    regressions: PathBuf,
    artifacts: PathBuf,
}

impl Target {
    fn new(name: &str) -> Outcome<Self> {
        let target = Self {
            name: name.to_owned(),
            program: program(name)?,
            working: built().join("corpus").join(name),
            kept: folder().join("corpus").join(name),
            regressions: folder().join("regressions").join(name),
            artifacts: built().join("artifacts").join(name),
        };
        for path in [&target.working, &target.kept, &target.artifacts] {
            create(path)?;
        }
        Ok(target)
    }

    fn fuzz(&self, seconds: u32) -> Outcome {
        let before = files(&self.artifacts)?;
        let mut prefix = self.artifacts.clone().into_os_string();
        prefix.push(std::path::MAIN_SEPARATOR_STR);
        let mut flag = std::ffi::OsString::from("-artifact_prefix=");
        flag.push(prefix);
        let mut command = Command::new(&self.program);
        command.arg(flag).arg(format!("-max_total_time={seconds}"));
        command.args([TIMEOUT, MEMORY, LENGTH, "-print_final_stats=1"]).arg(&self.working).arg(&self.kept);
        if self.regressions.exists() {
            command.arg(&self.regressions);
        }
        let (went_well, said) = self.logged(&mut command, &self.run_log())?;
        println!("    {}", Figures::of(&said));
        if !went_well {
            println!("{}", report(&said));
            let found = files(&self.artifacts)?.into_iter().find(|file| !before.contains(file));
            return Err(Problem::Check(match found {
                Some(input) => format!(
                    "{}: replay with `cargo xtask fuzz --replay {} {0}`",
                    self.name,
                    input.strip_prefix(root()).unwrap_or(&input).display()
                ),
                None => format!("{}: see target/fuzz/{0}.log", self.name),
            }));
        }
        self.keep()
    }

    /// Adds inputs that reach code no kept input reaches. If there are any, finds the fewest that reach all of it.
    fn keep(&self) -> Outcome {
        let (staging, fewest) = (built().join("staging"), built().join("fewest"));
        for path in [&staging, &fewest] {
            let _ = fs::remove_dir_all(path);
            create(path)?;
        }
        let kept = files(&self.kept)?;
        for file in &kept {
            copy(file, &staging)?;
        }
        self.merge("-merge=1", &staging, &self.working)?;
        if files(&staging)?.len() > kept.len() {
            self.merge("-set_cover_merge=1", &fewest, &staging)?;
            let found = files(&fewest)?;
            for file in &kept {
                fs::remove_file(file).map_err(|source| problem(file, source))?;
            }
            for file in &found {
                copy(file, &self.kept)?;
            }
        }
        let (now, bytes) = self.size()?;
        println!("    kept: {now} inputs ({} before), {bytes} bytes", kept.len());
        Ok(())
    }

    /// How many inputs are kept, and their length in all.
    fn size(&self) -> Outcome<(usize, u64)> {
        let kept = files(&self.kept)?;
        let bytes = kept.iter().filter_map(|file| fs::metadata(file).ok()).map(|data| data.len()).sum();
        Ok((kept.len(), bytes))
    }

    /// The result of the last run, as a row of the table.
    fn row(&self, found: &str) -> Outcome<String> {
        let log = self.run_log();
        let said = fs::read(&log).map_err(|source| problem(&log, source))?;
        let Figures { tried, per_second, edges } = Figures::of(&String::from_utf8_lossy(&said));
        let (inputs, bytes) = self.size()?;
        Ok(format!("| {} | {tried} | {per_second} | {edges} | {inputs} | {bytes} | {found} |\n", self.name))
    }

    fn run_log(&self) -> PathBuf {
        built().join(format!("{}.log", self.name))
    }

    fn merge(&self, how: &str, into: &Path, from: &Path) -> Outcome {
        let mut command = Command::new(&self.program);
        let log = built().join(format!("{}.merge.log", self.name));
        let (went_well, said) =
            self.logged(command.args([how, EDGES, TIMEOUT, MEMORY, LENGTH]).arg(into).arg(from), &log)?;
        if went_well { Ok(()) } else { Err(Problem::Check(format!("{}: {}", self.name, report(&said)))) }
    }

    /// Runs with its output in this log. Returns whether it succeeded, and the output.
    fn logged(&self, command: &mut Command, log: &Path) -> Outcome<(bool, String)> {
        let file = fs::File::create(log).map_err(|source| problem(log, source))?;
        let same = file.try_clone().map_err(|source| problem(log, source))?;
        let status = command
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(same)
            .status()
            .map_err(|source| Problem::Start { program: self.program.display().to_string(), source })?;
        let said = fs::read(log).map_err(|source| problem(log, source))?;
        Ok((status.success(), String::from_utf8_lossy(&said).into_owned()))
    }
}

/// The numbers that libFuzzer prints at the end of a run; `?` where it did not get that far.
struct Figures {
    tried: String,
    per_second: String,
    /// Edges of the control flow of all compiled code, reached by the kept inputs and those of the run.
    edges: String,
}

impl Figures {
    fn of(said: &str) -> Self {
        let last = |mark: &str| {
            let found =
                said.lines().rev().find_map(|line| line.split_once(mark)?.1.split_whitespace().next());
            found.unwrap_or("?").to_owned()
        };
        Self {
            tried: last("stat::number_of_executed_units:"),
            per_second: last("stat::average_exec_per_sec:"),
            edges: last(" cov: "),
        }
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { tried, per_second, edges } = self;
        write!(f, "{tried} inputs tried, {per_second} a second, {edges} edges reached")
    }
}

/// The end of the output, where the failure is.
fn report(said: &str) -> String {
    const LINES: usize = 40;
    let lines: Vec<&str> = said.lines().collect();
    // A failed assertion may print a whole snapshot before the stack.
    let from = lines.iter().position(|line| line.contains("panicked at") || line.contains("ERROR:"));
    let from = from.unwrap_or(lines.len().saturating_sub(LINES));
    lines.iter().skip(from).take(LINES).map(|line| format!("    {line}\n")).collect()
}

fn files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|source| problem(folder, source))?;
    Ok(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect())
}

fn create(folder: &Path) -> Outcome {
    fs::create_dir_all(folder).map_err(|source| problem(folder, source))
}

fn copy(file: &Path, folder: &Path) -> Outcome {
    let name = file.file_name().unwrap_or_default();
    fs::copy(file, folder.join(name)).map(drop).map_err(|source| problem(file, source))
}

fn problem(path: &Path, source: std::io::Error) -> Problem {
    Problem::File { what: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn targets_are_chosen_by_name_and_unknown_ones_refused() {
        let all = ["link".to_owned(), "profile".to_owned()];
        assert_eq!(choose(&all, &[]).unwrap(), all);
        assert_eq!(choose(&all, &all[1..]).unwrap(), ["profile"]);
        let problem = choose(&all, &["lnik".to_owned()]).unwrap_err().to_string();
        assert!(problem.contains("lnik") && problem.contains("link, profile"));
    }

    #[test]
    fn every_target_is_a_function_of_the_library_and_a_program() {
        let names = names().unwrap();
        assert!(names.len() > 10);
        let library = fs::read_to_string(root().join("src-tauri/crates/fuzz-targets/src/lib.rs")).unwrap();
        let programs = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
        for name in &names {
            assert!(library.contains(&format!("(\"{name}\", {name})")), "{name} is not in TARGETS");
            assert!(programs.contains(&format!("name = \"{name}\"")), "{name} is not in Cargo.toml");
        }
        assert_eq!(library.matches("    (\"").count(), names.len());
    }

    #[test]
    fn what_libfuzzer_says_is_summed_up() {
        let said = "#9\tNEW    cov: 7 ft: 9\n#12\tDONE   cov: 80 ft: 90 corp: 3/9b\nstat::number_of_executed_units: \
                    12\nstat::average_exec_per_sec:     4\n";
        assert_eq!(Figures::of(said).to_string(), "12 inputs tried, 4 a second, 80 edges reached");
        let said = "INFO: x\nthread '<unnamed>' panicked at a.rs:1\nno\n";
        assert!(report(said).starts_with("    thread") && report(said).ends_with("no\n"));
    }
}
