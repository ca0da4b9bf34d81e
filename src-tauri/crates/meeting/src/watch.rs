//! Looks at what changes all the time: how loud people are, how good the connections are, whose sound comes.

use std::collections::HashMap;
use std::time::Duration;

use holdfast_peer::Peer;
use holdfast_protocol::ParticipantId;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::levels::{self, Levels, Reading};
use crate::machine::{HEARING, Input};
use crate::muted_voice::MutedVoice;
use crate::quality::Grades;
use crate::speakers::Speakers;
use crate::view::{ConnectionState, MeetingEvent, ParticipantView};

/// Readings of the levels for one of everything else.
const OTHERWISE: u32 = (HEARING.as_millis() / levels::EVERY.as_millis()) as u32;

/// Looks, by its own clock.
pub(crate) struct Watch {
    ticks: Interval,
    count: u32,
    levels: Levels,
    muted_voice: MutedVoice,
    grades: Grades,
    packets: HashMap<ParticipantId, u64>,
}

impl Watch {
    pub(crate) fn start() -> Self {
        let mut ticks = interval(levels::EVERY);
        // A machine that was busy needs no second look at once.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            ticks,
            count: 0,
            levels: Levels::default(),
            muted_voice: MutedVoice::default(),
            grades: Grades::default(),
            packets: HashMap::new(),
        }
    }

    /// Waits until it is time to look.
    pub(crate) async fn due(&mut self) {
        self.ticks.tick().await;
    }

    /// Looks at the levels. `captured`: of our microphone, also while it is closed; nothing before it was first open.
    pub(crate) fn levels(
        &mut self,
        speakers: &Speakers,
        captured: Option<f32>,
        open: bool,
        now: Duration,
    ) -> impl Iterator<Item = MeetingEvent> + use<> {
        self.count = self.count.wrapping_add(1);
        let others = speakers.levels();
        let heard: Vec<_> = others.iter().map(|(_, level)| *level).collect();
        let muted_voice = self.muted_voice.read(captured.filter(|_| !open), &heard, now);
        let levels = self.levels.read(Reading { me: captured.filter(|_| open), others }, now);
        levels.into_iter().chain(muted_voice.then_some(MeetingEvent::MutedVoice))
    }

    /// Whether it is time for everything else.
    pub(crate) fn is_long_due(&self) -> bool {
        self.count.is_multiple_of(OTHERWISE)
    }

    /// Looks at the connections.
    pub(crate) fn quality(
        &mut self,
        peers: &HashMap<ParticipantId, Peer>,
        people: &[ParticipantView],
    ) -> Option<MeetingEvent> {
        let state = |id: &ParticipantId| people.iter().find(|view| view.id == *id).map(|view| view.state);
        let mut connections: Vec<_> = peers
            .iter()
            .map(|(id, peer)| (id.clone(), state(id).unwrap_or(ConnectionState::Waiting), peer.stats()))
            .collect();
        connections.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        self.grades.read(connections)
    }

    /// Whose sound came since this was asked last.
    pub(crate) fn heard(&mut self, speakers: &Speakers) -> Input {
        let counts = speakers.packets();
        let more =
            |(id, count): &(ParticipantId, u64)| self.packets.get(id).is_none_or(|before| before != count);
        let heard = counts.iter().filter(|one| one.1 > 0 && more(one)).map(|(id, _)| id.clone()).collect();
        self.packets = counts.into_iter().collect();
        Input::Heard(heard)
    }
}
