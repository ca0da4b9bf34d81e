//! The faults in `docs/reliability.md`: real participants in network namespaces, and what each of them saw.
//!
//! However this ends, it leaves nothing behind: everything it started is killed with it, and the namespaces vanish with
//! their processes. Linux and root only.

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
