//! What a person can see of a running app: the debug panel and the log.
#![allow(missing_docs, clippy::unwrap_used)]

mod the_debug_panel_breaks_things_and_measures_how_they_come_back;
mod the_debug_panel_shows_a_real_glare_and_a_real_restart;
mod the_log_of_a_meeting_has_no_secret_and_no_address;

#[path = "../support/mod.rs"]
mod support;
