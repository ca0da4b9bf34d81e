//! The icon in the tray: shows the state of the call, the microphone and the camera, and lets a person enter and leave
//! without looking for the window.

mod menu;
mod state;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tauri::image::Image;
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, Manager as _, Runtime};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::call::{Call, Destination, Entering};
use crate::error::AppError;
use crate::preferences::Language;
use crate::shutdown::{self, Wanted};
use crate::texts::texts;
use crate::window_label::WindowLabel;
use crate::windows;
use menu::{Items, recent_of};
use state::{Icon, TrayState, tray_state};

const ID: &str = "holdfast";

/// Longest wait for the desktop to say whether it shows trays.
const ASK: Duration = Duration::from_secs(1);

/// Shows the icon if the system has a tray. The app does not depend on it.
pub(crate) fn show<R: Runtime>(app: &AppHandle<R>) {
    // On Linux the tray's library is loaded at run time, and its binding panics if it is not installed.
    match catch_unwind(AssertUnwindSafe(|| build(app))) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "no tray icon"),
        Err(_) => tracing::warn!("no tray icon: its library is not installed"),
    }
}

/// Whether a person can see the icon now.
pub(crate) async fn is_shown<R: Runtime>(app: &AppHandle<R>) -> bool {
    app.tray_by_id(ID).is_some() && tokio::time::timeout(ASK, has_host()).await.unwrap_or(false)
}

/// Whether the desktop shows the icons of apps. On Linux some desktops do not.
#[cfg(target_os = "linux")]
async fn has_host() -> bool {
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    let ask = async {
        let bus = zbus::Connection::session().await?;
        let watcher = zbus::Proxy::new(&bus, WATCHER, "/StatusNotifierWatcher", WATCHER).await?;
        watcher.get_property::<bool>("IsStatusNotifierHostRegistered").await
    };
    ask.await.unwrap_or(false)
}

#[cfg(not(target_os = "linux"))]
async fn has_host() -> bool {
    true
}

fn build<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    let call = app.state::<Call>().inner().clone();
    let (menu, items) = menu::build(app, texts(call.preferences().language))?;
    let tray = TrayIconBuilder::with_id(ID)
        .tooltip("Holdfast")
        .icon(picture(Icon::Idle)?)
        .menu(&menu)
        .on_menu_event(|app, event| chosen(app, event.id().as_ref()))
        .build(app)?;
    // Observed from here on, so that a meeting entered before the task runs is not missed.
    let changes = call.observe();
    tauri::async_runtime::spawn(follow(call, changes, tray, items));
    Ok(())
}

fn picture(icon: Icon) -> tauri::Result<Image<'static>> {
    let bytes: &[u8] = match icon {
        Icon::Idle => include_bytes!("../../../icons/tray/idle.png"),
        Icon::Meeting => include_bytes!("../../../icons/tray/meeting.png"),
        Icon::Muted => include_bytes!("../../../icons/tray/muted.png"),
        Icon::Reconnecting => include_bytes!("../../../icons/tray/reconnecting.png"),
        Icon::Failed => include_bytes!("../../../icons/tray/failed.png"),
    };
    Image::from_bytes(bytes)
}

fn chosen<R: Runtime>(app: &AppHandle<R>, item: &str) {
    let call = app.state::<Call>().inner().clone();
    let recent = recent_of(item);
    // The window shows the progress of a way back, and what went wrong.
    if recent.is_some() || matches!(item, menu::SHOW | menu::REJOIN) {
        windows::show(app, WindowLabel::Main);
    }
    if item == menu::QUIT {
        return shutdown::quit(app, Wanted::ByPerson);
    }
    let item = item.to_owned();
    tauri::async_runtime::spawn(async move {
        match item.as_str() {
            menu::MICROPHONE => toggle_microphone(&call).await,
            menu::CAMERA => toggle_camera(&call).await,
            menu::LEAVE => call.leave().await,
            menu::REJOIN => report(&call, call.rejoin().await.map(drop)).await,
            _ => {
                if let Some(id) = recent {
                    report(&call, go_back(&call, id).await).await;
                }
            }
        }
    });
}

pub(crate) async fn toggle_microphone(call: &Call) {
    let Some(snapshot) = call.snapshot().await else { return };
    // If the meeting ended meanwhile, it needs no microphone.
    let _ = call.set_microphone(!snapshot.me.media.microphone).await;
}

async fn toggle_camera(call: &Call) {
    let Some(snapshot) = call.snapshot().await else { return };
    let _ = call.set_camera(!snapshot.me.media.camera).await;
}

/// Enters a recent meeting under the name used there, with the devices as the person usually enters meetings.
async fn go_back(call: &Call, id: u32) -> Result<(), AppError> {
    let known = call.recent().into_iter().find(|recent| recent.id == id);
    let name = known.ok_or(AppError::NoRecentMeeting)?.name;
    let chosen = call.preferences();
    let who = Entering { name, microphone: chosen.microphone, camera: chosen.camera };
    call.enter(Destination::Recent(id), who).await.map(drop)
}

async fn report(call: &Call, outcome: Result<(), AppError>) {
    if let Err(error) = outcome {
        tracing::warn!(code = error.code(), "not rejoined");
        // The person called it off, or it is already under way: there is nothing to say.
        if !matches!(error, AppError::Cancelled | AppError::AlreadyInMeeting) {
            call.report_failed_start(&error).await;
        }
    }
}

/// Makes the icon and the menu follow the call.
async fn follow<R: Runtime>(
    call: Call,
    mut changes: broadcast::Receiver<()>,
    tray: TrayIcon<R>,
    items: Items<R>,
) {
    let mut shown: Option<(TrayState, Language)> = None;
    loop {
        let now = current(&call).await;
        if shown.as_ref() != Some(&now) {
            if let Err(error) = apply(&tray, &items, &now, shown.as_ref().map(|(state, _)| state.icon)) {
                tracing::warn!(%error, "tray not updated");
            }
            shown = Some(now);
        }
        if let Err(RecvError::Closed) = changes.recv().await {
            return;
        }
    }
}

async fn current(call: &Call) -> (TrayState, Language) {
    let snapshot = call.snapshot().await;
    let interrupted = call.interrupted_room();
    let state = tray_state(snapshot.as_ref(), interrupted.as_deref(), &call.recent());
    (state, call.preferences().language)
}

fn apply<R: Runtime>(
    tray: &TrayIcon<R>,
    items: &Items<R>,
    (state, language): &(TrayState, Language),
    before: Option<Icon>,
) -> tauri::Result<()> {
    let texts = texts(*language);
    items.apply(state, texts)?;
    tray.set_tooltip(Some(state.in_words(texts)))?;
    if before != Some(state.icon) {
        tray.set_icon(Some(picture(state.icon)?))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_state_has_a_picture_of_its_own() {
        let icons = [Icon::Idle, Icon::Meeting, Icon::Muted, Icon::Reconnecting, Icon::Failed];
        let pictures = icons.map(|icon| picture(icon).unwrap().rgba().to_vec());
        for (n, one) in pictures.iter().enumerate() {
            assert_eq!(one.len(), 44 * 44 * 4, "twice the 22 pixels of a panel");
            assert!(pictures[..n].iter().all(|other| other != one));
        }
    }
}
