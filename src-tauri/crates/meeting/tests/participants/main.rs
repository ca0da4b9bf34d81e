//! Whole participants in one process, with real threads, encoders and connections.
#![allow(clippy::unwrap_used, missing_docs)]

mod a_device_that_fails_does_not_end_the_meeting;
mod a_muted_microphone_sends_nothing;
mod another_size_of_picture_needs_no_negotiation;
mod any_number_of_toggles_ends_in_the_last_wish;
mod leaving_is_seen_at_once_and_can_be_done_twice;
mod the_last_switch_decides_for_everyone;

mod support;
