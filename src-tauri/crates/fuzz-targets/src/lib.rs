//! What the fuzzer feeds, and what must hold whatever it feeds.
//!
//! One function per target, each taking the fuzzer's bytes and panicking when something does not hold. They live
//! here and not beside libFuzzer so that `tests/kept_inputs_hold.rs` can replay the kept inputs with any toolchain;
//! `src-tauri/fuzz` only binds each to libFuzzer, and `cargo xtask fuzz` runs them.
//!
//! Where the code under test is private to a crate that could not be built here in reasonable time (`webrtc` behind
//! `peer`, Tauri behind the app), its file is compiled in directly: such files are pure and depend on nothing of
//! their crate but each other. Their own unit tests run in their own crates; hence nothing of this crate in tests.
#![cfg(not(test))]

mod channels;
mod files;
mod frames;
mod negotiation_hostile;
mod negotiation_pair;
mod page;
mod payloads;
mod peer_inputs;
mod preferences;
mod seals;
mod session_description;
mod sound;
mod texts;
mod turn;
mod video;

// Of the peer crate, where the three of `turn` are one level deeper; `assembler` expects `vp8` beside it in its crate.
#[path = "../../peer/src/assembler.rs"]
#[allow(dead_code, missing_docs)]
mod assembler;
#[path = "../../peer/src/turn/framing.rs"]
#[allow(dead_code, missing_docs)]
mod framing;
#[path = "../../peer/src/turn/mobility.rs"]
#[allow(dead_code, missing_docs)]
mod mobility;
#[path = "../../peer/src/turn/pending.rs"]
#[allow(dead_code, missing_docs)]
mod pending;
#[path = "../../peer/src/vp8.rs"]
#[allow(dead_code, missing_docs)]
mod vp8;

// Of the tests of the negotiation.
#[path = "../../negotiation/tests/solo/mod.rs"]
#[allow(unreachable_pub, clippy::unwrap_used)]
mod solo;

pub use channels::channel_frames;
pub use files::{wav_file, y4m_file};
pub use frames::vp8_frames;
pub use negotiation_hostile::negotiation_hostile;
pub use negotiation_pair::negotiation_pair;
pub use page::page_messages;
pub use peer_inputs::peer_inputs;
pub use preferences::preferences_file;
pub use seals::{sealed_bytes, sealed_tampered};
pub use session_description::session_description;
pub use sound::audio_packets;
pub use texts::{client_frame, link, peer_message, profile, server_frame};
pub use turn::turn_stream;
pub use video::video_packets;

/// A target: its name, which is also that of its folder of inputs, and its check.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("audio_packets", audio_packets),
    ("channel_frames", channel_frames),
    ("client_frame", client_frame),
    ("link", link),
    ("negotiation_hostile", negotiation_hostile),
    ("negotiation_pair", negotiation_pair),
    ("page_messages", page_messages),
    ("peer_inputs", peer_inputs),
    ("peer_message", peer_message),
    ("preferences_file", preferences_file),
    ("profile", profile),
    ("sealed_bytes", sealed_bytes),
    ("sealed_tampered", sealed_tampered),
    ("server_frame", server_frame),
    ("session_description", session_description),
    ("turn_stream", turn_stream),
    ("video_packets", video_packets),
    ("vp8_frames", vp8_frames),
    ("wav_file", wav_file),
    ("y4m_file", y4m_file),
];
