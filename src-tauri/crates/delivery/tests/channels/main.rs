//! What the channels beside `control` do, one behaviour per module.
#![allow(clippy::unwrap_used)]

mod end;

mod a_channel_of_low_priority_waits_for_the_others;
mod each_row_survives_a_new_connection_as_it_says;
mod messages_arrive_over_changing_connections;
mod what_a_remote_sends_beyond_its_rate_is_dropped;
