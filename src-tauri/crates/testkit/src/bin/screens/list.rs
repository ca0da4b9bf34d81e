//! Which screens there are, and how to get to each.

/// A screen and the way to it.
pub(crate) struct Screen {
    /// Name of its pictures.
    pub(crate) name: &'static str,
    /// What follows the page's address: options of the fake backend.
    pub(crate) query: &'static str,
    /// What is done on the page, in order.
    pub(crate) steps: &'static [Step],
}

impl Screen {
    /// Whether something plays in it.
    pub(crate) fn plays(&self) -> bool {
        self.query.contains("meeting") || self.name.starts_with("lobby")
    }
}

/// One thing done on the page.
pub(crate) enum Step {
    /// Waits for the element that this selector (CSS) finds.
    See(&'static str),
    /// Presses it, once it is there.
    Press(&'static str),
}

/// A window's size.
pub(crate) struct Size {
    /// Name in the file.
    pub(crate) name: &'static str,
    /// CSS pixels.
    pub(crate) width: u32,
    /// CSS pixels.
    pub(crate) height: u32,
}

/// As opened the first time, half a laptop's screen, and as small as the window gets.
pub(crate) const SIZES: &[Size] = &[
    Size { name: "large", width: 1280, height: 800 },
    Size { name: "medium", width: 800, height: 600 },
    Size { name: "small", width: 480, height: 360 },
];

/// What the system prefers.
#[derive(Clone, Copy)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

impl Scheme {
    /// As CSS has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

use Step::{Press, See};

const HOME: &str = "[data-testid=home]";
const TILE: &str = "[data-testid=tile]";
const LOBBY: &str = "[data-testid=lobby]";
const HOST: &str = "[data-testid=home-host]";
const MINI: &str = "[data-testid=mini-name]";
const SETTINGS: &str = "[data-testid=home-settings]";
const DEVICES: &str = "[data-testid=settings-part-devices]";
const VIEW: &str = "[data-testid=settings-part-view]";
const SHORTCUTS: &str = "[data-testid=settings-part-shortcuts]";
const SERVERS: &str = "[data-testid=settings-part-servers]";
const LOOK: &str = "[data-testid=settings-part-look]";
const SYSTEM: &str = "[data-testid=settings-part-system]";

/// All of them.
pub(crate) const SCREENS: &[Screen] = &[
    Screen { name: "home", query: "name=Ada&recent", steps: &[See(HOME)] },
    Screen { name: "first", query: "", steps: &[See(HOME)] },
    Screen { name: "lobby-host", query: "name=Ada%20Lovelace", steps: &[Press(HOST), See(LOBBY)] },
    Screen { name: "lobby-join", query: "name=Ada%20Lovelace&link", steps: &[See(LOBBY)] },
    Screen { name: "lobby-denied", query: "name=Ada&link&denied=camera:camera_denied", steps: &[See(LOBBY)] },
    Screen { name: "lobby-german", query: "name=Ada&link&language=de", steps: &[See(LOBBY)] },
    Screen { name: "settings-devices", query: "name=Ada", steps: &[Press(SETTINGS), Press(DEVICES)] },
    Screen { name: "settings-view", query: "name=Ada", steps: &[Press(SETTINGS), Press(VIEW)] },
    Screen { name: "settings-shortcuts", query: "name=Ada", steps: &[Press(SETTINGS), Press(SHORTCUTS)] },
    Screen { name: "settings-servers", query: "name=Ada&servers", steps: &[Press(SETTINGS), Press(SERVERS)] },
    Screen { name: "settings-look", query: "name=Ada", steps: &[Press(SETTINGS), Press(LOOK)] },
    Screen {
        name: "settings-system",
        query: "name=Ada&diagnostics",
        steps: &[Press(SETTINGS), Press(SYSTEM)],
    },
    Screen { name: "mini", query: "view=mini&meeting", steps: &[See(MINI)] },
    Screen { name: "rejoin", query: "last-call", steps: &[See(HOME)] },
    Screen { name: "alone", query: "meeting&people=0", steps: &[See(TILE)] },
    Screen { name: "meeting", query: "meeting&people=3", steps: &[See(TILE)] },
    Screen { name: "two", query: "meeting&people=1", steps: &[See(TILE)] },
    Screen { name: "sixteen", query: "meeting&people=15&layout=grid", steps: &[See(TILE)] },
    Screen { name: "speaker", query: "meeting&people=7&layout=speaker", steps: &[See(TILE)] },
    Screen { name: "broken", query: "meeting&people=7&mixed&layout=grid", steps: &[See(TILE)] },
    Screen {
        name: "people",
        query: "meeting&people=7&mixed",
        steps: &[See(TILE), Press("[data-testid=control-people]"), See("[data-testid=panel]")],
    },
    Screen {
        name: "busy",
        query: "meeting&people=7&frames=flood",
        steps: &[See(TILE), See("[data-testid=sparing-switch]")],
    },
    Screen {
        name: "fewer",
        query: "meeting&people=7&frames=flood",
        steps: &[Press("[data-testid=sparing-switch]"), See("[data-testid=tile-spared]")],
    },
    Screen {
        name: "hearing",
        query: "meeting&people=7&mixed",
        steps: &[
            See(TILE),
            Press("[data-testid=control-people]"),
            Press("[data-testid=tab-hearing]"),
            See("[data-testid=hearing-table]"),
        ],
    },
    Screen {
        name: "debug",
        query: "view=debug&meeting&people=3&mixed&diagnostics",
        steps: &[Press("[data-testid=choose-peer]"), See("[data-testid=charts]")],
    },
    Screen {
        name: "person",
        query: "meeting&people=3",
        steps: &[See(TILE), Press("[data-testid=tile-menu]"), See("[data-testid=person-volume]")],
    },
];
