//! The server: its rooms, its sockets, its program.
#![allow(clippy::unwrap_used)]

mod a_connection_that_never_upgrades_is_closed;
mod resuming_loses_nothing_and_repeats_nothing;
mod rooms_follow_their_rules;
mod strangers_disturb_nothing;
mod the_binary_serves_and_stops;

mod common;
