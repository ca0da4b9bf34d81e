//! The menu of the tray: its items, and how they follow the state.

use tauri::menu::{Menu, MenuItem, PredefinedMenuItem, Submenu};
use tauri::{AppHandle, Runtime};

use super::state::TrayState;
use crate::texts::Texts;

pub(super) const SHOW: &str = "show";
pub(super) const MICROPHONE: &str = "microphone";
pub(super) const CAMERA: &str = "camera";
pub(super) const LEAVE: &str = "leave";
pub(super) const REJOIN: &str = "rejoin";
pub(super) const QUIT: &str = "quit";

/// Prefix of the id of a recent meeting.
const RECENT: &str = "recent:";

/// The recent meeting that an item stands for.
pub(super) fn recent_of(item: &str) -> Option<u32> {
    item.strip_prefix(RECENT)?.parse().ok()
}

/// The items that change.
pub(super) struct Items<R: Runtime> {
    app: AppHandle<R>,
    /// The meaning of the icon in words, because not every system shows words at the icon.
    state: MenuItem<R>,
    show: MenuItem<R>,
    microphone: MenuItem<R>,
    camera: MenuItem<R>,
    leave: MenuItem<R>,
    rejoin: Submenu<R>,
    quit: MenuItem<R>,
}

/// The menu before anything is known.
pub(super) fn build<R: Runtime>(app: &AppHandle<R>, texts: &Texts) -> tauri::Result<(Menu<R>, Items<R>)> {
    let item = |id, text, enabled| MenuItem::with_id(app, id, text, enabled, None::<&str>);
    let items = Items {
        app: app.clone(),
        state: item("state", texts.idle, false)?,
        show: item(SHOW, texts.show, true)?,
        microphone: item(MICROPHONE, texts.mute, false)?,
        camera: item(CAMERA, texts.stop_camera, false)?,
        leave: item(LEAVE, texts.leave, false)?,
        rejoin: Submenu::with_id(app, "ways_back", texts.rejoin, false)?,
        quit: item(QUIT, texts.quit, true)?,
    };
    let menu = Menu::with_items(
        app,
        &[
            &items.state,
            &PredefinedMenuItem::separator(app)?,
            &items.show,
            &PredefinedMenuItem::separator(app)?,
            &items.microphone,
            &items.camera,
            &items.leave,
            &PredefinedMenuItem::separator(app)?,
            &items.rejoin,
            &PredefinedMenuItem::separator(app)?,
            &items.quit,
        ],
    )?;
    Ok((menu, items))
}

impl<R: Runtime> Items<R> {
    /// Sets the items to the state. Called only when something differs, because each call goes to the main thread.
    pub(super) fn apply(&self, state: &TrayState, texts: &Texts) -> tauri::Result<()> {
        self.state.set_text(state.in_words(texts))?;
        self.show.set_text(texts.show)?;
        self.microphone.set_text(if state.microphone == Some(false) { texts.unmute } else { texts.mute })?;
        self.microphone.set_enabled(state.microphone.is_some())?;
        let camera = if state.camera == Some(false) { texts.start_camera } else { texts.stop_camera };
        self.camera.set_text(camera)?;
        self.camera.set_enabled(state.camera.is_some())?;
        self.leave.set_text(texts.leave)?;
        self.leave.set_enabled(state.microphone.is_some())?;
        self.quit.set_text(texts.quit)?;
        self.ways_back(state, texts)
    }

    fn ways_back(&self, state: &TrayState, texts: &Texts) -> tauri::Result<()> {
        while self.rejoin.remove_at(0)?.is_some() {}
        let add = |id: &str, text: &str| {
            self.rejoin.append(&MenuItem::with_id(&self.app, id, text, true, None::<&str>)?)
        };
        if let Some(room) = &state.interrupted {
            add(REJOIN, &texts.rejoin_interrupted.replace("{room}", room))?;
        }
        for (id, room) in &state.recent {
            add(&format!("{RECENT}{id}"), room)?;
        }
        self.rejoin.set_text(texts.rejoin)?;
        self.rejoin.set_enabled(state.interrupted.is_some() || !state.recent.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_stands_for_a_meeting_of_before_or_for_none() {
        assert_eq!((recent_of("recent:7"), recent_of("recent:x"), recent_of(LEAVE)), (Some(7), None, None));
    }
}
