//! What a peer machine does, one behaviour per module.
#![allow(clippy::unwrap_used)]

mod pair;

mod a_media_state_counts_by_its_revision;
mod a_remote_that_says_too_much_is_not_heard;
mod a_replaced_connection_says_farewell;
mod attempts_that_last_are_told;
mod goodbye_is_said_where_it_can_be_heard;
mod keyframes_are_paced_by_source;
mod messages_find_a_way;
mod paths_that_do_not_answer_get_no_media;
mod the_owner_knows_whether_control_carries_messages;
mod what_is_counted_is_shown;
