//! The program. Everything is in the library, so that tests can use it.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    holdfast::run()
}
