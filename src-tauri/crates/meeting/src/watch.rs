//! Reads what changes all the time: how loud people are, how good the connections are, whose sound arrives.

use std::collections::HashMap;
use std::time::Duration;

use holdfast_meeting_machine::loudness::{self, Levels, Reading};
use holdfast_meeting_machine::muted_voice::MutedVoice;
use holdfast_meeting_machine::quality::{Grades, Measured};
use holdfast_meeting_machine::{HEARING, Input, LinkKey, Machine};
use holdfast_negotiation::PeerState;
use holdfast_peer::{Peer, PeerStats};
use holdfast_protocol::{ParticipantId, TrackSource};
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::speakers::Speakers;
use crate::view::MeetingEvent;

/// How many readings of the levels there are for one reading of everything else.
const OTHERWISE: u32 = (HEARING.as_millis() / loudness::EVERY.as_millis()) as u32;

/// Reads, by its own clock.
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
        let mut ticks = interval(loudness::EVERY);
        // After a busy moment, a second reading at once is of no use.
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

    /// Waits until the next reading.
    pub(crate) async fn due(&mut self) {
        self.ticks.tick().await;
    }

    /// Reads the levels. `captured`: level of our microphone, also while it is closed; `None` before it was first
    /// opened.
    pub(crate) fn levels(
        &mut self,
        speakers: &Speakers,
        captured: Option<f32>,
        open: bool,
        now: Duration,
    ) -> impl Iterator<Item = MeetingEvent> + use<> {
        self.count = self.count.wrapping_add(1);
        let others = speakers.levels();
        // A film on a shared screen is no conversation that goes on while we are muted.
        let voices = others.iter().filter(|(feed, _)| feed.source == TrackSource::Microphone);
        let heard: Vec<_> = voices.map(|(_, level)| *level).collect();
        let muted_voice = self.muted_voice.read(captured.filter(|_| !open), &heard, now);
        let levels = self.levels.read(Reading { me: captured.filter(|_| open), others }, now);
        levels.into_iter().map(MeetingEvent::from).chain(muted_voice.then_some(MeetingEvent::MutedVoice))
    }

    /// Whether it is time to read everything else.
    pub(crate) fn is_long_due(&self) -> bool {
        self.count.is_multiple_of(OTHERWISE)
    }

    /// Reads the links.
    pub(crate) fn quality(
        &mut self,
        peers: &HashMap<LinkKey, Peer>,
        machine: &Machine,
    ) -> Option<MeetingEvent> {
        let state = |id: &ParticipantId| machine.link(id).map_or(PeerState::Waiting, |link| link.state());
        let mut measured: Vec<_> = peers
            .iter()
            .map(|(link, peer)| (link.remote.clone(), state(&link.remote), measured(peer.stats())))
            .collect();
        measured.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        self.grades.read(measured).map(|qualities| MeetingEvent::Quality { qualities })
    }

    /// Whose voice came since the last call.
    pub(crate) fn heard(&mut self, speakers: &Speakers) -> Input {
        let counts = speakers.voice_packets();
        let more =
            |(id, count): &(ParticipantId, u64)| self.packets.get(id).is_none_or(|before| before != count);
        let heard = counts.iter().filter(|one| one.1 > 0 && more(one)).map(|(id, _)| id.clone()).collect();
        self.packets = counts.into_iter().collect();
        Input::Heard(heard)
    }
}

fn measured(stats: PeerStats) -> Measured {
    let PeerStats { rtt_ms, loss_in, loss_out, kbps_in, kbps_out, .. } = stats;
    Measured { rtt_ms, loss_in, loss_out, kbps_in, kbps_out }
}
