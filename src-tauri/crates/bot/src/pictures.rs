//! Decodes the pictures of the others on a thread of its own.
//!
//! Knows feeds and VP8, not people. The network never waits for it: the caller drops and counts what the decoder has
//! no time for.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Instant;

use holdfast_media::video::Vp8Decoder;
use holdfast_meeting::FeedFrame;
use tokio::sync::mpsc;

/// Frames that may wait for the decoder: a second of eight feeds.
const WAITING_FRAMES: usize = 256;

/// Decoders kept at a time: enough for a full room twice.
const MOST_TILES: usize = 32;

/// The result for one frame.
#[derive(Debug)]
pub(crate) enum Picture {
    /// Decoded.
    Shown { feed: u32, width: u32, height: u32, at: Instant },
    /// Cannot be decoded without a new keyframe.
    KeyframeWanted { feed: u32 },
}

/// Hands frames to the decoding thread. Dropping it ends the thread.
pub(crate) struct Decoding {
    frames: SyncSender<FeedFrame>,
}

impl Decoding {
    /// Starts the thread.
    pub(crate) fn start() -> std::io::Result<(Self, mpsc::Receiver<Picture>)> {
        let (frames, waiting) = sync_channel(WAITING_FRAMES);
        let (pictures, shown) = mpsc::channel(WAITING_FRAMES);
        std::thread::Builder::new().name("decoding".into()).spawn(move || decode_all(&waiting, &pictures))?;
        Ok((Self { frames }, shown))
    }

    /// Hands over a frame; false when the decoder has no room for it.
    pub(crate) fn push(&self, frame: FeedFrame) -> bool {
        !matches!(self.frames.try_send(frame), Err(TrySendError::Full(_)))
    }
}

fn decode_all(frames: &Receiver<FeedFrame>, pictures: &mpsc::Sender<Picture>) {
    let mut decoders: HashMap<u32, Vp8Decoder> = HashMap::new();
    while let Ok(frame) = frames.recv() {
        if let Some(picture) = decode(&mut decoders, &frame)
            && pictures.blocking_send(picture).is_err()
        {
            return;
        }
    }
}

fn decode(decoders: &mut HashMap<u32, Vp8Decoder>, frame: &FeedFrame) -> Option<Picture> {
    let feed = frame.feed.0;
    if !decoders.contains_key(&feed) {
        if !frame.keyframe {
            return Some(Picture::KeyframeWanted { feed });
        }
        if decoders.len() >= MOST_TILES {
            // Tiles are numbered in the order in which people come, so the smallest number belongs to the oldest.
            let oldest = decoders.keys().min().copied()?;
            decoders.remove(&oldest);
        }
        decoders.insert(feed, Vp8Decoder::new());
    }
    match decoders.get_mut(&feed)?.decode(&frame.data) {
        Ok(Some(picture)) => {
            Some(Picture::Shown { feed, width: picture.width, height: picture.height, at: Instant::now() })
        }
        Ok(None) => None,
        Err(error) => {
            tracing::debug!(feed, %error, "picture not decoded");
            decoders.remove(&feed);
            Some(Picture::KeyframeWanted { feed })
        }
    }
}
