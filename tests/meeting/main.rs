//! Meetings of several processes: who sees and hears whom, what the windows show, and what a meeting survives.
#![allow(missing_docs, clippy::unwrap_used)]

mod a_bot_that_met_no_one_does_not_succeed;
mod a_browser_speaking_the_protocol_meets_the_app;
mod a_media_file_that_cannot_be_played_ends_a_bot_with_a_reason;
mod a_person_who_comes_later_sees_raised_hands_in_their_order;
mod a_recording_holds_what_was_seen_and_heard;
mod four_participants_see_and_hear_each_other;
mod hostile_frames_do_not_disturb_a_meeting;
mod leaving_is_answered_at_once;
mod leaving_is_noticed_at_once;
mod muting_shows_at_the_other_end;
mod raised_hands_are_shown_in_their_order;
mod someone_made_quieter_is_heard_quieter;
mod two_participants_see_and_hear_each_other;
mod two_quick_presses_are_both_taken;
mod two_windows_see_and_hear_each_other;
mod what_is_written_reaches_everyone;
mod who_hears_whom_is_shown;

#[path = "../support/mod.rs"]
mod support;
