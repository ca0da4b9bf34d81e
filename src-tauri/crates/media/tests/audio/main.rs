//! Sound, from a device or a file through the encoder and the jitter buffer to a speaker or a file.
#![allow(clippy::unwrap_used)]

mod a_voice_survives_loss;
mod nothing_leaves_once_the_microphone_is_closed;
mod real_sound_devices_work_and_may_vanish;
mod the_jitter_buffer_bears_any_network;
mod wav_files_in_any_shape_are_played;
mod what_arrives_is_what_was_sent;
