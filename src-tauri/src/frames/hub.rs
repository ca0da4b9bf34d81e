//! Where frames of the current meeting are published for every page session, and where sessions leave their
//! requests for keyframes. It outlives meetings: a page may be connected before there is one.

use std::sync::Arc;

use holdfast_meeting::{FRAME_BACKLOG, FeedFrame};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Mutex, broadcast, mpsc};

use super::counts::{Bound, Counts};

/// Requests that may wait: one per tile, generously. A request that is lost is made again.
const KEYFRAME_BACKLOG: usize = 64;

/// What a session hears.
#[derive(Clone, Debug)]
pub(crate) enum HubEvent {
    /// A frame of a tile.
    Frame(FeedFrame),
    /// Frames of any tile are missing.
    Lost,
    /// Another meeting: tile numbers start over.
    Reset,
}

/// Cheap to clone; all clones are the same hub.
#[derive(Clone)]
pub(crate) struct FrameHub {
    frames: broadcast::Sender<HubEvent>,
    wanted: mpsc::Sender<u32>,
    requests: Arc<Mutex<mpsc::Receiver<u32>>>,
    counts: Counts,
}

impl FrameHub {
    pub(crate) fn new() -> Self {
        let (wanted, requests) = mpsc::channel(KEYFRAME_BACKLOG);
        Self {
            frames: broadcast::Sender::new(FRAME_BACKLOG),
            wanted,
            requests: Arc::new(Mutex::new(requests)),
            counts: Counts::default(),
        }
    }

    /// Gives the frame to every session. No session is a normal state.
    pub(crate) fn publish(&self, frame: FeedFrame) {
        let _ = self.frames.send(HubEvent::Frame(frame));
    }

    /// So many frames were lost on the way here.
    pub(crate) fn lost(&self, frames: u64) {
        self.counts.add(Bound::Lagged, frames);
        let _ = self.frames.send(HubEvent::Lost);
    }

    /// A new meeting begins.
    pub(crate) fn reset(&self) {
        self.counts.reset();
        let _ = self.frames.send(HubEvent::Reset);
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<HubEvent> {
        self.frames.subscribe()
    }

    /// Asks the sender of the tile for a keyframe. Never waits.
    pub(crate) fn request_keyframe(&self, tile: u32) {
        if self.wanted.try_send(tile).is_err() {
            self.counts.add(Bound::KeyframeRequests, 1);
        }
    }

    /// How often bounds were hit in this meeting.
    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Passes frames on to the sessions, and requests for a tile's keyframe to `request`, which says whether the meeting
    /// is still there. Ends when it is not, and with the frames.
    pub(crate) async fn pump<F: Future<Output = bool>>(
        self,
        mut frames: broadcast::Receiver<FeedFrame>,
        request: impl Fn(u32) -> F,
    ) {
        loop {
            tokio::select! {
                frame = frames.recv() => match frame {
                    Ok(frame) => self.publish(frame),
                    Err(RecvError::Lagged(frames)) => self.lost(frames),
                    Err(RecvError::Closed) => return,
                },
                Some(tile) = self.keyframe_wanted() => {
                    if !request(tile).await {
                        return;
                    }
                }
            }
        }
    }

    /// The next tile a keyframe is wanted of. Waits; one caller at a time gets them.
    pub(crate) async fn keyframe_wanted(&self) -> Option<u32> {
        self.requests.lock().await.recv().await
    }
}
