//! Events on their way to the listener. The queue is bounded. A snapshot replaces what does not fit.

use tokio::sync::mpsc;

use crate::view::{MeetingEvent, MeetingSnapshot};

/// Events that may wait for a slow listener. Beyond that a fresh snapshot replaces them.
pub(crate) const EVENT_QUEUE: usize = 256;

/// The sending side of a meeting's events.
pub(crate) struct Events {
    sender: mpsc::Sender<MeetingEvent>,
    lost: bool,
    /// Events that found the queue full.
    pub(crate) dropped: u64,
}

impl Events {
    pub(crate) fn new() -> (Self, mpsc::Receiver<MeetingEvent>) {
        let (sender, receiver) = mpsc::channel(EVENT_QUEUE);
        (Self { sender, lost: false, dropped: 0 }, receiver)
    }

    /// Sends an event; after a loss the listener first gets a snapshot, which already contains it.
    pub(crate) fn send(&mut self, event: MeetingEvent, snapshot: impl FnOnce() -> MeetingSnapshot) {
        if self.lost && self.sender.capacity() >= 2 {
            let whole = MeetingEvent::Snapshot { snapshot: Box::new(snapshot()) };
            self.lost = self.sender.try_send(whole).is_err();
        }
        if self.sender.try_send(event).is_err() && !self.sender.is_closed() {
            self.lost = true;
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// Sends an event that the next look replaces, but only while there is plenty of room: a slow listener must not
    /// lose real events because of levels.
    pub(crate) fn send_passing(&self, event: MeetingEvent) {
        if self.sender.capacity() > EVENT_QUEUE / 2 {
            let _ = self.sender.try_send(event);
        }
    }

    /// Waits for room, because the last event of a meeting must not be lost.
    pub(crate) async fn send_last(&self, event: MeetingEvent) {
        use std::time::Duration;
        /// A listener that takes nothing for this long does not listen.
        const LAST_EVENT_WAIT: Duration = Duration::from_secs(1);
        let _ = self.sender.send_timeout(event, LAST_EVENT_WAIT).await;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use holdfast_meeting_machine::{Arrival, Machine, MeetingDevices, Notice, Now};
    use holdfast_protocol::{Instance, MediaState};

    fn snapshot() -> MeetingSnapshot {
        let arrival = Arrival {
            id: "0000000000000001".parse().unwrap(),
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
        crate::view::snapshot(&Machine::new(arrival, now), crate::ChatStanding::default())
    }

    #[test]
    fn what_passes_leaves_room_for_what_counts() {
        let (mut events, mut receiver) = Events::new();
        let silence = MeetingEvent::Levels { me: 0.0, levels: Vec::new(), active_speaker: None };
        for _ in 0..EVENT_QUEUE {
            events.send_passing(silence.clone());
        }
        let notice = MeetingEvent::Notice { code: Notice::QueueOverflow };
        events.send(notice.clone(), snapshot);
        let told: Vec<_> = std::iter::from_fn(|| receiver.try_recv().ok()).collect();
        assert_eq!(told.last(), Some(&notice));
    }

    #[test]
    fn a_listener_that_lost_events_gets_a_snapshot_before_the_next_one() {
        let (mut events, mut receiver) = Events::new();
        let notice = MeetingEvent::Notice { code: Notice::QueueOverflow };
        for _ in 0..EVENT_QUEUE + 3 {
            events.send(notice.clone(), snapshot);
        }
        for _ in 0..EVENT_QUEUE {
            assert_eq!(receiver.try_recv().unwrap(), notice);
        }
        events.send(notice.clone(), snapshot);
        assert!(matches!(receiver.try_recv().unwrap(), MeetingEvent::Snapshot { .. }));
        assert_eq!(receiver.try_recv().unwrap(), notice);
    }
}
