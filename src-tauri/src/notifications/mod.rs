//! Notifications of the system, for a person who does not look at the window.

mod news;

use std::path::Path;

use tauri::{AppHandle, Manager as _, Runtime};
use tauri_plugin_notification::NotificationExt as _;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use crate::call::Call;
use crate::setup::SetupState;
use crate::texts::texts;
use crate::{disk, windows};
use news::{News, Watch};

/// Something that we say only once.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Notification {
    /// The window was closed, but the call goes on.
    CallGoesOn {
        /// Whether the person finds the call in the tray.
        has_tray: bool,
    },
}

/// Name of the file in the data folder that remembers that we said it.
const SAID: &str = "call-goes-on-said";

/// Follows the call from here on.
pub(crate) fn follow<R: Runtime>(app: &AppHandle<R>) {
    let app = app.clone();
    let call = app.state::<Call>().inner().clone();
    let mut changes = call.observe();
    tauri::async_runtime::spawn(async move {
        let mut watch = Watch::default();
        loop {
            let due = watch.due();
            let later = async {
                match due {
                    Some(due) => tokio::time::sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                changed = changes.recv() => {
                    if let Err(RecvError::Closed) = changed {
                        return;
                    }
                    let meeting = call.snapshot().await;
                    let looking = windows::is_in_front(&app);
                    let mut news = watch.look(meeting.as_ref(), looking, Instant::now());
                    if let Ok(meeting) = call.meeting() {
                        let changes = meeting.chat_since(watch.chat());
                        news.extend(watch.look_at_chat(&changes.messages, looking));
                    }
                    for news in news {
                        tell(&app, &call, &news);
                    }
                }
                () = later => {
                    if let Some(news) = watch.gathered(Instant::now()) {
                        tell(&app, &call, &news);
                    }
                }
            }
        }
    });
}

fn tell<R: Runtime>(app: &AppHandle<R>, call: &Call, news: &News) {
    let texts = texts(call.preferences().language);
    let body = match news {
        News::Joined(names) => match names.as_slice() {
            [name] => texts.joined_one.replace("{name}", name),
            names => texts.joined_many.replace("{count}", &names.len().to_string()),
        },
        News::Lost(name) => texts.lost.replace("{name}", name),
        News::Back(name) => texts.back.replace("{name}", name),
        News::Written { name, text, direct } => {
            let who = if *direct { texts.written_to_you } else { texts.written };
            format!("{} {text}", who.replace("{name}", name))
        }
        News::WrittenMany(count) => texts.written_many.replace("{count}", &count.to_string()),
    };
    show(app, call, body);
}

/// Says it, unless it was said before, in this run or an earlier one.
pub(crate) fn show_once<R: Runtime>(app: &AppHandle<R>, notification: Notification) {
    let call = app.state::<Call>().inner().clone();
    let texts = texts(call.preferences().language);
    let Notification::CallGoesOn { has_tray } = notification;
    let setup = app.try_state::<SetupState>();
    // If it was not shown, it does not count as said.
    if call.preferences().notifications && setup.is_some_and(|setup| is_first(&setup.0.data_folder)) {
        show(app, &call, if has_tray { texts.goes_on_in_tray } else { texts.goes_on }.to_owned());
    }
}

/// Whether this is the first time; from now on it is not. If that cannot be stored, we will say it again.
fn is_first(folder: &Path) -> bool {
    let path = folder.join(SAID);
    !path.exists() && {
        let _ = disk::replace(&path, b"");
        true
    }
}

fn show<R: Runtime>(app: &AppHandle<R>, call: &Call, body: String) {
    if !call.preferences().notifications {
        return;
    }
    let app = app.clone();
    // Asks a service of the desktop, which may take time.
    tauri::async_runtime::spawn_blocking(move || {
        if let Err(error) = app.notification().builder().title("Holdfast").body(body).show() {
            tracing::warn!(%error, "no notification");
        }
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_said_once_is_not_said_by_the_next_run_either() {
        let folder = tempfile::tempdir().unwrap();
        assert!(is_first(folder.path()));
        assert!(!is_first(folder.path()));
    }
}
