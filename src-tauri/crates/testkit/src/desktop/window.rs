//! A window as the window manager and the person at the screen see it. X tools read and control it, never its own
//! program.

use std::process::Command;

use super::Desktop;
use crate::{PATIENCE, eventually};

/// A window that the window manager has accepted. It may be gone since; then the tools report nothing.
#[derive(Clone)]
pub struct DesktopWindow<'a> {
    desktop: &'a Desktop,
    /// In the form of X tools, such as `0x600003`.
    id: String,
}

impl Desktop {
    /// Waits until a window of this name is visible and usable.
    ///
    /// Asks for the window manager's list and not for all windows. While the window manager accepts a window, others
    /// come and go beneath the root, and a tool that walks over them may fail.
    ///
    /// # Panics
    /// When there is none in time, or the X tools are missing.
    #[must_use]
    pub fn wait_for_window(&self, name: &str) -> DesktopWindow<'_> {
        eventually(&format!("a window {name:?}"), PATIENCE, || {
            self.windows()
                .into_iter()
                .find(|window| window.name().as_deref() == Some(name) && window.is_seen())
        })
    }

    /// Whether the window manager has a window of this name, visible or minimised.
    ///
    /// # Panics
    /// When the X tools are missing.
    #[must_use]
    pub fn has_window(&self, name: &str) -> bool {
        self.windows().iter().any(|window| window.name().as_deref() == Some(name))
    }

    /// Waits until there is a window of this name that stays above all others.
    ///
    /// # Panics
    /// When there is none in time, or the X tools are missing.
    #[must_use]
    pub fn wait_for_window_above(&self, name: &str) -> DesktopWindow<'_> {
        eventually(&format!("a window {name:?} above others"), PATIENCE, || {
            self.windows().into_iter().find(|window| {
                window.name().as_deref() == Some(name) && window.is_seen() && window.is_above()
            })
        })
    }

    fn windows(&self) -> Vec<DesktopWindow<'_>> {
        let listed = self.told("xprop", &["-root", "_NET_CLIENT_LIST"]).unwrap_or_default();
        let ids = listed.split_once('#').map(|(_, ids)| ids).unwrap_or_default();
        let window = |id: &str| DesktopWindow { desktop: self, id: id.trim().to_owned() };
        ids.split(',').filter(|id| id.trim().starts_with("0x")).map(window).collect()
    }

    /// The output of an X tool; `None` if it reports that there is no such thing.
    fn told(&self, program: &str, words: &[&str]) -> Option<String> {
        let output = Command::new(program).args(words).env("DISPLAY", self.display()).output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl DesktopWindow<'_> {
    fn property(&self, name: &str) -> Option<String> {
        let told = self.desktop.told("xprop", &["-id", &self.id, name])?;
        told.split_once('=').map(|(_, value)| value.trim().to_owned())
    }

    fn name(&self) -> Option<String> {
        Some(self.property("_NET_WM_NAME")?.trim_matches('"').to_owned())
    }

    fn is_seen(&self) -> bool {
        self.desktop.told("xwininfo", &["-id", &self.id]).is_some_and(|told| told.contains("IsViewable"))
    }

    fn is_above(&self) -> bool {
        self.property("_NET_WM_STATE").is_some_and(|state| state.contains("_NET_WM_STATE_ABOVE"))
    }

    /// Whether no other window covers it: it is the last in the window manager's list from bottom to top.
    #[must_use]
    pub fn is_topmost(&self) -> bool {
        let told = self.desktop.told("xprop", &["-root", "_NET_CLIENT_LIST_STACKING"]).unwrap_or_default();
        let ids = told.split_once('#').map(|(_, ids)| ids).unwrap_or_default();
        ids.rsplit(',').next().map(str::trim) == Some(self.id.as_str())
    }

    /// Left, top, width and height without its frame, in pixels of the screen, while it is visible.
    #[must_use]
    pub fn place(&self) -> Option<[i32; 4]> {
        let told = self.desktop.told("xwininfo", &["-id", &self.id])?;
        let number = |name: &str| {
            let line = told.lines().find_map(|line| line.trim().strip_prefix(name))?;
            line.trim().parse().ok()
        };
        let names = ["Absolute upper-left X:", "Absolute upper-left Y:", "Width:", "Height:"];
        let [x, y, width, height] = names.map(number);
        told.contains("IsViewable").then_some([x?, y?, width?, height?])
    }

    /// The widths of its frame in pixels: left, right, top, bottom.
    #[must_use]
    pub fn frame(&self) -> Option<[i32; 4]> {
        let told = self.property("_NET_FRAME_EXTENTS")?;
        let widths: Option<Vec<_>> = told.split(',').map(|width| width.trim().parse().ok()).collect();
        widths?.try_into().ok()
    }

    /// Waits until `wanted` accepts its place and size, and returns them.
    ///
    /// # Panics
    /// When that does not happen in time; the output shows where it was.
    #[track_caller]
    pub fn wait_for_place(&self, what: &str, wanted: impl Fn([i32; 4]) -> bool) -> [i32; 4] {
        let mut last = None;
        eventually(what, PATIENCE, || {
            let place = self.place();
            // The way it moved helps to understand a failure.
            if last != Some(place) {
                eprintln!("{what}: it is at {place:?}, its frame {:?}", self.frame());
                last = Some(place);
            }
            place.filter(|place| wanted(*place))
        })
    }

    /// Whether the window manager gives it the keyboard.
    fn is_active(&self) -> bool {
        let told = self.desktop.told("xprop", &["-root", "_NET_ACTIVE_WINDOW"]);
        told.and_then(|told| Some(told.split_once('#')?.1.trim().to_owned())).as_deref() == Some(&self.id)
    }

    /// Waits until it has the keyboard.
    ///
    /// # Panics
    /// When it does not become the active window in time.
    #[track_caller]
    pub fn wait_until_active(&self) {
        eventually("the active window", PATIENCE, || self.is_active().then_some(()));
    }

    /// Presses a key in it, as soon as it has the keyboard.
    ///
    /// # Panics
    /// When it does not become the active window in time.
    pub fn press(&self, key: &str) {
        self.wait_until_active();
        self.desktop.xdotool(&["key", key]);
    }

    /// Makes the window manager minimise it.
    pub fn minimise(&self) {
        self.desktop.xdotool(&["windowminimize", &self.id]);
    }

    /// Makes the window manager bring it up, as when a person chooses it from the list of windows.
    pub fn bring_up(&self) {
        self.desktop.xdotool(&["windowactivate", &self.id]);
    }

    /// Asks for another size, without its frame.
    pub fn resize(&self, width: u32, height: u32) {
        self.desktop.xdotool(&["windowsize", &self.id, &width.to_string(), &height.to_string()]);
    }

    /// Asks for another place.
    pub fn move_to(&self, x: i32, y: i32) {
        self.desktop.xdotool(&["windowmove", &self.id, &x.to_string(), &y.to_string()]);
    }
}
