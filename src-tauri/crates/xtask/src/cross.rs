//! `cargo xtask cross-check`: compiles for systems that are not this one, as far as that can be done here.
//!
//! Checks types only; nothing is linked or run. Where the toolchain has the target's standard library, that one is
//! used. Otherwise the library is compiled from its sources, with the compiler they belong to: Debian has both as
//! packages. These are unpacked below `target/cross`, not installed, because they would replace Debian's own compiler.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::{Args, ValueEnum};

use crate::packages::{self, Purpose};
use crate::run::{Outcome, Problem, answer, on_path, run};
use crate::workspace::{cargo_command, root, target};

/// Options of `cargo xtask cross-check`.
#[derive(Args)]
pub(crate) struct Options {
    /// The system to compile for.
    system: System,
    /// Only these packages.
    #[arg(value_name = "PACKAGE")]
    packages: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum System {
    /// Everything that ships on Windows.
    Windows,
    /// The crates that decide and do nothing else: a browser has to be able to run them.
    Wasm,
}

/// What ships on Windows.
const SHIPPED: [&str; 3] = ["holdfast", "holdfast-bot", "holdfast-signaling-server"];

/// Crates that only decide. Folders below `src-tauri/crates`.
const PURE: [&str; 7] =
    ["terms", "protocol", "negotiation", "delivery", "peer-machine", "signaling-session", "meeting-machine"];

/// Debian's packages with a compiler, the sources of its standard library and what the compiler is linked with.
const COMPILER: [&str; 2] = ["rustc-web", "rust-web-src"];
/// Those packages need these, too. Everything else they need is on any Debian with a C compiler.
const NEEDED: [&str; 3] = ["rustc-web", "rust-web-src", "libstd-rust-web"];
/// The same for a library with its version in its name.
const LLVM: &str = "libllvm";

/// The version of libvpx that the bindings are for. Any would do, because only types are checked and nothing is linked.
const VPX_VERSION: &str = "1.12.0";

impl System {
    fn triple(self) -> &'static str {
        match self {
            Self::Windows => "x86_64-pc-windows-gnu",
            Self::Wasm => "wasm32-unknown-unknown",
        }
    }

    fn packages(self) -> Vec<String> {
        match self {
            Self::Windows => SHIPPED.map(str::to_owned).into(),
            Self::Wasm => {
                let here = PURE.iter().filter(|name| root().join("src-tauri/crates").join(name).exists());
                here.map(|name| format!("holdfast-{name}")).collect()
            }
        }
    }

    /// What build scripts and crates need to know for this system.
    fn settings(self) -> Vec<(&'static str, String)> {
        match self {
            Self::Windows => vec![
                ("VPX_LIB_DIR", target().join("cross").display().to_string()),
                ("VPX_VERSION", VPX_VERSION.to_owned()),
                (
                    "BINDGEN_EXTRA_CLANG_ARGS_x86_64_pc_windows_gnu",
                    "--target=x86_64-w64-mingw32 --sysroot=/usr/x86_64-w64-mingw32 \
                     -I/usr/x86_64-w64-mingw32/include"
                        .to_owned(),
                ),
            ],
            // A pure crate makes no random numbers; its driver provides them.
            Self::Wasm => vec![(
                "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
                "--cfg getrandom_backend=\"unsupported\"".to_owned(),
            )],
        }
    }
}

/// Compiles; an error if any crate fails.
pub(crate) fn check(options: &Options) -> Outcome {
    let system = options.system;
    if system == System::Windows {
        println!("==> system packages");
        packages::require(&[Purpose::Build, Purpose::Windows])?;
    }
    println!("==> compiler");
    let compiler = compiler(system.triple())?;
    println!("==> {}", system.triple());
    let mut command = cargo_command();
    command.args(["check", "--keep-going", "--target", system.triple()]);
    command.arg("--target-dir").arg(target().join("cross/built")).envs(system.settings());
    if let Some(compiler) = compiler {
        // A stable compiler builds a standard library only if told so.
        command.arg("-Zbuild-std=std,panic_abort").env("RUSTC", compiler).env("RUSTC_BOOTSTRAP", "1");
    }
    let packages = if options.packages.is_empty() { system.packages() } else { options.packages.clone() };
    run(command.args(packages.iter().flat_map(|name| ["--package", name])))?;
    println!("\n{} compile for {}: {}", packages.len(), system.triple(), packages.join(", "));
    Ok(())
}

/// The compiler to use in place of the toolchain's, if that one has no standard library for the target.
fn compiler(triple: &str) -> Outcome<Option<PathBuf>> {
    let sysroot = answer(Command::new("rustc").current_dir(root()).args(["--print", "sysroot"]));
    let library =
        sysroot.map(|sysroot| Path::new(sysroot.trim()).join("lib/rustlib").join(triple).join("lib"));
    if library.is_some_and(|library| library.exists()) {
        println!("    the toolchain has a standard library for {triple}");
        return Ok(None);
    }
    let folder = target().join("cross");
    let wrapper = folder.join("rustc");
    if !wrapper.exists() {
        if !on_path("apt-get") || !on_path("dpkg") {
            let text = format!("this toolchain cannot compile for {triple}; run: rustup target add {triple}");
            return Err(Problem::Missing(text));
        }
        unpack(&folder)?;
    }
    let about = answer(Command::new(&wrapper).arg("--version"));
    let about = about.ok_or_else(|| {
        Problem::Check(format!("{} does not start; remove {}", wrapper.display(), folder.display()))
    })?;
    println!("    {} from Debian's packages, which compiles the standard library too", about.trim());
    Ok(Some(wrapper))
}

/// Fetches Debian's packages, unpacks them into the folder and puts a program in front of the compiler.
fn unpack(folder: &Path) -> Outcome {
    let debs = folder.join("debs");
    fs::create_dir_all(&debs).map_err(|source| problem(&debs, source))?;
    run(Command::new("apt-get").current_dir(&debs).arg("download").args(needed()?))?;
    for entry in fs::read_dir(&debs).map_err(|source| problem(&debs, source))?.flatten() {
        run(Command::new("dpkg").arg("--extract").arg(entry.path()).arg(folder))?;
    }
    fs::remove_dir_all(&debs).map_err(|source| problem(&debs, source))?;
    executable(&folder.join("rustc"), &wrapper(folder))
}

/// The compiler's own libraries lie where the system does not look for them.
fn wrapper(folder: &Path) -> String {
    let usr = folder.join("usr");
    let usr = usr.display();
    let libraries = format!("{usr}/lib/x86_64-linux-gnu");
    format!("#!/bin/sh\nLD_LIBRARY_PATH='{libraries}' exec '{usr}/bin/rustc' \"$@\"\n")
}

/// The packages to unpack, as apt knows them here.
fn needed() -> Outcome<Vec<String>> {
    let mut ask = Command::new("apt-cache");
    ask.args(["depends", "--recurse", "--no-recommends", "--no-suggests", "--no-conflicts", "--no-breaks"]);
    ask.args(["--no-replaces", "--no-enhances"]).args(COMPILER);
    let names = answer(&mut ask).map(|text| names(&text)).unwrap_or_default();
    if names.iter().any(|name| name.starts_with(LLVM)) {
        return Ok(names);
    }
    let text =
        format!("apt knows no {} here (they are in Debian's security archive)", COMPILER.join(" and "));
    Err(Problem::Missing(text))
}

/// The packages that the compiler depends on and that a system usually does not have.
fn names(depends: &str) -> Vec<String> {
    let begins = |name: &str| NEEDED.iter().any(|begin| name.starts_with(begin)) || name.starts_with(LLVM);
    // Lines of packages begin at the left edge; their dependencies are indented.
    let mut names: Vec<_> = depends.lines().filter(|line| begins(line)).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

fn executable(path: &Path, text: &str) -> Outcome {
    fs::write(path, text).map_err(|source| problem(path, source))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))
            .map_err(|source| problem(path, source))?;
    }
    Ok(())
}

fn problem(path: &Path, source: std::io::Error) -> Problem {
    Problem::File { what: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_compiler_and_its_own_libraries_are_unpacked() {
        let depends = "rustc-web\n  Depends: libc6\n  Depends: libstd-rust-web-dev\nlibc6\nlibstd-rust-web-dev\n\
            libstd-rust-web-1.96\nlibllvm22\nlibllvm22\nrust-web-src\ngcc\n";
        assert_eq!(
            names(depends),
            ["libllvm22", "libstd-rust-web-1.96", "libstd-rust-web-dev", "rust-web-src", "rustc-web"]
        );
    }

    #[test]
    fn pure_crates_that_exist_are_compiled_for_browsers() {
        let packages = System::Wasm.packages();
        assert!(packages.contains(&"holdfast-negotiation".to_owned()), "{packages:?}");
        assert!(packages.iter().all(|name| !name.ends_with("-media")));
    }

    #[test]
    fn the_wrapper_names_the_folder_it_is_in() {
        let text = wrapper(Path::new("/somewhere/cross"));
        assert!(text.contains("exec '/somewhere/cross/usr/bin/rustc' \"$@\""), "{text}");
    }
}
