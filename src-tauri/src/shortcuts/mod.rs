//! Keys that work whichever app has the keyboard. They are ours only during a meeting, so that other apps have them the
//! rest of the time.

mod keys;

use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Manager as _, Runtime};
use tauri_plugin_global_shortcut::{Builder, GlobalShortcutExt as _, Shortcut, ShortcutState};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::call::Call;
use crate::preferences::Shortcuts;
use keys::{Key, Keys};

/// Code of the message that a key was held too long.
const HELD_TOO_LONG: &str = "talk_key_held";

/// Key events that may wait. A person presses a few a second. An overflow means that a key is stuck.
const WAITING: usize = 64;

/// How many global keys came faster than we could handle them. Clones share the count.
#[derive(Clone, Default)]
pub(crate) struct DroppedKeys(Arc<AtomicU64>);

impl DroppedKeys {
    fn note(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
        tracing::warn!("a global key was dropped");
    }

    /// The count so far.
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Tauri's part of it.
pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    Builder::new().build()
}

/// Follows the call and the preferences from here on.
pub(crate) fn follow<R: Runtime>(app: &AppHandle<R>) {
    let call = app.state::<Call>().inner().clone();
    let mut changes = call.observe();
    let (pressed, mut presses) = mpsc::channel(WAITING);
    let mut registered =
        Registered { app: app.clone(), pressed, held: none(), chosen: call.preferences().shortcuts };
    tauri::async_runtime::spawn(async move {
        let mut keys = Keys::default();
        let epoch = Instant::now();
        loop {
            let until = keys.poll_timeout().map(|at| epoch + at);
            let key = tokio::select! {
                changed = changes.recv() => {
                    if let Err(RecvError::Closed) = changed {
                        return;
                    }
                    registered.sync(&call).await
                }
                key = presses.recv() => key,
                () = held_too_long(until) => Some(Key::HeldTooLong),
            };
            let Some(key) = key else { continue };
            let open = call.snapshot().await.map(|meeting| meeting.me.media.microphone);
            if let Some(open) = keys.on(key, open, epoch.elapsed()) {
                // If the meeting ended meanwhile, it needs no microphone.
                let _ = call.set_microphone(open).await;
                if key == Key::HeldTooLong {
                    call.report_fault(HELD_TOO_LONG).await;
                }
            }
        }
    });
}

async fn held_too_long(until: Option<Instant>) {
    match until {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

const fn none() -> Shortcuts {
    Shortcuts { mute: None, push_to_talk: None }
}

/// What we have asked the system for.
struct Registered<R: Runtime> {
    app: AppHandle<R>,
    pressed: mpsc::Sender<Key>,
    held: Shortcuts,
    chosen: Shortcuts,
}

impl<R: Runtime> Registered<R> {
    /// Registers the keys that are wanted now. Returns [`Key::Lost`] if they were lost meanwhile.
    async fn sync(&mut self, call: &Call) -> Option<Key> {
        let chosen = call.preferences().shortcuts;
        // A new choice is tried at once, so that the person hears while choosing that another app has the key.
        let tried = chosen != self.chosen;
        self.chosen = chosen.clone();
        let wanted = if call.is_in_meeting() { chosen.clone() } else { none() };
        if !tried && wanted == self.held {
            return None;
        }
        let before = std::mem::replace(&mut self.held, wanted.clone());
        let (app, pressed) = (self.app.clone(), self.pressed.clone());
        // Each goes to the main thread and waits for it.
        let work = move || {
            release(&app, &before);
            let fault = hold(&app, &pressed, if tried { &chosen } else { &wanted });
            if tried && wanted != chosen {
                release(&app, &chosen);
            }
            fault
        };
        if let Ok(Some(fault)) = tokio::task::spawn_blocking(work).await {
            call.report_fault(fault).await;
        }
        Some(Key::Lost)
    }
}

fn release<R: Runtime>(app: &AppHandle<R>, shortcuts: &Shortcuts) {
    for text in [&shortcuts.mute, &shortcuts.push_to_talk].into_iter().flatten() {
        // A key that was never ours cannot be given back.
        if let Ok(shortcut) = Shortcut::from_str(text) {
            let _ = app.global_shortcut().unregister(shortcut);
        }
    }
}

/// Asks for the keys. Reports those that we cannot get; the others work.
fn hold<R: Runtime>(
    app: &AppHandle<R>,
    pressed: &mpsc::Sender<Key>,
    shortcuts: &Shortcuts,
) -> Option<&'static str> {
    let mut fault = None;
    let both = [
        (&shortcuts.mute, Key::MuteDown, Key::MuteUp),
        (&shortcuts.push_to_talk, Key::TalkDown, Key::TalkUp),
    ];
    for (text, down, up) in both {
        let Some(text) = text else { continue };
        let Ok(shortcut) = Shortcut::from_str(text) else {
            fault = Some("shortcut_invalid");
            continue;
        };
        let (pressed, dropped) = (pressed.clone(), app.state::<DroppedKeys>().inner().clone());
        let held = app.global_shortcut().on_shortcut(shortcut, move |_, _, event| {
            let key = if event.state == ShortcutState::Pressed { down } else { up };
            if pressed.try_send(key).is_err() {
                dropped.note();
            }
        });
        if let Err(error) = held {
            tracing::warn!(%error, "global shortcut not registered");
            fault = Some(if can_register() { "shortcut_taken" } else { "shortcut_unavailable" });
        }
    }
    fault
}

/// Whether this desktop allows apps global keys in this way. Wayland does not.
fn can_register() -> bool {
    !cfg!(target_os = "linux") || std::env::var_os("DISPLAY").is_some_and(|display| !display.is_empty())
}
