//! One page that shows pictures: takes frames from the hub, decides per feed what the page may get, and fills its
//! outbox. Knows nothing of sockets or channels.

use std::collections::BTreeMap;

use holdfast_meeting::FeedFrame;
use tokio::sync::{broadcast, mpsc};

use super::counts::Bound;
use super::credit::{Flow, FrameFormat, Step};
use super::decode::{DecodeThread, Decoded, Picture};
use super::header::Header;
use super::hub::{FrameHub, HubEvent};
use super::request::FrameRequest;
use super::timeline::Timeline;

/// Feeds at once. A room has 16 people with a camera and a screen each. Beyond twice that number (people who came and
/// went), the feed that was longest without a frame is forgotten.
const FEEDS: usize = 64;

/// Messages for the page that may wait to be written. The credits bound them per feed; this bounds their sum.
pub(crate) const OUTBOX: usize = 64;

/// Messages of the page that may wait. If it is full, the reader waits.
pub(crate) const INBOX: usize = 64;

/// Pictures between the decoder and us. The decoder waits for us, so one is enough to keep it busy.
const DECODED: usize = 1;

struct Feed {
    flow: Flow,
    timeline: Timeline,
    /// The newest decoded picture for which there was no credit.
    held: Option<Picture>,
    /// When a frame last came, counted in frames of all feeds.
    used: u64,
}

/// The state of one page's pictures.
pub(crate) struct Session {
    hub: FrameHub,
    format: FrameFormat,
    feeds: BTreeMap<u32, Feed>,
    outbox: mpsc::Sender<Vec<u8>>,
    decoder: Option<DecodeThread>,
    decoded: mpsc::Receiver<Decoded>,
    decoded_sender: mpsc::Sender<Decoded>,
    frames_seen: u64,
}

impl Session {
    /// A session for a page that wants `format` unless it says otherwise for a feed.
    pub(crate) fn new(hub: FrameHub, format: FrameFormat, outbox: mpsc::Sender<Vec<u8>>) -> Self {
        let (decoded_sender, decoded) = mpsc::channel(DECODED);
        Self {
            hub,
            format,
            feeds: BTreeMap::new(),
            outbox,
            decoder: None,
            decoded,
            decoded_sender,
            frames_seen: 0,
        }
    }

    /// Runs until the page is gone (the inbox or the outbox is closed).
    pub(crate) async fn run(mut self, mut inbox: mpsc::Receiver<FrameRequest>) {
        let mut frames = self.hub.subscribe();
        loop {
            tokio::select! {
                message = inbox.recv() => match message {
                    Some(message) => self.heard(message),
                    None => return,
                },
                () = self.outbox.closed() => return,
                Some(decoded) = self.decoded.recv() => self.decoded(decoded),
                event = frames.recv() => match event {
                    Ok(HubEvent::Frame(frame)) => self.frame(frame),
                    Ok(HubEvent::Reset) => self.forget_all(),
                    Ok(HubEvent::Lost) => self.lost(),
                    Err(broadcast::error::RecvError::Lagged(frames)) => {
                        self.hub.counts().add(Bound::Lagged, frames);
                        self.lost();
                    }
                    Err(broadcast::error::RecvError::Closed) => return,
                },
            }
        }
    }

    fn lost(&mut self) {
        self.feeds.values_mut().for_each(|feed| feed.flow.lost());
    }

    pub(super) fn frame(&mut self, frame: FeedFrame) {
        self.frames_seen += 1;
        let room = match self.feed(frame.feed.0).flow.format() {
            FrameFormat::Vp8 => self.outbox.capacity() > 0,
            FrameFormat::I420 => self.decoder().is_some_and(DecodeThread::has_room),
        };
        let used = self.frames_seen;
        let feed = self.feed(frame.feed.0);
        feed.used = used;
        let timestamp_us = feed.timeline.microseconds(frame.timestamp);
        let step = feed.flow.offer(frame.keyframe, room);
        if !feed.flow.is_looked_at() {
            // When someone looks at the feed again, this is long out of date.
            feed.held = None;
        }
        match step {
            Step::Send(seq) => {
                let header = Header {
                    format: FrameFormat::Vp8,
                    keyframe: frame.keyframe,
                    undecodable: false,
                    feed: frame.feed.0,
                    seq,
                    timestamp_us,
                    width: frame.width,
                    height: frame.height,
                };
                self.send(header.message(&[&frame.data]));
            }
            Step::Decode => {
                let taken = self.decoder().is_some_and(|decoder| {
                    decoder.decode(frame.feed.0, timestamp_us, frame.keyframe, frame.data)
                });
                if !taken {
                    self.feed(frame.feed.0).flow.lost();
                }
            }
            Step::Drop => self.hub.counts().add(Bound::NotTaken, 1),
            Step::DropAndRequestKeyframe => {
                self.hub.counts().add(Bound::NotTaken, 1);
                self.hub.request_keyframe(frame.feed.0);
            }
        }
    }

    pub(super) fn decoded(&mut self, decoded: Decoded) {
        match decoded {
            Decoded::Picture(picture) => {
                let number = picture.feed;
                // A feed that was forgotten or went back to VP8 meanwhile wants no picture.
                if let Some(feed) = self.feeds.get_mut(&number)
                    && feed.flow.format() == FrameFormat::I420
                {
                    feed.held = Some(picture);
                    self.send_held(number);
                }
            }
            Decoded::Broken { feed: number, timestamp_us, keyframe } => {
                self.hub.counts().add(Bound::Undecodable, 1);
                let room = self.outbox.capacity() > 0;
                let Some(feed) = self.feeds.get_mut(&number) else { return };
                feed.flow.lost();
                // A good keyframe follows a damaged frame. Only a keyframe that fails itself is worth a message.
                if keyframe
                    && room
                    && let Some(seq) = feed.flow.picture()
                {
                    let (format, undecodable) = (FrameFormat::I420, true);
                    let (width, height) = (0, 0);
                    let header = Header {
                        format,
                        keyframe,
                        undecodable,
                        feed: number,
                        seq,
                        timestamp_us,
                        width,
                        height,
                    };
                    self.send(header.message(&[]));
                }
            }
        }
    }

    fn send_held(&mut self, number: u32) {
        let room = self.outbox.capacity() > 0;
        let Some(feed) = self.feeds.get_mut(&number) else { return };
        if !room || feed.held.is_none() {
            return;
        }
        if let Some(seq) = feed.flow.picture()
            && let Some(picture) = feed.held.take()
        {
            self.send(picture.message(seq));
        }
    }

    pub(super) fn heard(&mut self, message: FrameRequest) {
        match message {
            FrameRequest::Credit { feed: number, seq } => {
                // Only for feeds that exist, so that a page cannot use up our memory this way.
                if let Some(feed) = self.feeds.get_mut(&number) {
                    if feed.flow.acknowledge(seq) {
                        self.hub.request_keyframe(number);
                    }
                    self.send_held(number);
                }
            }
            FrameRequest::Format { feed, format } => self.restart(feed, Some(format)),
            FrameRequest::Keyframe { feed } => self.restart(feed, None),
        }
    }

    fn restart(&mut self, number: u32, format: Option<FrameFormat>) {
        let feed = self.feed(number);
        let format = format.unwrap_or(feed.flow.format());
        feed.flow.restart(format);
        feed.held = None;
        self.hub.request_keyframe(number);
    }

    fn send(&self, message: Vec<u8>) {
        // There was room when this was decided, and only this session sends. A closed outbox ends it.
        let _ = self.outbox.try_send(message);
    }

    fn feed(&mut self, number: u32) -> &mut Feed {
        if self.feeds.len() >= FEEDS
            && !self.feeds.contains_key(&number)
            && let Some(oldest) =
                self.feeds.iter().min_by_key(|(_, feed)| feed.used).map(|(number, _)| *number)
        {
            self.feeds.remove(&oldest);
            self.hub.counts().add(Bound::Feeds, 1);
            if let Some(decoder) = &self.decoder {
                decoder.forget(oldest);
            }
        }
        let (format, used) = (self.format, self.frames_seen);
        self.feeds.entry(number).or_insert_with(|| Feed {
            flow: Flow::new(format),
            timeline: Timeline::default(),
            held: None,
            used,
        })
    }

    fn forget_all(&mut self) {
        self.feeds.clear();
        // Its thread ends with it. A page that still needs one gets a new one. What it was decoding is dropped: a
        // picture of the last meeting must not appear in this one.
        self.decoder = None;
        (self.decoded_sender, self.decoded) = mpsc::channel(DECODED);
    }

    /// The decoding thread, started for the first feed that needs it.
    fn decoder(&mut self) -> Option<&DecodeThread> {
        if self.decoder.is_none() {
            self.decoder = DecodeThread::start(self.decoded_sender.clone())
                .inspect_err(|error| tracing::warn!(%error, "no thread to decode pictures on"))
                .ok();
        }
        self.decoder.as_ref()
    }
}
