//! Every input that was kept because it reached something, or because it failed once, still holds: the fuzzer's own
//! checks, without the fuzzer.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

use holdfast_fuzz_targets::TARGETS;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn inputs(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn replay(name: &str) {
    let (_, check) = TARGETS.iter().find(|target| target.0 == name).unwrap();
    let kept = inputs(&folder().join("corpus").join(name));
    assert!(!kept.is_empty(), "{name} has no inputs");
    for input in kept.into_iter().chain(inputs(&folder().join("regressions").join(name))) {
        // Shown when the check panics.
        println!("{}", input.display());
        check(&fs::read(&input).unwrap());
    }
}

macro_rules! replayed {
    ($($name:ident)*) => {
        $(#[test] fn $name() { replay(stringify!($name)); })*

        #[test]
        fn no_target_is_left_out() {
            let replayed = [$(stringify!($name)),*];
            for (name, _) in TARGETS {
                assert!(replayed.contains(name), "{name} is not replayed");
            }
            for folder in inputs(&folder().join("corpus")).into_iter().chain(inputs(&folder().join("regressions"))) {
                let name = folder.file_name().unwrap().to_str().unwrap();
                assert!(replayed.contains(&name), "inputs for {name}, which is no target");
            }
        }
    };
}

replayed! {
    audio_packets channel_frames client_frame link negotiation_hostile negotiation_pair page_messages peer_inputs
    peer_message
    preferences_file profile sealed_bytes sealed_tampered server_frame session_description turn_stream video_packets
    vp8_frames wav_file y4m_file
}
