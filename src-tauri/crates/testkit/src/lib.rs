//! Real parts for tests, the demo and the measurements: processes with their logs, a display, the app's real window, a
//! browser, sound devices, a camera, participants.
//!
//! Knows how to start, watch and end these. Does not know what a test wants to prove. Dropping a value ends what it
//! started, by process id. Everything that listens does so on loopback.
//!
//! Functions here panic when a part does not work: in a test that is a failure with a reason, and the log of every
//! process involved is printed with it.

// A test that cannot start its parts has failed, and reports that by a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod again;
mod app;
mod bot;
mod browser;
mod browser_participant;
pub mod camera;
mod capability;
mod certificate;
mod desktop;
mod eventually;
mod measured;
#[cfg(target_os = "linux")]
pub mod net;
mod picture;
mod ports;
mod process;
mod programs;
pub mod pulse;
mod report;
#[cfg(target_os = "linux")]
mod small_disk;
pub mod tone;
mod webdriver;

pub use again::{assert_passes, one_test};
pub use app::{AppOptions, AppWindow, Tile};
pub use bot::Bot;
pub use browser::Browser;
pub use browser_participant::{BrowserParticipant, PageAudio, PageMedia, PageRemote, PageReport, PageVideo};
pub use capability::{Capability, REQUIRE_CAPABILITIES, capable};
pub use certificate::Certificate;
pub use desktop::{Desktop, DesktopWindow};
pub use eventually::{eventually, eventually_async};
pub use measured::write_measured;
pub use picture::{Area, Picture, hue_distance};
pub use ports::free_port;
pub use process::Running;
pub use programs::Programs;
pub use report::{Arrivals, Change, Connection, Gap, Media, MediaChange, Report, ReportRemote};
#[cfg(target_os = "linux")]
pub use small_disk::SmallDisk;

/// The usual patience of a test: many times what anything takes on an idle machine, because machines are not idle.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(45);
