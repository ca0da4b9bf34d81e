//! What the debug panel asks for: the inner state of the meeting, faults on purpose, a file to pass on.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use holdfast_meeting::{BoundHit, Diagnostics, Fault, FaultReport, export};
use serde::Serialize;
use serde_json::json;
use tauri::State;
use ts_rs::TS;

use crate::call::Call;
use crate::error::AppError;
use crate::frames::FrameHub;
use crate::shortcuts::DroppedKeys;

/// Where a file for the person was written.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) struct ExportedFile {
    /// The path on this system, for a person to read.
    path: String,
}

/// Folders that the exported file may go to, best first.
pub(crate) struct ExportFolders(Vec<PathBuf>);

impl ExportFolders {
    /// The person's folder for downloads, or the app's own if there is none or it cannot be written. If the person
    /// `chose` the data folder for this run, everything goes there.
    pub(crate) fn new(data_folder: &Path, chosen: bool) -> Self {
        let downloads = directories::UserDirs::new()
            .filter(|_| !chosen)
            .and_then(|folders| folders.download_dir().map(Path::to_owned));
        Self(downloads.into_iter().chain([data_folder.to_owned()]).collect())
    }

    /// Writes a file for the person into the best folder that takes it.
    pub(crate) async fn write(&self, name: String, bytes: Vec<u8>) -> Result<ExportedFile, AppError> {
        let folders = self.0.clone();
        let written = tokio::task::spawn_blocking(move || write(&folders, &name, &bytes)).await;
        let path = written.map_err(|_| AppError::Internal)?.map_err(AppError::ExportFailed)?;
        Ok(ExportedFile { path: path.display().to_string() })
    }
}

/// Everything known about the meeting.
#[tauri::command]
pub(crate) async fn diagnostics(
    call: State<'_, Call>,
    frames: State<'_, FrameHub>,
    dropped_keys: State<'_, DroppedKeys>,
) -> Result<Diagnostics, AppError> {
    let mut found = call.meeting()?.diagnostics().await?;
    found.bounds.extend(frames.counts().all());
    found.bounds.push(BoundHit { name: "shortcuts.dropped".to_owned(), count: dropped_keys.count() });
    Ok(found)
}

/// Breaks something on purpose, if the person has allowed it. Returns the number of its report.
#[tauri::command]
pub(crate) async fn inject_fault(call: State<'_, Call>, fault: Fault) -> Result<u32, AppError> {
    if !call.preferences().diagnostics {
        return Err(AppError::DiagnosticsOff);
    }
    Ok(call.meeting()?.inject(fault).await?)
}

/// What was broken in this meeting and how it came back, newest first.
#[tauri::command]
pub(crate) async fn faults(call: State<'_, Call>) -> Result<Vec<FaultReport>, AppError> {
    Ok(call.meeting()?.faults())
}

/// Writes everything known about the meeting into a file without addresses, names and secrets.
#[tauri::command]
pub(crate) async fn export_diagnostics(
    call: State<'_, Call>,
    frames: State<'_, FrameHub>,
    folders: State<'_, ExportFolders>,
) -> Result<ExportedFile, AppError> {
    let meeting = call.meeting()?;
    let mut bundle = export(&meeting).await?;
    if let Some(bounds) = bundle["bounds"].as_array_mut() {
        bounds.extend(frames.counts().all().iter().map(|bound| json!(bound)));
    }
    let text = serde_json::to_vec_pretty(&bundle).map_err(|_| AppError::Internal)?;
    folders.write(format!("holdfast-diagnostics-{}.json", bundle["atMs"]), text).await
}

/// Writes into the first folder that accepts the file.
fn write(folders: &[PathBuf], name: &str, text: &[u8]) -> io::Result<PathBuf> {
    let mut problem = io::Error::from(io::ErrorKind::NotFound);
    for folder in folders {
        let path = folder.join(name);
        match fs::create_dir_all(folder).and_then(|()| fs::write(&path, text)) {
            Ok(()) => return Ok(path),
            Err(error) => {
                tracing::warn!(kind = %error.kind(), "diagnostics not written");
                problem = error;
            }
        }
    }
    Err(problem)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_folder_that_takes_nothing_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a file");
        fs::write(&file, "in the way").unwrap();
        let good = folder.path().join("not/there/yet");
        let path = write(&[file.clone(), good.clone()], "x.json", b"{}").unwrap();
        assert_eq!(path, good.join("x.json"));
        assert_eq!(fs::read(path).unwrap(), b"{}");
        assert!(write(&[file], "x.json", b"{}").is_err());
    }
}
