//! What the tray shows of the call. Pure.

use holdfast_meeting::{MeetingSnapshot, ParticipantView, PeerState, SignalingState};

use crate::call::RecentMeeting;
use crate::texts::Texts;

/// The state of the call, as far as a small icon can show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Icon {
    /// In no meeting.
    Idle,
    /// In a meeting with an open microphone.
    Meeting,
    /// In a meeting with the microphone closed.
    Muted,
    /// Something is being repaired.
    Reconnecting,
    /// Somebody cannot be reached.
    Failed,
}

/// Everything the tray shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TrayState {
    pub(super) icon: Icon,
    /// Whether the microphone is open; nothing without a meeting.
    pub(super) microphone: Option<bool>,
    /// Whether the camera is on; nothing without a meeting.
    pub(super) camera: Option<bool>,
    /// The room of the meeting that was interrupted, while there is no other.
    pub(super) interrupted: Option<String>,
    /// The recent meetings: the id to ask for them, and their name.
    pub(super) recent: Vec<(u32, String)>,
}

/// Decides, from the meeting if there is one, the room of an interrupted one, and the recent meetings.
pub(super) fn tray_state(
    meeting: Option<&MeetingSnapshot>,
    interrupted: Option<&str>,
    recent: &[RecentMeeting],
) -> TrayState {
    let media = meeting.map(|meeting| meeting.me.media);
    let free = meeting.is_none();
    TrayState {
        icon: meeting.map_or(Icon::Idle, icon),
        microphone: media.map(|media| media.microphone),
        camera: media.map(|media| media.camera),
        interrupted: interrupted.filter(|_| free).map(str::to_owned),
        // So that a wrong click does not leave one meeting for another.
        recent: if free { recent.iter().map(entry).collect() } else { Vec::new() },
    }
}

/// The worst state there is. A closed microphone is more important than nothing.
fn icon(meeting: &MeetingSnapshot) -> Icon {
    let any = |state| meeting.participants.iter().any(|person: &ParticipantView| person.state == state);
    if any(PeerState::Failed) {
        Icon::Failed
    } else if any(PeerState::Reconnecting) || meeting.signaling == SignalingState::Reconnecting {
        Icon::Reconnecting
    } else if meeting.me.media.microphone {
        Icon::Meeting
    } else {
        Icon::Muted
    }
}

fn entry(meeting: &RecentMeeting) -> (u32, String) {
    (meeting.id, meeting.room.clone())
}

impl TrayState {
    /// What the icon means, and more than it can show: shown at a pointer over it, where the system can, and in the
    /// menu.
    pub(super) fn in_words(&self, texts: &Texts) -> String {
        let state = match self.icon {
            Icon::Idle => return texts.idle.to_owned(),
            Icon::Meeting => texts.in_meeting,
            Icon::Muted => texts.muted,
            Icon::Reconnecting => texts.reconnecting,
            Icon::Failed => texts.failed,
        };
        match (self.icon, self.microphone) {
            // The icon cannot show both.
            (Icon::Reconnecting | Icon::Failed, Some(false)) => format!("{} · {state}", texts.muted),
            _ => state.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use holdfast_protocol::{MediaState, Revision};

    use super::*;
    use crate::call::testing::snapshot;
    use crate::preferences::Language;
    use crate::texts::texts;

    fn meeting(microphone: bool, others: &[PeerState], signaling: SignalingState) -> MeetingSnapshot {
        let media =
            MediaState { revision: Revision(1), microphone, camera: true, screen: false, hand: false };
        let mut meeting = snapshot(media);
        let person = |state: &PeerState| ParticipantView { state: *state, ..meeting.me.clone() };
        meeting.participants = others.iter().map(person).collect();
        meeting.signaling = signaling;
        meeting
    }

    fn shown(microphone: bool, others: &[PeerState]) -> Icon {
        tray_state(Some(&meeting(microphone, others, SignalingState::Connected)), None, &[]).icon
    }

    #[test]
    fn the_icon_says_the_worst() {
        use PeerState::{Connected, Connecting, Failed, Reconnecting, Waiting};
        assert_eq!(tray_state(None, None, &[]).icon, Icon::Idle);
        assert_eq!(shown(true, &[]), Icon::Meeting);
        assert_eq!(shown(true, &[Connected, Connecting, Waiting]), Icon::Meeting);
        assert_eq!(shown(false, &[Connected]), Icon::Muted);
        assert_eq!(shown(false, &[Connected, Reconnecting]), Icon::Reconnecting);
        assert_eq!(shown(true, &[Reconnecting, Failed, Connected]), Icon::Failed);
        let alone = meeting(true, &[], SignalingState::Reconnecting);
        assert_eq!(tray_state(Some(&alone), None, &[]).icon, Icon::Reconnecting);
    }

    #[test]
    fn what_the_icon_cannot_say_is_said_in_words() {
        let english = texts(Language::En);
        let state = |microphone| {
            let meeting = meeting(microphone, &[PeerState::Failed], SignalingState::Connected);
            tray_state(Some(&meeting), None, &[]).in_words(english)
        };
        assert!(state(false).contains(english.muted) && state(false).contains(english.failed));
        assert_eq!(state(true), english.failed);
        assert_eq!(tray_state(None, None, &[]).in_words(english), "Holdfast");
    }

    #[test]
    fn ways_back_are_offered_only_outside_of_a_meeting() {
        let recent =
            [RecentMeeting { id: 7, room: "blue".into(), hosted: false, name: "Ada".into(), at_ms: 1 }];
        let idle = tray_state(None, Some("red"), &recent);
        assert_eq!((idle.interrupted.as_deref(), idle.recent), (Some("red"), vec![(7, "blue".to_owned())]));
        assert_eq!((idle.microphone, idle.camera), (None, None));
        let busy = meeting(false, &[], SignalingState::Connected);
        let busy = tray_state(Some(&busy), Some("red"), &recent);
        assert_eq!((busy.interrupted, busy.recent), (None, Vec::new()));
        assert_eq!((busy.microphone, busy.camera), (Some(false), Some(true)));
    }
}
