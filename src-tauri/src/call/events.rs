//! The events that the pages get.

use holdfast_meeting::MeetingEvent;
use serde::Serialize;
use ts_rs::TS;

use super::recent::RecentMeeting;
use super::record::LastCall;
use crate::preferences::Preferences;

/// What the page hears: events of the meeting, and events of the app.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(untagged)]
#[ts(export)]
pub(crate) enum PageEvent {
    /// In a meeting.
    Meeting(MeetingEvent),
    /// Between meetings.
    App(AppEvent),
}

/// An event of the app outside of a meeting.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "type", rename_all = "camelCase")]
#[ts(export)]
pub(crate) enum AppEvent {
    /// Whether there is a meeting to rejoin. Also sent first to a new page.
    LastCall {
        /// What can be rejoined; nothing while in a meeting.
        call: Option<LastCall>,
        /// Whether it is being rejoined right now, from any window.
        rejoining: bool,
    },
    /// The person's choices changed, here or in another window. Also sent first to a new page.
    Preferences {
        /// All preferences.
        preferences: Box<Preferences>,
    },
    /// The preferences could not be read: the file was kept aside, and defaults apply. Said once.
    PreferencesReset,
    /// Another instance, or the system, handed over an invite while there is no meeting.
    Link {
        /// The invite.
        link: String,
    },
    /// The main window fills the screen, or no longer does. Also sent first to a new page.
    FullScreen {
        /// Whether it fills the screen.
        on: bool,
    },
    /// The recent meetings. Also sent first to a new page.
    Recent {
        /// Newest first.
        meetings: Vec<RecentMeeting>,
    },
    /// Something went wrong outside of a command.
    Fault {
        /// The stable code of what went wrong.
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
