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

/// All of them.
pub(crate) const SCREENS: &[Screen] = &[
    Screen { name: "home", query: "", steps: &[See(HOME)] },
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
        name: "person",
        query: "meeting&people=3",
        steps: &[See(TILE), Press("[data-testid=tile-menu]"), See("[data-testid=person-volume]")],
    },
];
