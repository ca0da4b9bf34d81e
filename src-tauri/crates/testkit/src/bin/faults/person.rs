//! A participant while the meeting runs: its process, and what it last printed about the others.

use std::thread::sleep;
use std::time::{Duration, Instant};

use holdfast_testkit::Bot;

use crate::run::LOOK_EVERY;

/// How long sound may take to arrive after a microphone was opened.
const SOUND_PATIENCE: Duration = Duration::from_secs(5);

/// A participant, and its last report about the others.
pub(crate) struct Person {
    pub(crate) bot: Bot,
    /// Everyone it met, also those who left.
    pub(crate) others: Vec<Other>,
    /// Whether the signaling server can be reached.
    pub(crate) signaling: bool,
}

/// What one participant last said of another.
pub(crate) struct Other {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) connected: bool,
    /// Pictures decoded so far.
    pub(crate) decoded: u64,
    pub(crate) audible: bool,
}

impl Person {
    pub(crate) fn new(bot: Bot) -> Self {
        Self { bot, others: Vec::new(), signaling: true }
    }

    /// Reads what the bot printed meanwhile.
    pub(crate) fn look(&mut self) {
        for event in self.bot.new_events() {
            let id = event["id"].as_str().unwrap_or_default();
            let known = self.others.iter_mut().find(|other| other.id == id);
            match (event["event"].as_str().unwrap_or_default(), known) {
                ("participant", Some(other)) => other.connected = event["state"] == "connected",
                ("participant", None) => self.others.push(Other {
                    id: id.to_owned(),
                    name: event["name"].as_str().unwrap_or_default().to_owned(),
                    connected: event["state"] == "connected",
                    decoded: 0,
                    audible: false,
                }),
                ("receiving", Some(other)) => {
                    other.decoded = event["frames_decoded"].as_u64().unwrap_or(0);
                    other.audible = event["dbfs"].as_f64().is_some_and(|dbfs| dbfs > -60.0);
                }
                ("left", Some(other)) => other.connected = false,
                ("signaling", _) => self.signaling = event["state"] == "connected",
                _ => {}
            }
        }
    }

    /// The participant with this name; of several, the one who came last.
    pub(crate) fn of(&self, name: &str) -> Option<&Other> {
        self.others.iter().rev().find(|other| other.name == name)
    }

    /// Waits until this participant is heard, or patience ends.
    pub(crate) fn wait_to_hear(&mut self, name: &str) {
        let begun = Instant::now();
        // Earlier looks say nothing about now.
        sleep(LOOK_EVERY * 3);
        while begun.elapsed() < SOUND_PATIENCE {
            self.look();
            if self.of(name).is_some_and(|other| other.audible) {
                break;
            }
            sleep(LOOK_EVERY);
        }
    }

    pub(crate) fn decoded(&self, name: &str) -> u64 {
        self.of(name).map_or(0, |other| other.decoded)
    }
}
