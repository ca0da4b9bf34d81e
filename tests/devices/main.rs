//! Cameras, microphones and speakers: chosen, missing, unplugged, and slow to open.
#![allow(missing_docs, clippy::unwrap_used)]

mod a_meeting_goes_on_without_camera_and_sound;
mod a_notice_disappears_when_the_speaker_comes_back;
mod a_person_who_comes_while_devices_open_does_not_wait;
mod another_microphone_is_heard_without_a_negotiation;
mod another_speaker_plays_what_is_said;
mod speaking_into_a_closed_microphone_shows_a_hint;
mod the_camera_of_one_shows_at_the_other;

#[path = "../support/mod.rs"]
mod support;
