//! Networks and processes that break in a meeting, and how the meeting recovers.
#![allow(missing_docs, clippy::unwrap_used)]

mod a_cut_network_shows_in_the_window;
mod a_cut_of_five_seconds_shows_and_heals;
mod a_cut_shows_on_the_tile_and_goes_by_itself;
mod a_killed_participant_comes_back;
mod a_killed_signaling_server_does_not_disturb_a_meeting;
mod a_link_that_was_down_heals;
mod a_replaced_address_is_followed;
mod a_stopped_process_is_met_again;

#[path = "../support/mod.rs"]
mod support;
