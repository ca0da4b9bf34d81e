//! One run with the app in its real window in place of Bo: what the page shows, and when, by its own clock.
//!
//! The page's record has the form of a bot's report, so the same code judges it.

use std::path::Path;
use std::time::{Duration, Instant};

use holdfast_testkit::net::{Host, Network, SignalingServer};
use holdfast_testkit::{AppOptions, AppWindow, Bot, Desktop};
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::chances;
use crate::cut::Cut;
use crate::judge;
use crate::measure::Moments;
use crate::person::Person;
use crate::run::{AFTERWARDS, ENOUGH_PICTURES, LOOK_EVERY, Plan, REPAIR_PATIENCE, SENDING, TONES, now};
use crate::table::{Fault, Kind};

/// Notes every picture drawn on the tile of the other participant, and looks at its badge each time before the page is
/// drawn. Four times a second, asks the core what Bo said and what Bo believes of Ada.
const RECORD: &str = r#"
    const seen = { started: Date.now(), pictures: [], states: [], own: [], theirs: [], name: '', ada: null, id: null };
    window.seenByHoldfast = seen;
    const at = () => Date.now() - seen.started;
    const note = (list, value) => {
      if (list.at(-1)?.[1] !== value) list.push([at(), value]);
    };
    const OTHER = '[data-testid="tile"][data-self="false"]';
    for (const name of ['drawImage', 'putImageData']) {
      const draw = CanvasRenderingContext2D.prototype[name];
      CanvasRenderingContext2D.prototype[name] = function (...what) {
        if (this.canvas.closest(OTHER)) seen.pictures.push(at());
        return draw.apply(this, what);
      };
    }
    const look = () => {
      const tile = document.querySelector(OTHER);
      const badge = tile?.querySelector('[data-testid="badge"]');
      note(seen.states, !tile ? 'left' : badge ? tile.dataset.state : 'connected');
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    const ask = async () => {
      const meeting = await window.__TAURI_INTERNALS__.invoke('snapshot');
      const ada = meeting.participants.find((one) => one.id !== meeting.self.id);
      seen.id = meeting.self.id;
      note(seen.own, JSON.stringify(meeting.self.media));
      if (!ada) return;
      seen.ada = ada.id;
      note(seen.theirs, JSON.stringify(ada.media));
    };
    setInterval(() => void ask(), 250);
"#;

/// Runs it once. The error says why there is nothing to judge.
///
/// # Panics
/// When a part of the scene does not work.
pub(crate) fn run(plan: &Plan, fault: &Fault, folder: &Path, chance: StdRng) -> Result<(), String> {
    let network = Network::new().expect("a network of our own");
    let host = || network.host().expect("a host");
    let server = SignalingServer::start(&plan.programs, host());
    let link = server.link();
    let sending = [&SENDING[..], &["--audio", TONES[0]]].concat();
    let ada = Person::new(Bot::join_on(&plan.programs, &host(), &link, "Ada", &sending, None));
    let bo = host();
    let inside = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let desktop = Desktop::start(1280, 800);
            let sources = ["--size", "640x360", "--fps", "30", "--video", "pattern", "--sink", "none"];
            let words = [&[link.as_str(), "--name", "Bo", "--audio", TONES[1]], &sources[..]].concat();
            let window = AppWindow::open(&plan.programs, &desktop, &AppOptions::new(&words)).await;
            Scene { fault, chance, ada, window, host: &bo }.play(folder).await
        })
    };
    bo.namespace().enter(inside).expect("a host one can enter")
}

struct Scene<'a> {
    fault: &'a Fault,
    chance: StdRng,
    ada: Person,
    window: AppWindow,
    host: &'a Host,
}

impl Scene<'_> {
    async fn play(mut self, folder: &Path) -> Result<(), String> {
        self.window.wait_for_pictures(2, ENOUGH_PICTURES).await;
        if !self.ada_sees(ENOUGH_PICTURES, REPAIR_PATIENCE).await {
            self.ada.bot.keep_log_in(folder);
            return Err("the meeting did not come about".into());
        }
        self.window.run(RECORD).await;
        pause(chances::before(&mut self.chance)).await;

        let mut moments = self.happen().await;
        let before = self.ada.decoded("Bo");
        self.ada_sees(before + ENOUGH_PICTURES, REPAIR_PATIENCE).await;
        self.window.wait_for_pictures(2, ENOUGH_PICTURES).await;
        pause(AFTERWARDS).await;
        moments.unmuted = now();
        self.switch_microphone().await;
        self.ada.wait_to_hear("Bo");
        pause(LOOK_EVERY * 5).await;
        moments.end = now();

        let seen = self.window.run("return window.seenByHoldfast").await;
        let _ = self.ada.bot.end_and_keep_in(folder);
        self.window.close().await;
        std::fs::write(folder.join("bo.json"), report(&seen).to_string()).expect("the folder can be written");
        judge::keep(moments, folder);
        Ok(())
    }

    /// Begins the fault and ends it. In the middle, the button closes the microphone.
    async fn happen(&mut self) -> Moments {
        let length = chances::length(self.fault.length, &mut self.chance);
        let first = chances::muted_after(length, &mut self.chance);
        let cut = now();
        let mut moments = Moments { cut, whole: cut, ..Moments::default() };
        if self.fault.kind == Kind::AddressReplaced {
            self.host.replace_address().expect("another address");
        }
        let broken = Cut::make(self.fault.kind, self.host);
        pause(first).await;
        self.switch_microphone().await;
        let passed = u64::try_from(now() - cut).unwrap_or(0);
        pause(length.saturating_sub(Duration::from_millis(passed))).await;
        if let Some(broken) = broken {
            moments.whole = now();
            broken.mend(self.host);
        }
        moments
    }

    async fn switch_microphone(&self) {
        self.window.click("control-microphone").await;
    }

    /// Whether Ada gets this many pictures of Bo.
    async fn ada_sees(&mut self, pictures: u64, patience: Duration) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < patience {
            self.ada.look();
            if self.ada.of("Bo").is_some_and(|bo| bo.connected && bo.decoded >= pictures) {
                return true;
            }
            pause(LOOK_EVERY).await;
        }
        false
    }
}

async fn pause(length: Duration) {
    tokio::time::sleep(length).await;
}

/// The record of the page as a report. A page hears nothing, and does not count negotiations.
fn report(seen: &Value) -> Value {
    let list = |name: &str| seen[name].as_array().cloned().unwrap_or_default();
    let states: Vec<_> =
        list("states").iter().map(|change| json!({"at_ms": change[0], "state": change[1]})).collect();
    let media = |name: &str| -> Vec<Value> {
        let change = |change: &Value| {
            let mut media: Value = serde_json::from_str(change[1].as_str()?).ok()?;
            media["at_ms"] = change[0].clone();
            Some(media)
        };
        list(name).iter().filter_map(change).collect()
    };
    let pictures = list("pictures");
    json!({
        "self": {"id": seen["id"], "name": "Bo"},
        "started_unix_us": seen["started"].as_u64().unwrap_or(0) * 1_000,
        "duration_ms": 0, "joined_ms": 0, "signaling": [], "media_states": media("own"),
        "remotes": [{
            "id": seen["ada"], "name": "Ada", "first_frame_ms": pictures.first(),
            "frames_received": pictures.len(), "frames_decoded": pictures.len(), "width": 640, "height": 360,
            "gaps": [], "media_states": media("theirs"), "states": states, "bytes_in": 0, "bytes_out": 0,
            "arrivals": {"pictures_ms": pictures, "sound": []},
        }],
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use holdfast_testkit::Report;

    use super::*;

    #[test]
    fn what_a_page_recorded_reads_as_a_report() {
        let media = r#"{"revision":2,"microphone":false,"camera":true,"screen":false,"hand":false}"#;
        let seen = json!({
            "started": 1_000, "pictures": [10, 40], "name": "", "ada": "a", "id": "b",
            "states": [[0, "connected"], [50, "reconnecting"]], "own": [[70, media]], "theirs": [],
        });
        let report: Report = serde_json::from_value(report(&seen)).unwrap();
        assert_eq!((report.started_unix_us, report.own.id.as_str()), (1_000_000, "b"));
        let own = report.media_states.first().unwrap();
        assert_eq!((own.at_ms, own.media.revision.get(), own.media.microphone), (70, 2, false));
        let ada = report.of("Ada");
        assert_eq!(ada.states[1].state, "reconnecting");
        assert_eq!(ada.arrivals.as_ref().unwrap().pictures_ms, [10, 40]);
    }
}
