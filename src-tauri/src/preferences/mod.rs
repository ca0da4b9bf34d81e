//! What a person chose and expects to find again.
//!
//! [`Preferences`] is the whole of it; `reading` takes as much of a file as this version understands, `check` says
//! what may be chosen, and [`PreferencesFile`] keeps the file true to the choices.

mod check;
mod file;
mod reading;

use holdfast_meeting_machine::MeetingDevices;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub(crate) use check::{ICE_SERVERS, PreferenceError, checked_ice_server, signaling_server};
pub(crate) use file::PreferencesFile;

/// Everything a person chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) struct Preferences {
    /// The name last used; empty at first.
    pub(crate) name: String,
    /// Whether to enter meetings with the microphone open.
    pub(crate) microphone: bool,
    /// Whether to enter meetings with the camera on.
    pub(crate) camera: bool,
    /// Which devices to use.
    pub(crate) devices: MeetingDevices,
    /// How large our pictures are.
    pub(crate) video_size: VideoSize,
    /// Light or dark.
    pub(crate) appearance: Appearance,
    /// Language of the texts.
    pub(crate) language: Language,
    /// How the stage shows the people of a meeting.
    pub(crate) layout: Layout,
    /// Our own picture is shown as in a mirror.
    pub(crate) mirror_self: bool,
    /// Our own picture is not shown.
    pub(crate) hide_self: bool,
    /// Where our own picture floats.
    pub(crate) self_corner: Corner,
    /// Keys that work whichever app has the keyboard.
    pub(crate) shortcuts: Shortcuts,
    /// Servers that help to connect.
    pub(crate) servers: Servers,
    /// `host:port` of a signaling server on which to host; the one in this app if there is none.
    pub(crate) signaling_server: Option<String>,
    /// Start with the system.
    pub(crate) autostart: bool,
    /// Whether to notify the person through the system while the window is not visible.
    pub(crate) notifications: bool,
    /// Whether to offer the debug panel.
    pub(crate) diagnostics: bool,
}

/// How large our pictures are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) enum VideoSize {
    /// 640 x 360.
    Small,
    /// 960 x 540.
    Medium,
    /// 1280 x 720.
    #[default]
    Large,
}

impl VideoSize {
    /// Width and height in pixels.
    pub(crate) fn pixels(self) -> (u32, u32) {
        match self {
            Self::Small => (640, 360),
            Self::Medium => (960, 540),
            Self::Large => (1280, 720),
        }
    }
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) enum Appearance {
    /// Like the system.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// Language of the texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) enum Language {
    /// The system's language, if we have texts in it.
    #[default]
    System,
    /// English.
    En,
    /// German.
    De,
}

/// How the stage shows the people of a meeting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) enum Layout {
    /// Depends on who is there.
    #[default]
    Auto,
    /// All the same size.
    Grid,
    /// The person who speaks is large.
    Speaker,
}

/// A corner of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) enum Corner {
    /// Bottom right.
    #[default]
    BottomRight,
    /// Bottom left.
    BottomLeft,
    /// Top right.
    TopRight,
    /// Top left.
    TopLeft,
}

/// Keys that work whichever app has the keyboard, such as `CommandOrControl+Shift+M`; no key if there is no text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) struct Shortcuts {
    /// Mutes and opens the microphone.
    pub(crate) mute: Option<String>,
    /// The microphone is open while this is held.
    pub(crate) push_to_talk: Option<String>,
}

/// Servers that help to connect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub(crate) struct Servers {
    /// STUN and TURN servers. Only the listed ones are asked.
    pub(crate) ice: Vec<IceServerChoice>,
}

/// A STUN or TURN server.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub(crate) struct IceServerChoice {
    /// A `stun:`, `turn:` or `turns:` URL (RFC 7064, RFC 7065).
    pub(crate) url: String,
    /// TURN user name; empty for STUN.
    pub(crate) username: String,
    /// TURN password; empty for STUN.
    pub(crate) credential: String,
}

/// Without address and credentials: neither is for logs.
impl std::fmt::Debug for IceServerChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IceServerChoice").finish_non_exhaustive()
    }
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            name: String::new(),
            microphone: true,
            camera: true,
            devices: MeetingDevices::default(),
            video_size: VideoSize::default(),
            appearance: Appearance::default(),
            language: Language::default(),
            layout: Layout::default(),
            mirror_self: true,
            hide_self: false,
            self_corner: Corner::default(),
            shortcuts: Shortcuts::default(),
            servers: Servers::default(),
            signaling_server: None,
            autostart: false,
            notifications: true,
            diagnostics: false,
        }
    }
}

impl Default for Shortcuts {
    fn default() -> Self {
        Self { mute: Some("CommandOrControl+Shift+M".to_owned()), push_to_talk: None }
    }
}
