//! One link inside the meeting: media goes straight on, everything else goes to the actor.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use holdfast_meeting_machine::{Feeds, Input, LinkEvent, LinkKey, LinkReports};
use holdfast_peer::PeerOutput;
use holdfast_protocol::TrackSource;
use tokio::sync::{Notify, mpsc};

use crate::frames::{FeedFrame, FeedFrames, FrameSize};
use crate::speakers::FeedSounds;

/// What all links reported and the actor has not read yet. Clones are the same. Each link has a bounded queue of its
/// own, so a link that reports too much affects no other, and adding a report never waits.
#[derive(Clone, Default)]
pub(crate) struct Reports {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    queues: Mutex<Queues>,
    news: Notify,
}

#[derive(Default)]
struct Queues {
    by_link: BTreeMap<LinkKey, LinkReports>,
    /// The link whose report was taken last. The next report is from another link, if there is one.
    last: Option<LinkKey>,
    dropped: u64,
}

impl Reports {
    /// Makes room for the reports of a link.
    pub(crate) fn open(&self, link: LinkKey) {
        self.lock().by_link.insert(link, LinkReports::default());
    }

    /// Reports of this link do not count any more.
    pub(crate) fn close(&self, link: &LinkKey) {
        self.lock().by_link.remove(link);
    }

    /// Adds a report. Ignores it if its link was closed.
    fn put(&self, link: &LinkKey, event: LinkEvent) {
        let mut queues = self.lock();
        let Some(reports) = queues.by_link.get_mut(link) else { return };
        let dropped = reports.push(event);
        queues.dropped = queues.dropped.saturating_add(dropped);
        drop(queues);
        self.inner.news.notify_one();
    }

    /// The next report, from each link in turn. Waits for one; may be dropped and called again at any time.
    pub(crate) async fn next(&self) -> Input {
        loop {
            if let Some((key, event)) = self.lock().take() {
                return Input::Link { key, event };
            }
            self.inner.news.notified().await;
        }
    }

    /// How many reports so far found the queue of their link full.
    pub(crate) fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    fn lock(&self) -> MutexGuard<'_, Queues> {
        // It is valid after a panic of any other holder, because each change is a single call.
        self.inner.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queues {
    fn take(&mut self) -> Option<(LinkKey, LinkEvent)> {
        let after =
            self.by_link.iter_mut().filter(|(key, _)| self.last.as_ref().is_some_and(|last| *key > last));
        let (key, event) = match after
            .into_iter()
            .find_map(|(key, reports)| Some((key.clone(), reports.pop()?)))
        {
            Some(found) => found,
            None => self.by_link.iter_mut().find_map(|(key, reports)| Some((key.clone(), reports.pop()?)))?,
        };
        self.last = Some(key.clone());
        Some((key, event))
    }
}

/// Forwards what a link delivers until it ends. It waits only for the link, so a busy actor delays no sound.
pub(crate) async fn pump(
    key: LinkKey,
    feeds: Feeds,
    mut events: mpsc::Receiver<PeerOutput>,
    sounds: FeedSounds,
    frames: FeedFrames,
    reports: Reports,
) {
    let mut sizes: BTreeMap<TrackSource, FrameSize> = BTreeMap::new();
    while let Some(event) = events.recv().await {
        let report = match event {
            PeerOutput::Audio(packet) => {
                if let Some(sound) = &sounds[packet.source] {
                    sound.push(packet.sequence, packet.timestamp, &packet.payload);
                }
                continue;
            }
            PeerOutput::Video(frame) => {
                let feed = feeds.number(frame.source);
                let first = !sizes.contains_key(&frame.source);
                let size = sizes.entry(frame.source).or_default();
                let (width, height) = size.observe(frame.keyframe, &frame.data);
                frames.publish(FeedFrame {
                    feed,
                    keyframe: frame.keyframe,
                    timestamp: frame.timestamp,
                    width,
                    height,
                    data: frame.data,
                });
                if !first {
                    continue;
                }
                LinkEvent::FirstPicture(frame.source)
            }
            PeerOutput::Event(event) => event.into(),
        };
        reports.put(&key, report);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use bytes::Bytes;
    use futures_util::FutureExt;
    use holdfast_meeting_machine::{Arrival, Machine, MeetingDevices, Now};
    use holdfast_peer::{PeerEvent, VideoFrame};
    use holdfast_protocol::{Instance, MediaState, PeerMessage};

    use super::*;

    fn key(n: u8) -> LinkKey {
        LinkKey { remote: format!("{n:016x}").parse().unwrap(), instance: u64::from(n) }
    }

    /// Feeds as a meeting gives them out.
    fn feeds() -> Feeds {
        let arrival = Arrival {
            id: key(1).remote,
            instance: Instance::from_random(1),
            name: "Ada".into(),
            media: MediaState::default(),
            invite: String::new(),
            listening: Vec::new(),
            pinned: None,
            devices: MeetingDevices::default(),
            members: Vec::new(),
        };
        let now = Now { at: std::time::Duration::ZERO, unix_ms: 0 };
        Machine::new(arrival, now).me().feeds.clone()
    }

    fn picture(source: TrackSource) -> PeerOutput {
        PeerOutput::Video(VideoFrame {
            data: Bytes::from_static(&[1]),
            keyframe: false,
            timestamp: 0,
            source,
        })
    }

    /// What the actor would read, if it were there.
    fn taken(reports: &Reports) -> Vec<LinkEvent> {
        let next = || match reports.next().now_or_never()? {
            Input::Link { event, .. } => Some(event),
            _ => None,
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn media_goes_on_while_the_actor_stands_still() {
        const PICTURES: usize = 200;
        let (sender, events) = mpsc::channel(8 * PICTURES);
        let (hub, reports, feeds) = (FeedFrames::new(), Reports::default(), feeds());
        let mut shown = hub.subscribe();
        reports.open(key(2));
        for _ in 0..PICTURES {
            for _ in 0..4 {
                sender.try_send(PeerOutput::Event(PeerEvent::Control(PeerMessage::Goodbye {}))).unwrap();
            }
            sender.try_send(picture(TrackSource::Camera)).unwrap();
        }
        drop(sender);
        // No one takes a report, and the pump runs to its end in one go.
        pump(key(2), feeds, events, FeedSounds::default(), hub, reports.clone())
            .now_or_never()
            .expect("it waits for the actor");
        let pictures = std::iter::from_fn(|| shown.try_recv().ok()).count();
        assert_eq!(pictures, PICTURES);
        let reported = taken(&reports);
        assert!(reports.dropped() > 0, "what did not fit is counted");
        assert_eq!(reported.len() as u64 + reports.dropped(), 4 * PICTURES as u64 + 1);
        assert!(reported.contains(&LinkEvent::FirstPicture(TrackSource::Camera)), "and the rest is not lost");
    }

    #[test]
    fn each_source_of_one_person_is_a_feed_of_its_own() {
        let (sender, events) = mpsc::channel(8);
        let (hub, reports, feeds) = (FeedFrames::new(), Reports::default(), feeds());
        let mut shown = hub.subscribe();
        reports.open(key(2));
        for source in [TrackSource::Camera, TrackSource::Screen, TrackSource::Camera] {
            sender.try_send(picture(source)).unwrap();
        }
        drop(sender);
        pump(key(2), feeds.clone(), events, FeedSounds::default(), hub, reports.clone())
            .now_or_never()
            .unwrap();
        let numbers: Vec<_> = std::iter::from_fn(|| shown.try_recv().ok()).map(|frame| frame.feed).collect();
        let (camera, screen) = (feeds.number(TrackSource::Camera), feeds.number(TrackSource::Screen));
        assert_eq!(numbers, [camera, screen, camera]);
        let first = [TrackSource::Camera, TrackSource::Screen].map(LinkEvent::FirstPicture);
        assert_eq!(taken(&reports), first);
    }

    #[test]
    fn a_link_that_reports_much_does_not_keep_the_others_waiting() {
        let reports = Reports::default();
        for n in [2, 3] {
            reports.open(key(n));
        }
        for _ in 0..3 {
            reports.put(&key(2), PeerEvent::ControlOpen.into());
        }
        reports.put(&key(3), LinkEvent::from(PeerEvent::ControlClosed));
        assert_eq!(taken(&reports)[1], LinkEvent::from(PeerEvent::ControlClosed));
        reports.put(&key(2), PeerEvent::ControlOpen.into());
        reports.close(&key(2));
        reports.put(&key(2), PeerEvent::ControlOpen.into());
        assert_eq!(taken(&reports), []);
    }
}
