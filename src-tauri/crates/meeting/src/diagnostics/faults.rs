//! Faults on purpose, and how the meeting came back from each. The shell decides who may inject them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use holdfast_negotiation::PeerState;
use holdfast_peer::Peer;
use holdfast_protocol::ParticipantId;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, MissedTickBehavior};
use ts_rs::TS;

use super::Inspection;
use super::recovery::{Recovery, Seen};
use crate::error::MeetingError;
use crate::meeting::Meeting;

/// Longest fault. The ladder reaches its end much earlier.
const LONGEST: Duration = Duration::from_secs(120);
/// How often a running fault is checked, and so how exact its times are.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// If a meeting has not come back this long after a fault ended, it is no longer watched. The longest pause of the
/// background retries fits in twice.
const WATCHED_FOR: Duration = Duration::from_secs(60);
/// Faults remembered in a meeting. Beyond this, the oldest is forgotten.
const REMEMBERED: usize = 50;

/// What to break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "camelCase")]
#[ts(export)]
pub enum Fault {
    /// Close the socket to the meeting server.
    Signaling,
    /// Lose everything to and from one participant.
    Cut {
        /// The participant.
        participant: ParticipantId,
        /// For how long, 1 to 120.
        seconds: u32,
    },
    /// Lose some of everything to and from one participant.
    Loss {
        /// The participant.
        participant: ParticipantId,
        /// How much, 1 to 100.
        percent: u8,
        /// For how long, 1 to 120.
        seconds: u32,
    },
    /// Act as if this machine had slept.
    Sleep,
}

/// A fault that was injected, and its effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct FaultReport {
    /// Grows with each fault.
    pub id: u32,
    /// What was broken.
    pub fault: Fault,
    /// When, in milliseconds of Unix time.
    #[ts(type = "number")]
    pub at_ms: u64,
    /// How long after it people saw that something is wrong; null if they did not.
    #[ts(type = "number | null")]
    pub badge_ms: Option<u64>,
    /// How long after it everything was well again, media included; null while it is not.
    #[ts(type = "number | null")]
    pub recovered_ms: Option<u64>,
}

/// Why a fault was not injected.
#[derive(Debug, thiserror::Error)]
pub enum FaultError {
    /// There is no connection to this participant.
    #[error("no connection to this participant")]
    UnknownParticipant,
    /// Too long, too short, or a share that is none.
    #[error("a number is out of range")]
    OutOfRange,
    /// The meeting has ended.
    #[error(transparent)]
    Meeting(#[from] MeetingError),
}

impl FaultError {
    /// The stable code, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownParticipant => "unknown_participant",
            Self::OutOfRange => "fault_out_of_range",
            Self::Meeting(error) => error.code(),
        }
    }
}

/// What was injected in a meeting.
#[derive(Debug, Clone, Default)]
pub(crate) struct FaultLog {
    reports: Arc<Mutex<VecDeque<FaultReport>>>,
}

impl FaultLog {
    pub(crate) fn newest_first(&self) -> Vec<FaultReport> {
        self.lock().iter().rev().cloned().collect()
    }

    fn add(&self, fault: Fault, at_ms: u64) -> u32 {
        let mut reports = self.lock();
        let id = reports.back().map_or(1, |last| last.id.saturating_add(1));
        if reports.len() == REMEMBERED {
            reports.pop_front();
        }
        reports.push_back(FaultReport { id, fault, at_ms, badge_ms: None, recovered_ms: None });
        id
    }

    fn note(&self, id: u32, recovery: &Recovery) {
        let ms = |time: Option<Duration>| time.and_then(|time| u64::try_from(time.as_millis()).ok());
        if let Some(report) = self.lock().iter_mut().find(|report| report.id == id) {
            (report.badge_ms, report.recovered_ms) = (ms(recovery.badge), ms(recovery.recovered));
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<FaultReport>> {
        // It contains only whole reports, which are valid after any panic.
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fault {
    fn participant(&self) -> Option<&ParticipantId> {
        match self {
            Self::Cut { participant, .. } | Self::Loss { participant, .. } => Some(participant),
            Self::Signaling | Self::Sleep => None,
        }
    }

    /// How long it lasts; an error if that is out of range.
    fn lasts(&self) -> Result<Duration, FaultError> {
        let (seconds, percent) = match self {
            Self::Signaling | Self::Sleep => return Ok(Duration::ZERO),
            Self::Cut { seconds, .. } => (*seconds, 100),
            Self::Loss { seconds, percent, .. } => (*seconds, *percent),
        };
        let lasts = Duration::from_secs(u64::from(seconds));
        if lasts.is_zero() || lasts > LONGEST || percent == 0 || percent > 100 {
            return Err(FaultError::OutOfRange);
        }
        Ok(lasts)
    }
}

impl Meeting {
    /// Breaks something, and watches how long people notice it: [`Meeting::faults`].
    ///
    /// # Errors
    /// If there is no such participant, a number is out of range, or the meeting has ended.
    pub async fn inject(&self, fault: Fault) -> Result<u32, FaultError> {
        let lasts = fault.lasts()?;
        let before = self.inspect().await?;
        match &fault {
            Fault::Signaling => self.drop_signaling().await?,
            Fault::Sleep => self.pretend_sleep().await?,
            Fault::Cut { participant, .. } => find(&before, participant)?.cut(lasts),
            Fault::Loss { participant, percent, .. } => find(&before, participant)?.lose(*percent, lasts),
        }
        tracing::info!(kind = ?std::mem::discriminant(&fault), "fault injected");
        let id = self.fault_log().add(fault.clone(), crate::actor::unix_ms());
        tokio::spawn(watch(self.clone(), fault, id, lasts, before));
        Ok(id)
    }

    /// What was injected so far and the result of each, newest first.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultReport> {
        self.fault_log().newest_first()
    }
}

fn find<'a>(inspection: &'a Inspection, participant: &ParticipantId) -> Result<&'a Peer, FaultError> {
    let found = inspection.peers.iter().find(|(link, _)| link.remote == *participant);
    found.map(|(_, peer)| peer).ok_or(FaultError::UnknownParticipant)
}

/// Watches until all is well again, the meeting ends, or it has taken too long.
async fn watch(meeting: Meeting, fault: Fault, id: u32, lasts: Duration, before: Inspection) {
    let (began, mut recovery) = (Instant::now(), Recovery::of(lasts));
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while began.elapsed() < lasts + WATCHED_FOR {
        looks.tick().await;
        let Ok(now) = meeting.inspect().await else { return };
        let over = recovery.look(see(&fault, &before, &now), began.elapsed());
        meeting.fault_log().note(id, &recovery);
        if over {
            return;
        }
    }
}

/// The visible state of everything that the fault touched.
fn see(fault: &Fault, before: &Inspection, now: &Inspection) -> Seen {
    let server_badge = now.counts.signaling_lost > before.counts.signaling_lost;
    let server_back = now.counts.signaling_back > before.counts.signaling_back;
    if *fault == Fault::Signaling {
        return Seen { badge: server_badge, whole: server_back, media: None };
    }
    let only = fault.participant();
    let was_up = |id: &ParticipantId| {
        let then = before.snapshot.participants.iter().find(|view| view.id == *id);
        then.is_some_and(|view| view.state == PeerState::Connected)
    };
    let touched = now.snapshot.participants.iter().filter(|view| match only {
        Some(only) => view.id == *only,
        None => was_up(&view.id),
    });
    let mut seen = Seen { badge: false, whole: *fault != Fault::Sleep || server_back, media: None };
    for view in touched {
        let up = view.state == PeerState::Connected;
        seen.badge |= !up;
        seen.whole &= up;
        let peer = now.peers.iter().find(|(link, _)| link.remote == view.id);
        if let Some((_, peer)) = peer.filter(|_| view.media.microphone || view.media.camera) {
            // All of them must send again. The lowest value counts, because a sum would hide a silent one.
            let media = peer.media_received();
            seen.media = Some(seen.media.map_or(media, |least| least.min(media)));
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_fault_out_of_range_is_refused() {
        let participant: ParticipantId = "00000000000000aa".parse().unwrap();
        let cut = |seconds| Fault::Cut { participant: participant.clone(), seconds }.lasts();
        assert!(cut(0).is_err() && cut(121).is_err());
        assert_eq!(cut(5).unwrap(), Duration::from_secs(5));
        let loss = |percent| Fault::Loss { participant: participant.clone(), percent, seconds: 1 }.lasts();
        assert!(loss(0).is_err() && loss(101).is_err() && loss(30).is_ok());
    }

    #[test]
    fn only_the_latest_faults_are_remembered() {
        let log = FaultLog::default();
        for _ in 0..=REMEMBERED {
            log.add(Fault::Sleep, 0);
        }
        let reports = log.newest_first();
        assert_eq!((reports.len(), reports[0].id), (REMEMBERED, u32::try_from(REMEMBERED).unwrap() + 1));
    }
}
