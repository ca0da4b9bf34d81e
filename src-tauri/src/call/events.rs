//! The events that the pages get.

use holdfast_meeting::MeetingEvent;
use serde::Serialize;
use ts_rs::TS;

use super::recent::RecentMeeting;
use super::record::LastCall;
use crate::preferences::Preferences;

/// What the page hears: what happens in the meeting, and what happens to the app.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(untagged)]
#[ts(export)]
pub(crate) enum PageEvent {
    /// In a meeting.
    Meeting(MeetingEvent),
    /// Between meetings.
    App(AppEvent),
}

/// What happens to the app outside of a meeting.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "type", rename_all = "camelCase")]
#[ts(export)]
pub(crate) enum AppEvent {
    /// There is a meeting to rejoin, or no longer.
    LastCall {
        /// What can be rejoined; nothing while in a meeting.
        call: Option<LastCall>,
        /// It is being rejoined right now, from whichever window.
        rejoining: bool,
    },
    /// What a person chose changed, here or in another window. Sent first, too.
    Preferences {
        /// All of them.
        preferences: Box<Preferences>,
    },
    /// The preferences could not be understood: they were kept aside, and defaults are used. Said once.
    PreferencesReset,
    /// Another instance, or the system, handed over an invite while there is no meeting.
    Link {
        /// The invite.
        link: String,
    },
    /// The main window fills the screen, or no longer does. Sent first, too.
    FullScreen {
        /// Whether it does.
        on: bool,
    },
    /// The meetings of before. Sent first, too.
    Recent {
        /// Newest first.
        meetings: Vec<RecentMeeting>,
    },
    /// Something went wrong outside of a command.
    Fault {
        /// Which; stable.
        code: String,
    },
}

impl From<MeetingEvent> for PageEvent {
    fn from(event: MeetingEvent) -> Self {
        Self::Meeting(event)
    }
}

impl From<AppEvent> for PageEvent {
    fn from(event: AppEvent) -> Self {
        Self::App(event)
    }
}

impl PageEvent {
    /// Changes many times a second, and observers do not act on it.
    pub(super) fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Meeting(
                MeetingEvent::Levels { .. } | MeetingEvent::Quality { .. } | MeetingEvent::MutedVoice
            )
        )
    }

    /// A person hears it once, and no snapshot contains it.
    pub(super) fn is_notice(&self) -> bool {
        matches!(self, Self::Meeting(MeetingEvent::Notice { .. }))
    }
}
