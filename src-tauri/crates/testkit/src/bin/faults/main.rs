//! The faults behind `docs/reliability.md`: real participants in network namespaces, and what each of them saw.
//!
//! Nothing is left behind, however this ends: everything started here is killed with it, and the namespaces go with
//! the processes in them. Linux and root only.

// This program fails when something cannot be started or measured: it panics with a reason.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[cfg(target_os = "linux")]
mod chances;
#[cfg(target_os = "linux")]
mod cut;
#[cfg(target_os = "linux")]
mod judge;
#[cfg(target_os = "linux")]
mod measure;
#[cfg(target_os = "linux")]
mod options;
#[cfg(target_os = "linux")]
mod page;
#[cfg(target_os = "linux")]
mod person;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod schedule;
#[cfg(target_os = "linux")]
mod table;
#[cfg(target_os = "linux")]
mod verdict;
#[cfg(target_os = "linux")]
mod window;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    schedule::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> std::process::ExitCode {
    eprintln!("network namespaces are a part of Linux; there are none here");
    std::process::ExitCode::FAILURE
}
