//! How a chat behaves, a module for each behaviour.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod a_message_is_marked_by_how_far_it_came;
mod after_any_storm_all_have_the_same_in_the_same_order;
mod an_author_cannot_be_forged;
mod people_who_come_later_get_what_was_said;
mod what_a_participant_writes_too_much_is_dropped;
mod world;
