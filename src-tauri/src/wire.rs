//! The page is compiled against TypeScript types made from the Rust types. `cargo xtask types` writes them; this test
//! compares them.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use holdfast_meeting::{Diagnostics, Fault, Listening, MeetingSnapshot};
use ts_rs::{Config, TS};

use crate::call::PageEvent;
use crate::commands::devices::Devices;
use crate::commands::diagnostics::ExportedFile;
use crate::commands::servers::{LinkDetails, ServerTest};
use crate::error::WireError;
use crate::frames::FrameRequest;
use crate::frames::request::FrameHello;
use crate::frames::socket::FrameSocketAddress;
use crate::preferences::Preferences;
use crate::preview::{PreviewEvent, PreviewWanted};
use crate::window_label::WindowLabel;

#[test]
fn the_pages_types_are_current() {
    let folder = tempfile::tempdir().unwrap();
    // Every integer on the wire is below 2^53.
    let config = Config::new().with_large_int("number").with_out_dir(folder.path());
    MeetingSnapshot::export_all(&config).unwrap();
    Listening::export_all(&config).unwrap();
    PageEvent::export_all(&config).unwrap();
    WireError::export_all(&config).unwrap();
    Preferences::export_all(&config).unwrap();
    Devices::export_all(&config).unwrap();
    PreviewEvent::export_all(&config).unwrap();
    PreviewWanted::export_all(&config).unwrap();
    LinkDetails::export_all(&config).unwrap();
    ServerTest::export_all(&config).unwrap();
    WindowLabel::export_all(&config).unwrap();
    FrameSocketAddress::export_all(&config).unwrap();
    Diagnostics::export_all(&config).unwrap();
    Fault::export_all(&config).unwrap();
    ExportedFile::export_all(&config).unwrap();
    FrameHello::export_all(&config).unwrap();
    FrameRequest::export_all(&config).unwrap();

    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src/lib/wire");
    let mut stale = Vec::new();
    for file in fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let fresh = fs::read_to_string(file.path()).unwrap();
        if fs::read_to_string(committed.join(file.file_name())).ok() != Some(fresh) {
            stale.push(file.file_name());
        }
    }
    assert!(stale.is_empty(), "out of date, run `cargo xtask types`: {stale:?}");
}
