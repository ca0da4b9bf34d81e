//! Pictures, from a camera or a file through the encoder and back.
#![allow(clippy::unwrap_used)]

mod a_camera_delivers_until_it_fails;
mod a_capture_delivers_what_its_source_shows;
mod bad_input_never_crashes;
mod camera_formats_keep_their_colours;
mod what_is_encoded_can_be_decoded;
mod y4m_files_play_in_a_loop;

mod support;
