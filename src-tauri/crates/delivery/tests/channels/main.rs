//! What the channels beside `control` do, one behaviour per module.
#![allow(clippy::unwrap_used)]

mod end;

mod a_channel_of_low_priority_waits_for_the_others;
mod each_row_decides_what_survives_a_new_connection;
mod messages_arrive_over_changing_connections;
mod what_a_remote_sends_beyond_its_rate_is_dropped;
