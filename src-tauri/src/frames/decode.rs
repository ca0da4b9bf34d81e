//! Decodes VP8 for feeds whose page cannot, on a thread of its own, one per page, started when first needed.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc as thread_channel;
use std::thread;

use bytes::Bytes;
use holdfast_media::video::{I420Frame, Vp8Decoder};
use tokio::sync::mpsc;

use super::credit::FrameFormat;
use super::header::Header;

/// Frames that may wait for decoding: a second of one feed. A 720p frame takes about 2 ms. If more than this waits, the
/// machine cannot keep up, and a restart at a keyframe is better than growing late.
const QUEUE: usize = 32;

enum Job {
    Decode { feed: u32, timestamp_us: u64, keyframe: bool, data: Bytes },
    Forget { feed: u32 },
}

/// What the decoder returns.
pub(crate) enum Decoded {
    /// A picture.
    Picture(Picture),
    /// The feed cannot be decoded before its next keyframe.
    Broken {
        /// The feed.
        feed: u32,
        /// The timestamp of the frame that could not be decoded.
        timestamp_us: u64,
        /// Whether it was a keyframe. Then the next one will probably fail too, because the sender makes it too large
        /// or damaged.
        keyframe: bool,
    },
}

/// A decoded picture of a feed.
pub(crate) struct Picture {
    pub(crate) feed: u32,
    pub(super) timestamp_us: u64,
    pub(super) keyframe: bool,
    pub(super) frame: I420Frame,
}

impl Picture {
    /// The binary message for the page.
    pub(crate) fn message(&self, seq: u32) -> Vec<u8> {
        // VP8 has 14 bits for each side (RFC 6386 section 9.1), so neither side is ever cut here.
        let side = |pixels: u32| u16::try_from(pixels).unwrap_or(u16::MAX);
        let header = Header {
            format: FrameFormat::I420,
            keyframe: self.keyframe,
            undecodable: false,
            feed: self.feed,
            seq,
            timestamp_us: self.timestamp_us,
            width: side(self.frame.width),
            height: side(self.frame.height),
        };
        header.message(&[&self.frame.y, &self.frame.u, &self.frame.v])
    }
}

/// The handle to the thread; it ends when this is dropped.
pub(crate) struct DecodeThread {
    jobs: thread_channel::SyncSender<Job>,
    waiting: Arc<AtomicUsize>,
}

impl DecodeThread {
    pub(crate) fn start(results: mpsc::Sender<Decoded>) -> io::Result<Self> {
        // One place more than `has_room` offers, so that a request to forget soon finds a place.
        let (jobs, queue) = thread_channel::sync_channel(QUEUE + 1);
        let waiting = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&waiting);
        thread::Builder::new().name("feed-decode".into()).spawn(move || run(&queue, &counter, &results))?;
        Ok(Self { jobs, waiting })
    }

    /// Whether another frame would be taken.
    pub(crate) fn has_room(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) < QUEUE
    }

    /// Queues a frame; `false` when it could not be taken.
    pub(crate) fn decode(&self, feed: u32, timestamp_us: u64, keyframe: bool, data: Bytes) -> bool {
        self.queue(Job::Decode { feed, timestamp_us, keyframe, data })
    }

    /// Frees the feed's decoder. When the queue is full, the decoder stays until the thread ends.
    pub(crate) fn forget(&self, feed: u32) {
        self.queue(Job::Forget { feed });
    }

    fn queue(&self, job: Job) -> bool {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let taken = self.jobs.try_send(job).is_ok();
        if !taken {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        taken
    }
}

fn run(queue: &thread_channel::Receiver<Job>, waiting: &AtomicUsize, results: &mpsc::Sender<Decoded>) {
    let mut decoders = BTreeMap::new();
    while let Ok(job) = queue.recv() {
        waiting.fetch_sub(1, Ordering::Relaxed);
        let decoded = match job {
            Job::Forget { feed } => {
                decoders.remove(&feed);
                continue;
            }
            Job::Decode { feed, timestamp_us, keyframe, data } => {
                match decode(&mut decoders, feed, keyframe, &data) {
                    Ok(Some(frame)) => Decoded::Picture(Picture { feed, timestamp_us, keyframe, frame }),
                    Ok(None) => continue,
                    Err(()) => Decoded::Broken { feed, timestamp_us, keyframe },
                }
            }
        };
        if results.blocking_send(decoded).is_err() {
            return;
        }
    }
}

/// Decodes with the feed's decoder. A decoder that failed is thrown away; the next keyframe makes a new one.
fn decode(
    decoders: &mut BTreeMap<u32, Vp8Decoder>,
    feed: u32,
    keyframe: bool,
    data: &[u8],
) -> Result<Option<I420Frame>, ()> {
    if keyframe {
        decoders.entry(feed).or_default();
    }
    let Some(decoder) = decoders.get_mut(&feed) else { return Err(()) };
    decoder.decode(data).map_err(|error| {
        tracing::debug!(feed, %error, "frame not decoded");
        decoders.remove(&feed);
    })
}
