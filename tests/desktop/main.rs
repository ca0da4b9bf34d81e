//! The app among other programs: its windows, the tray, keys, notifications, and the system it starts with.
#![allow(missing_docs, clippy::unwrap_used)]

mod a_call_keeps_the_computer_awake;
mod a_failed_connection_is_reported_and_tried_again;
mod a_global_key_mutes;
mod a_person_who_does_not_look_is_notified;
mod a_window_out_of_sight_is_sent_no_pictures;
mod closing_the_window_keeps_the_call;
mod closing_the_window_leaves_the_call_in_the_tray;
mod started_with_the_system_it_waits_in_the_tray;
mod the_small_window_mutes_and_stays_on_top;
mod the_tray_mutes_leaves_and_takes_back;
mod the_tray_takes_back_after_a_crash;
mod the_window_fills_the_screen_and_comes_back;
mod the_window_is_where_it_was_left;

#[path = "../support/mod.rs"]
mod support;
