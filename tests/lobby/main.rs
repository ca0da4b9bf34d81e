//! The ways into a meeting: the home screen, the lobby, invites, and what cannot be joined.
#![allow(missing_docs, clippy::unwrap_used)]

mod a_demo_meeting_shows_three_people_and_leaves_nothing_behind;
mod a_meeting_that_was_left_is_entered_again_with_one_press;
mod a_second_instance_hands_its_link_over;
mod an_invite_that_was_copied_leads_into_the_meeting;
mod the_window_says_what_is_wrong;
mod two_people_meet_through_the_lobby;
mod what_cannot_be_joined_is_refused_with_a_reason;

#[path = "../support/mod.rs"]
mod support;
