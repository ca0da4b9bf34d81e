//! A look at camera and microphone before a meeting, for the lobby and the settings.
//!
//! There is only one at a time, whichever window asked for it, and it sends nothing. It ends on request, when we enter
//! a meeting, and together with the page that wanted it.

use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use holdfast_meeting::{
    DeviceKind, MeetingError, Preview, PreviewConfig, PreviewControl, PreviewFailure, PreviewFailures,
};
use serde::{Deserialize, Serialize};
use tauri::ipc::Channel;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use ts_rs::TS;

use crate::frames::FrameHub;

/// How long the next user of the devices waits until they are closed. A working camera closes within one picture. One
/// that is still opening may take longer, and one that hangs is left behind.
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);

/// What to look at before a meeting.
#[derive(Clone, Copy, Debug, Deserialize, TS)]
#[ts(export)]
pub(crate) struct PreviewWanted {
    /// Show the camera's pictures.
    pub(crate) camera: bool,
    /// Measure the microphone.
    pub(crate) microphone: bool,
}

/// A report of a preview.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "type", rename_all = "camelCase")]
#[ts(export)]
pub(crate) enum PreviewEvent {
    /// The level of the microphone, ten times a second.
    Level {
        /// 0 to 1, as loud as it sounds to the ear.
        level: f32,
    },
    /// A device that was wanted does not work.
    Failed {
        /// Which device.
        kind: DeviceKind,
        /// The code of why not.
        code: &'static str,
    },
}

/// The preview, if there is one. Clones are the same.
#[derive(Clone)]
pub(crate) struct PagePreview {
    hub: FrameHub,
    /// Held while devices close, so that no camera is open twice at once.
    running: Arc<Mutex<Option<Running>>>,
}

struct Running {
    preview: Preview,
    page: Arc<StdMutex<Page>>,
    pumps: [JoinHandle<()>; 2],
}

/// The page that gets reports.
struct Page {
    window: String,
    channel: Channel<PreviewEvent>,
}

impl PagePreview {
    /// No preview yet. Pictures will go to this hub, as those of our own feed.
    pub(crate) fn new(hub: FrameHub) -> Self {
        Self { hub, running: Arc::default() }
    }

    /// Opens what is wanted, or changes what is open. Asks `allowed` once no other preview is starting or ending.
    pub(crate) async fn show<E: From<MeetingError>>(
        &self,
        window: &str,
        channel: Channel<PreviewEvent>,
        allowed: impl FnOnce() -> Result<PreviewConfig, E>,
    ) -> Result<(), E> {
        let mut running = self.running.lock().await;
        let config = allowed()?;
        let page = Page { window: window.to_owned(), channel };
        match &*running {
            Some(open) => {
                let control = open.preview.control();
                control.set_camera(config.camera);
                control.set_microphone(config.microphone);
                *lock(&open.page) = page;
            }
            None => *running = Some(self.start(config, page)?),
        }
        Ok(())
    }

    fn start(&self, config: PreviewConfig, page: Page) -> Result<Running, MeetingError> {
        let (preview, failures) = Preview::start(config)?;
        self.hub.reset();
        let page = Arc::new(StdMutex::new(page));
        let control = preview.control();
        // Our own feed is the only one.
        let request = move |_| {
            control.request_keyframe();
            std::future::ready(true)
        };
        let pictures = self.hub.clone().pump(preview.frames(), request);
        let reports = pump_reports(self.clone(), Arc::clone(&page), failures, preview.control());
        Ok(Running { preview, page, pumps: [tokio::spawn(pictures), tokio::spawn(reports)] })
    }

    /// Closes the devices, and returns once they are closed. Without a preview it does nothing.
    pub(crate) async fn end(&self) {
        let mut running = self.running.lock().await;
        if let Some(open) = running.take() {
            open.close().await;
        }
    }

    /// The same, if this window's page has the preview.
    pub(crate) async fn end_of(&self, window: &str) {
        let mut running = self.running.lock().await;
        if let Some(open) = running.take_if(|open| lock(&open.page).window == window) {
            open.close().await;
        }
    }

    /// Controls the devices, if there is a preview.
    pub(crate) async fn control(&self) -> Option<PreviewControl> {
        self.running.lock().await.as_ref().map(|open| open.preview.control())
    }
}

impl Running {
    async fn close(self) {
        let Self { preview, pumps, .. } = self;
        // This begins before any wait, because the caller may be one of the pumps.
        let closed = tokio::task::spawn_blocking(move || drop(preview));
        pumps.iter().for_each(JoinHandle::abort);
        if timeout(CLOSE_PATIENCE, closed).await.is_err() {
            tracing::warn!("the devices of the preview take long to close");
        }
    }
}

fn lock(page: &StdMutex<Page>) -> std::sync::MutexGuard<'_, Page> {
    page.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reports the level and failures to the page. If the page is gone, the preview ends.
async fn pump_reports(
    preview: PagePreview,
    page: Arc<StdMutex<Page>>,
    mut failures: PreviewFailures,
    control: PreviewControl,
) {
    let mut ticks = interval(Preview::LEVEL_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let event = tokio::select! {
            failure = failures.next() => match failure {
                Some(PreviewFailure { kind, code }) => PreviewEvent::Failed { kind, code },
                None => return,
            },
            _ = ticks.tick() => match control.level() {
                Some(level) => PreviewEvent::Level { level },
                None => continue,
            },
        };
        let told = lock(&page).channel.send(event);
        if told.is_err() {
            return preview.end().await;
        }
    }
}
