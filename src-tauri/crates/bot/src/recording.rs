//! Writes what the others send to files: `NAME-ID.wav` and `NAME-ID.ivf`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use holdfast_media::audio::{AudioError, RemoteAudio};
use holdfast_meeting::FeedFrame;

use crate::ivf::IvfWriter;

/// Characters of a name that go into a file name.
const NAME_CHARS: usize = 32;

/// Writes into one folder.
pub(crate) struct Recording {
    folder: PathBuf,
    pictures: HashMap<u32, IvfWriter>,
    /// By feed. Held until its file is complete, because other holders release it at a time we do not know.
    sounds: HashMap<u32, Arc<RemoteAudio>>,
}

impl Recording {
    /// Makes the folder if it is not there.
    pub(crate) fn create(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_path_buf(), pictures: HashMap::new(), sounds: HashMap::new() })
    }

    /// Records the sound of a participant from now on. A participant who comes back gets a new file.
    pub(crate) fn sound(
        &mut self,
        name: &str,
        id: &str,
        feed: u32,
        audio: &Arc<RemoteAudio>,
    ) -> Result<(), AudioError> {
        audio.record_to(self.free(name, id, "wav"))?;
        if let Some(before) = self.sounds.insert(feed, Arc::clone(audio)) {
            before.end_recording();
        }
        Ok(())
    }

    /// Adds a picture. After a failed write, recording into that file stops with a warning; the meeting goes on.
    pub(crate) fn picture(&mut self, name: &str, id: &str, frame: &FeedFrame) {
        if !self.pictures.contains_key(&frame.feed.0) {
            match IvfWriter::create(&self.free(name, id, "ivf")) {
                Ok(writer) => {
                    self.pictures.insert(frame.feed.0, writer);
                }
                Err(error) => {
                    tracing::warn!(kind = ?error.kind(), "recording not started");
                    return;
                }
            }
        }
        let Some(writer) = self.pictures.get_mut(&frame.feed.0) else { return };
        let size = (frame.width, frame.height);
        if let Err(error) = writer.write(&frame.data, frame.keyframe, frame.timestamp, size) {
            tracing::warn!(kind = ?error.kind(), "recording not continued");
        }
    }

    /// Completes the files of a participant who left.
    pub(crate) fn left(&mut self, feed: u32) {
        self.pictures.remove(&feed);
        if let Some(audio) = self.sounds.remove(&feed) {
            audio.end_recording();
        }
    }

    fn free(&self, name: &str, id: &str, extension: &str) -> PathBuf {
        let stem = format!("{}-{id}", file_name(name));
        let first = self.folder.join(format!("{stem}.{extension}"));
        if !first.exists() {
            return first;
        }
        (2u32..)
            .map(|n| self.folder.join(format!("{stem}-{n}.{extension}")))
            .find(|path| !path.exists())
            .unwrap_or(first)
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        for audio in self.sounds.values() {
            audio.end_recording();
        }
    }
}

/// Makes a part of a file name from a name that someone else chose: letters and digits only.
fn file_name(name: &str) -> String {
    let safe = |letter: char| if letter.is_alphanumeric() { letter } else { '_' };
    name.chars().take(NAME_CHARS).map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_the_folder() {
        assert_eq!(file_name("../../etc/passwd"), "______etc_passwd");
        assert_eq!(file_name("Zoë 2"), "Zoë_2");
        assert_eq!(file_name(&"x".repeat(500)).len(), NAME_CHARS);
    }
}
