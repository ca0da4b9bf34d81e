//! Publishes the frames of the current meeting to every page session, and collects the sessions' keyframe requests. It
//! outlives meetings: a page may connect before there is one.

use std::sync::Arc;

use holdfast_meeting::{FRAME_BACKLOG, FeedFrame};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Mutex, broadcast, mpsc};

use super::counts::{Bound, Counts};

/// Requests that may wait: one per feed, with room to spare. A lost request is made again.
const KEYFRAME_BACKLOG: usize = 64;

/// What a session gets.
#[derive(Clone, Debug)]
pub(crate) enum HubEvent {
    /// A frame of a feed.
    Frame(FeedFrame),
    /// Frames of some feeds are missing.
    Lost,
    /// Another meeting began: feed numbers start again.
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

    /// Gives the frame to every session. Having no session is normal.
    pub(crate) fn publish(&self, frame: FeedFrame) {
        let _ = self.frames.send(HubEvent::Frame(frame));
    }

    /// This many frames were lost on the way here.
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

    /// Asks the sender of the feed for a keyframe. Never waits.
    pub(crate) fn request_keyframe(&self, feed: u32) {
        if self.wanted.try_send(feed).is_err() {
            self.counts.add(Bound::KeyframeRequests, 1);
        }
    }

    /// How often bounds were hit in this meeting.
    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Passes frames on to the sessions, and keyframe requests to `request`, which says whether the meeting still
    /// exists. Ends when it does not, or when the frames end.
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
                Some(feed) = self.keyframe_wanted() => {
                    if !request(feed).await {
                        return;
                    }
                }
            }
        }
    }

    /// The next feed for which a keyframe is wanted. Waits. Only one caller at a time gets feeds.
    pub(crate) async fn keyframe_wanted(&self) -> Option<u32> {
        self.requests.lock().await.recv().await
    }
}
