//! What is stored on the disk: settings and the current call, through full disks, damage, newer versions and crashes.
#![allow(missing_docs, clippy::unwrap_used)]

mod a_crash_opens_nothing_that_was_closed;
mod a_full_disk_loses_no_settings;
mod settings_of_a_newer_version_are_used_as_far_as_they_are_known;
mod settings_that_cannot_be_read_are_kept_aside_and_said_once;

#[path = "../support/mod.rs"]
mod support;
