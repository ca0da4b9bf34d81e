//! How good each connection is, in a word and in numbers (requirement M6). Pure.

use std::collections::HashMap;

use holdfast_negotiation::PeerState;
use holdfast_protocol::ParticipantId;
use serde::Serialize;

/// After this many worse readings in a row the grade falls: one lost packet in a quiet second is no trend.
const WORSE_AFTER: u32 = 2;

/// After this many better readings in a row the grade rises.
const BETTER_AFTER: u32 = 4;

/// How good a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export))]
pub enum Grade {
    /// Loss below 1 %, round trip below 100 ms.
    Excellent,
    /// Loss below 3 %, round trip below 300 ms.
    Good,
    /// Anything else.
    Poor,
    /// Not connected at the moment.
    Disconnected,
    /// Nothing was measured yet.
    Unknown,
}

/// The quality of a connection.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export))]
pub struct Quality {
    /// The remote participant.
    pub id: ParticipantId,
    /// The grade.
    pub grade: Grade,
    /// Round trip in whole milliseconds; nothing before the first report.
    pub rtt_ms: Option<f64>,
    /// Share of what they sent that was lost, 0 to 1.
    pub loss_in: Option<f64>,
    /// Share of what we sent that was lost, 0 to 1.
    pub loss_out: Option<f64>,
    /// Kilobits received in the last second.
    pub kbps_in: f64,
    /// Kilobits sent in the last second.
    pub kbps_out: f64,
}

/// Recent measurements of a link's connection.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    /// Round trip in milliseconds; nothing before the first report.
    pub rtt_ms: Option<f64>,
    /// Share of what they sent that was lost, 0 to 1.
    pub loss_in: Option<f64>,
    /// Share of what we sent that was lost, 0 to 1.
    pub loss_out: Option<f64>,
    /// Kilobits received in the last second.
    pub kbps_in: f64,
    /// Kilobits sent in the last second.
    pub kbps_out: f64,
}

#[derive(Debug)]
struct Known {
    grade: Grade,
    /// Readings in a row that were better, or worse, than `grade`.
    better: u32,
    worse: u32,
}

/// Follows the quality of every connection.
#[derive(Debug, Default)]
pub struct Grades {
    known: HashMap<ParticipantId, Known>,
    told: Vec<Quality>,
}

impl Grades {
    /// Takes one reading of every connection. Returns what to tell, if it is news.
    pub fn read(&mut self, connections: Vec<(ParticipantId, PeerState, Measured)>) -> Option<Vec<Quality>> {
        self.known.retain(|id, _| connections.iter().any(|(other, ..)| other == id));
        let qualities: Vec<_> = connections
            .into_iter()
            .map(|(id, state, measured)| {
                let grade = self.grade(&id, state, &measured);
                let Measured { rtt_ms, loss_in, loss_out, kbps_in, kbps_out } = measured;
                // For a lost connection, the last numbers would be wrong.
                let connected = state == PeerState::Connected;
                let rtt_ms = rtt_ms.map(f64::round).filter(|_| connected);
                let (loss_in, loss_out) = (loss_in.filter(|_| connected), loss_out.filter(|_| connected));
                let (kbps_in, kbps_out) = (kbps_in.round(), kbps_out.round());
                Quality { id, grade, rtt_ms, loss_in, loss_out, kbps_in, kbps_out }
            })
            .collect();
        if self.told == qualities {
            return None;
        }
        self.told = qualities.clone();
        Some(qualities)
    }

    fn grade(&mut self, id: &ParticipantId, state: PeerState, measured: &Measured) -> Grade {
        let reading = match state {
            PeerState::Connected => grade_of(measured),
            // There was nothing to lose yet.
            PeerState::Waiting | PeerState::Connecting => Grade::Unknown,
            _ => Grade::Disconnected,
        };
        let known = self.known.entry(id.clone()).or_insert(Known { grade: reading, better: 0, worse: 0 });
        // Whether there is a connection is a fact, not a trend.
        if known.grade >= Grade::Disconnected || reading >= Grade::Disconnected {
            *known = Known { grade: reading, better: 0, worse: 0 };
            return reading;
        }
        known.better = if reading < known.grade { known.better + 1 } else { 0 };
        known.worse = if reading > known.grade { known.worse + 1 } else { 0 };
        if known.better >= BETTER_AFTER || known.worse >= WORSE_AFTER {
            *known = Known { grade: reading, better: 0, worse: 0 };
        }
        known.grade
    }
}

fn grade_of(measured: &Measured) -> Grade {
    let Some(rtt) = measured.rtt_ms else { return Grade::Unknown };
    let loss = measured.loss_in.unwrap_or(0.0).max(measured.loss_out.unwrap_or(0.0));
    if loss < 0.01 && rtt < 100.0 {
        Grade::Excellent
    } else if loss < 0.03 && rtt < 300.0 {
        Grade::Good
    } else {
        Grade::Poor
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const CONNECTED: PeerState = PeerState::Connected;

    fn stats(rtt: f64, loss: f64) -> Measured {
        Measured { rtt_ms: Some(rtt), loss_in: Some(loss), loss_out: Some(0.0), ..Measured::default() }
    }

    fn read(grades: &mut Grades, state: PeerState, stats: Measured) -> Grade {
        let id: ParticipantId = "0000000000000002".parse().unwrap();
        grades.read(vec![(id, state, stats)]);
        grades.told[0].grade
    }

    #[test]
    fn the_bounds_are_those_of_the_requirement() {
        for (rtt, loss, grade) in [
            (99.0, 0.009, Grade::Excellent),
            (100.0, 0.0, Grade::Good),
            (0.0, 0.01, Grade::Good),
            (299.0, 0.029, Grade::Good),
            (300.0, 0.0, Grade::Poor),
            (0.0, 0.03, Grade::Poor),
        ] {
            assert_eq!(read(&mut Grades::default(), CONNECTED, stats(rtt, loss)), grade, "{rtt} {loss}");
        }
        let unmeasured = read(&mut Grades::default(), CONNECTED, Measured::default());
        assert_eq!(unmeasured, Grade::Unknown);
    }

    #[test]
    fn one_bad_reading_is_no_trend_and_two_are() {
        let mut grades = Grades::default();
        read(&mut grades, CONNECTED, stats(20.0, 0.0));
        assert_eq!(read(&mut grades, CONNECTED, stats(20.0, 0.2)), Grade::Excellent);
        assert_eq!(read(&mut grades, CONNECTED, stats(20.0, 0.0)), Grade::Excellent);
        read(&mut grades, CONNECTED, stats(20.0, 0.2));
        assert_eq!(read(&mut grades, CONNECTED, stats(20.0, 0.2)), Grade::Poor);
        let after: Vec<_> = (0..4).map(|_| read(&mut grades, CONNECTED, stats(20.0, 0.0))).collect();
        assert_eq!(after, [Grade::Poor, Grade::Poor, Grade::Poor, Grade::Excellent]);
    }

    #[test]
    fn a_lost_connection_is_said_at_once_and_so_is_its_return() {
        let mut grades = Grades::default();
        read(&mut grades, CONNECTED, stats(20.0, 0.0));
        assert_eq!(read(&mut grades, PeerState::Reconnecting, stats(20.0, 0.0)), Grade::Disconnected);
        assert_eq!(read(&mut grades, CONNECTED, stats(20.0, 0.0)), Grade::Excellent);
    }

    #[test]
    fn someone_who_is_being_connected_has_no_bad_connection() {
        let unmeasured = read(&mut Grades::default(), PeerState::Connecting, Measured::default());
        assert_eq!(unmeasured, Grade::Unknown);
    }

    #[test]
    fn what_does_not_change_is_not_told_again() {
        let mut grades = Grades::default();
        let connections = || vec![("0000000000000002".parse().unwrap(), CONNECTED, stats(20.2, 0.0))];
        assert!(grades.read(connections()).is_some());
        assert_eq!(grades.read(connections()), None);
    }
}
