//! What is needed to rejoin a call that ended without being left: what the file contains, and what the page is told.
//! Pure.

use std::net::SocketAddr;
use std::time::Duration;

use holdfast_meeting::Listening;
use holdfast_protocol::{MeetingLink, ParticipantId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How long a meeting is worth returning to, after it was last known to go on. A meeting of this morning may still go
/// on in the evening; a question about yesterday's would only surprise.
const FRESH: Duration = Duration::from_secs(12 * 60 * 60);

/// How many people's volumes are remembered: as many as a meeting remembers. Then the oldest choice is forgotten.
const LISTENING: usize = 64;

/// What we last knew about a call. Contains the invite's secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CallRecord {
    /// The form of this record; see [`Version`].
    pub(crate) version: Version,
    /// The invite.
    #[serde(with = "as_text")]
    pub(crate) link: MeetingLink,
    /// Who we were.
    pub(crate) participant: ParticipantId,
    /// Our name.
    pub(crate) name: String,
    /// The microphone was open, and the person had not asked to close it.
    pub(crate) microphone: bool,
    /// The camera was on, and the person had not asked to switch it off.
    pub(crate) camera: bool,
    /// The hand was up.
    pub(crate) hand: bool,
    /// Where our own server listened, if we hosted.
    pub(crate) hosting: Option<SocketAddr>,
    /// The volume of others, where the person changed it; the newest choice last.
    pub(crate) listening: Vec<(ParticipantId, Listening)>,
    /// Who the person chose to show large.
    #[serde(default)]
    pub(crate) pinned: Option<ParticipantId>,
    /// When the call was last known to go on, in milliseconds of Unix time.
    pub(crate) at_ms: u64,
}

/// The version of a record. We refuse a record of a later version as a whole: the field that we do not know may be the
/// one that kept a microphone closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Version {
    #[serde(rename = "1")]
    One,
}

impl CallRecord {
    /// A call that begins now, with the volumes in `listening`.
    pub(crate) fn new(
        link: MeetingLink,
        participant: ParticipantId,
        name: String,
        hosting: Option<SocketAddr>,
        listening: Vec<(ParticipantId, Listening)>,
    ) -> Self {
        let version = Version::One;
        let (microphone, camera, hand, at_ms) = (false, false, false, 0);
        let pinned = None;
        Self { version, link, participant, name, microphone, camera, hand, hosting, listening, pinned, at_ms }
    }

    /// Whether the meeting may still go on. If the clock went back since, the record does not count as too old.
    pub(crate) fn is_fresh(&self, now_ms: u64) -> bool {
        u128::from(now_ms.saturating_sub(self.at_ms)) <= FRESH.as_millis()
    }

    /// Whether something is closed here and open in `other`.
    pub(crate) fn closes(&self, other: &Self) -> bool {
        (other.microphone && !self.microphone) || (other.camera && !self.camera)
    }

    /// Remembers how loud someone is. If they are heard as they send it, there is nothing to remember.
    pub(crate) fn set_listening(&mut self, id: &ParticipantId, listening: Listening) {
        let known = self.listening.iter_mut().find(|(of, _)| of == id);
        match known {
            Some((_, before)) if *before == listening => {}
            _ => {
                self.listening.retain(|(of, _)| of != id);
                if listening != Listening::default() {
                    if self.listening.len() == LISTENING {
                        self.listening.remove(0);
                    }
                    self.listening.push((id.clone(), listening));
                }
            }
        }
    }

    /// What the person is told of it.
    pub(crate) fn offer(&self) -> LastCall {
        LastCall {
            room: self.link.room.to_string(),
            microphone: self.microphone,
            camera: self.camera,
            hosting: self.hosting.is_some(),
            at_ms: self.at_ms,
        }
    }
}

/// A meeting this app was in when it ended without leaving it. Nothing here opens the meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) struct LastCall {
    /// The room's name.
    room: String,
    /// Whether the microphone will be open after rejoining.
    microphone: bool,
    /// Whether the camera will be on after rejoining.
    camera: bool,
    /// Whether it was hosted here, and will be again.
    hosting: bool,
    /// When it was last known to go on, in milliseconds of Unix time.
    at_ms: u64,
}

/// A link in its usual form.
pub(super) mod as_text {
    use holdfast_protocol::MeetingLink;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(in crate::call) fn serialize<S: Serializer>(
        link: &MeetingLink,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(link)
    }

    pub(in crate::call) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<MeetingLink, D::Error> {
        // The error says which part is wrong and repeats none of its text.
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    pub(crate) fn id(n: usize) -> ParticipantId {
        format!("{n:016x}").parse().unwrap()
    }

    pub(crate) fn record() -> CallRecord {
        let link = format!("holdfast://join/127.0.0.1:4000/blue#{}", "A".repeat(43)).parse().unwrap();
        let hosting = Some("127.0.0.1:4000".parse().unwrap());
        CallRecord { at_ms: 1_000, ..CallRecord::new(link, id(1), "Ada".into(), hosting, Vec::new()) }
    }

    fn open() -> CallRecord {
        CallRecord { microphone: true, camera: true, ..record() }
    }

    #[test]
    fn it_is_the_same_after_a_round_through_a_file() {
        let mut record = open();
        record.set_listening(&id(2), Listening { volume: 150, muted: true });
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<CallRecord>(&text).unwrap(), record);
    }

    #[test]
    fn what_is_missing_or_of_another_version_is_not_guessed() {
        let whole = serde_json::to_value(open()).unwrap();
        for field in ["version", "link", "participant", "name", "microphone", "camera", "listening", "atMs"] {
            let mut part = whole.clone();
            part.as_object_mut().unwrap().remove(field);
            assert!(serde_json::from_value::<CallRecord>(part).is_err(), "{field}");
        }
        for (field, value) in [("version", "2"), ("link", "holdfast://join/nowhere"), ("participant", "me")] {
            let mut other = whole.clone();
            other[field] = value.into();
            assert!(serde_json::from_value::<CallRecord>(other).is_err(), "{field}");
        }
    }

    #[test]
    fn only_a_microphone_or_camera_that_is_open_there_can_be_closed_by_it() {
        let (muted, dark) =
            (CallRecord { microphone: false, ..open() }, CallRecord { camera: false, ..open() });
        assert!(muted.closes(&open()) && dark.closes(&open()) && muted.closes(&dark));
        assert!(!open().closes(&open()) && !open().closes(&muted) && !muted.closes(&muted));
        assert!(!CallRecord { hand: true, ..open() }.closes(&open()));
    }

    #[test]
    fn it_is_worth_coming_back_to_for_half_a_day() {
        let half_a_day = 12 * 60 * 60 * 1000;
        assert!(record().is_fresh(1_000 + half_a_day));
        assert!(!record().is_fresh(1_001 + half_a_day));
        assert!(record().is_fresh(0), "the clock was set back");
    }

    #[test]
    fn loudness_is_remembered_for_so_many_and_only_where_it_was_changed() {
        let mut record = record();
        let loud = Listening { volume: 200, muted: false };
        for n in 0..=LISTENING {
            record.set_listening(&id(n), loud);
        }
        assert_eq!(record.listening.len(), LISTENING);
        assert_eq!(record.listening[0].0, id(1), "the oldest was forgotten");
        record.set_listening(&id(1), Listening::default());
        assert_eq!(record.listening[0].0, id(2));
        let before = record.clone();
        record.set_listening(&id(2), loud);
        record.set_listening(&id(999), Listening::default());
        assert_eq!(record, before);
    }

    #[test]
    fn a_person_is_told_nothing_that_opens_the_meeting() {
        let record = open();
        let told = serde_json::to_string(&record.offer()).unwrap();
        assert!(told.contains("blue") && !told.contains(&record.link.secret.to_base64url()));
        assert!(!format!("{record:?}").contains(&record.link.secret.to_base64url()));
    }
}
