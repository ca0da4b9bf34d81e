//! What a meeting decides, driven without a clock, a network or a device.
#![allow(clippy::unwrap_used)]

mod a_notice_is_taken_back_when_it_is_solved;
mod a_server_that_is_away_is_looked_for;
mod connections_begin_a_few_at_a_time;
mod each_feed_has_a_number_and_a_link;
mod loudness_here_survives_everything;
mod media_states_are_told_until_they_are_held;
mod someone_given_up_by_the_server_stays_while_media_flows;
mod someone_pinned_who_comes_back_is_large_again;
mod someone_who_began_anew_is_connected_anew;
mod someone_who_said_goodbye_is_not_called_back;
mod stay;
mod the_path_to_the_server_is_looked_at_when_media_stops;
mod who_hears_whom_is_told_and_shown;
