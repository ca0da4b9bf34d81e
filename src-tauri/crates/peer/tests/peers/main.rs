//! Two peers in one process, over real WebRTC on 127.0.0.1.
#![allow(clippy::unwrap_used)]

mod a_new_connection_brings_everything_back;
mod a_path_comes_back_by_itself;
mod channels_beside_control_are_carried_as_their_rows_say;
mod closing_is_seen_by_the_other_side;
mod common;
mod glare_is_resolved_without_losing_a_track;
mod hostile_input_does_no_harm;
mod how_long_a_join_takes;
mod how_long_after_an_outage;
mod network;
mod signaling_may_be_slow_disordered_and_hostile;
mod two_peers_hear_see_and_talk;
