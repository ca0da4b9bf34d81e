//! What the bot remembers of one other participant.

use std::collections::VecDeque;

use holdfast_protocol::Revision;

use crate::observer::{Facts, GAP_MS, GRACE_MS, Sound};
use crate::report::{
    Arrivals, Connection, Gap, MediaChange, MediaReport, RemoteReport, Shortfall, StateChange,
};

/// Samples of sound that the medians are made from: five seconds at five a second.
const SOUND_SAMPLES: usize = 25;

/// Sound that is quieter than this has no frequency that can be measured.
const AUDIBLE_DBFS: f32 = -60.0;

/// Level of digital silence.
const SILENCE_DBFS: f32 = -100.0;

/// State changes and gaps kept per participant: enough for one a second for hours.
const HISTORY: usize = 10_000;

/// Pictures, and looks at the sound, kept per participant with `--arrivals`: half an hour at 30 pictures a second.
const MOST_ARRIVALS: usize = 54_000;

const CONNECTED: &str = "connected";
const LEFT: &str = "left";

/// One other participant.
pub(crate) struct Remote {
    report: RemoteReport,
    media: MediaReport,
    /// When the last picture was decoded, while they are here.
    last_frame: Option<u64>,
    camera_was_off: bool,
    levels: VecDeque<f32>,
    pitches: VecDeque<f32>,
    heard: bool,
    came_at: u64,
    left_at: Option<u64>,
    ever_connected: bool,
    camera_promise: Promise,
    microphone_promise: Promise,
    /// Counters of the current connection, and of those before it.
    bytes_now: (u64, u64),
    bytes_before: (u64, u64),
}

/// How long something has been promised while the connection worked.
#[derive(Clone, Copy, Debug, Default)]
struct Promise {
    since: Option<u64>,
    before_ms: u64,
}

impl Promise {
    fn set(&mut self, holds: bool, now: u64) {
        match (self.since, holds) {
            (None, true) => self.since = Some(now),
            (Some(since), false) => {
                self.before_ms += now.saturating_sub(since);
                self.since = None;
            }
            _ => {}
        }
    }

    fn made(self) -> bool {
        self.since.is_some() || self.before_ms > 0
    }

    fn held_ms(self, now: u64) -> u64 {
        self.before_ms + self.since.map_or(0, |since| now.saturating_sub(since))
    }
}

impl Remote {
    pub(crate) fn new(id: &str, arrivals: bool) -> Self {
        let arrivals = arrivals.then(Arrivals::default);
        Self {
            report: RemoteReport { id: id.to_owned(), arrivals, ..RemoteReport::default() },
            media: MediaReport::default(),
            last_frame: None,
            camera_was_off: false,
            levels: VecDeque::new(),
            pitches: VecDeque::new(),
            heard: false,
            came_at: 0,
            left_at: None,
            ever_connected: false,
            camera_promise: Promise::default(),
            microphone_promise: Promise::default(),
            bytes_now: (0, 0),
            bytes_before: (0, 0),
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.report.id
    }

    pub(crate) fn facts(&mut self, facts: &Facts<'_>, now: u64) {
        if self.report.states.is_empty() || self.left_at.take().is_some() {
            self.came_at = now;
        }
        facts.name.clone_into(&mut self.report.name);
        self.enter(facts.state, now);
        self.media = facts.media;
        // Revision 0 is the assumption before they said anything.
        if facts.media.revision > Revision::NONE {
            self.report.media_state = Some(facts.media);
            note_media(&mut self.report.media_states, facts.media, now);
        }
        self.camera_was_off |= !facts.media.camera;
        self.promises(now);
    }

    pub(crate) fn left(&mut self, now: u64) {
        self.enter(LEFT, now);
        self.left_at = Some(now);
        if let Some(gap) = self.open_gap(now) {
            self.keep_gap(gap);
        }
        self.last_frame = None;
        self.promises(now);
    }

    fn enter(&mut self, state: &str, now: u64) {
        note_state(&mut self.report.states, state, now);
        self.ever_connected |= state == CONNECTED;
    }

    fn is_connected(&self) -> bool {
        self.report.states.last().is_some_and(|last| last.state == CONNECTED)
    }

    fn promises(&mut self, now: u64) {
        let connected = self.is_connected();
        self.camera_promise.set(connected && self.media.camera, now);
        self.microphone_promise.set(connected && self.media.microphone, now);
    }

    pub(crate) fn frame_received(&mut self) {
        self.report.frames_received += 1;
    }

    pub(crate) fn frame_decoded(&mut self, width: u32, height: u32, now: u64) {
        self.report.frames_decoded += 1;
        self.report.first_frame_ms.get_or_insert(now);
        (self.report.width, self.report.height) = (width, height);
        if let Some(gap) = self.open_gap(now) {
            self.keep_gap(gap);
        }
        self.last_frame = Some(now);
        if let Some(arrivals) = &mut self.report.arrivals {
            keep_arrival(&mut arrivals.pictures_ms, &mut arrivals.dropped, now);
        }
        self.camera_was_off = !self.media.camera;
    }

    fn open_gap(&self, now: u64) -> Option<Gap> {
        let at_ms = self.last_frame?;
        let ms = now.saturating_sub(at_ms);
        (ms >= GAP_MS).then_some(Gap { at_ms, ms, camera_off: self.camera_was_off })
    }

    fn keep_gap(&mut self, gap: Gap) {
        if self.report.gaps.len() < HISTORY {
            self.report.gaps.push(gap);
        }
    }

    pub(crate) fn sound(&mut self, sound: Sound) {
        if sound.concealed.is_finite() {
            self.report.audio_concealed = Some(sound.concealed);
        }
        if !(self.media.microphone && self.is_connected() && sound.dbfs.is_finite()) {
            return;
        }
        self.heard |= sound.packets > 0;
        remember(&mut self.levels, sound.dbfs);
        if sound.dbfs > AUDIBLE_DBFS && sound.hz.is_finite() && sound.hz > 0.0 {
            remember(&mut self.pitches, sound.hz);
        }
    }

    pub(crate) fn sound_arrived(&mut self, packets: u64, dbfs: f32, now: u64) {
        if let Some(arrivals) = &mut self.report.arrivals {
            // The clamp makes the cast exact. A value that is not a number counts as silence.
            let dbfs = if dbfs.is_finite() { dbfs.clamp(SILENCE_DBFS, 0.0).round() as i16 } else { -100 };
            keep_arrival(&mut arrivals.sound, &mut arrivals.dropped, (now, packets, dbfs));
        }
    }

    pub(crate) fn connection(&mut self, connection: Connection) {
        self.report.connection = Some(connection);
    }

    pub(crate) fn bytes(&mut self, received: u64, sent: u64) {
        if received < self.bytes_now.0 || sent < self.bytes_now.1 {
            self.bytes_before.0 += self.bytes_now.0;
            self.bytes_before.1 += self.bytes_now.1;
        }
        self.bytes_now = (received, sent);
    }

    pub(crate) fn report(&self, now: u64) -> RemoteReport {
        let mut report = self.report.clone();
        report.gaps.extend(self.open_gap(now));
        report.audio_dbfs = median(&self.levels);
        report.audio_hz = median(&self.pitches);
        report.bytes_in = self.bytes_before.0 + self.bytes_now.0;
        report.bytes_out = self.bytes_before.1 + self.bytes_now.1;
        report
    }

    fn has_picture(&self, decoding: bool) -> bool {
        if decoding { self.report.frames_decoded > 0 } else { self.report.frames_received > 0 }
    }

    /// Whether we met them and received all they promised.
    pub(crate) fn delivered(&self, decoding: bool) -> bool {
        self.ever_connected
            && (!self.camera_promise.made() || self.has_picture(decoding))
            && (!self.microphone_promise.made() || self.heard)
    }

    /// What they promised for long enough and did not deliver.
    pub(crate) fn shortfalls(&self, decoding: bool, now: u64) -> Vec<Shortfall> {
        let here_ms = self.left_at.unwrap_or(now).saturating_sub(self.came_at);
        let failed = [
            ("not_connected", !self.ever_connected && here_ms >= GRACE_MS),
            ("no_picture", self.camera_promise.held_ms(now) >= GRACE_MS && !self.has_picture(decoding)),
            ("no_sound", self.microphone_promise.held_ms(now) >= GRACE_MS && !self.heard),
        ];
        let name = &self.report.name;
        failed
            .into_iter()
            .filter(|(_, failed)| *failed)
            .map(|(code, _)| Shortfall { code, name: Some(name.clone()) })
            .collect()
    }
}

/// Adds a state to a history, unless it is the last one already.
pub(crate) fn note_state(states: &mut Vec<StateChange>, state: &str, now: u64) {
    if states.last().is_none_or(|last| last.state != state) && states.len() < HISTORY {
        states.push(StateChange { at_ms: now, state: state.to_owned() });
    }
}

/// Adds a media state to a history, unless it is the last one already.
pub(crate) fn note_media(changes: &mut Vec<MediaChange>, media: MediaReport, now: u64) {
    if changes.last().is_none_or(|last| last.media != media) && changes.len() < HISTORY {
        changes.push(MediaChange { at_ms: now, media });
    }
}

fn keep_arrival<T>(arrivals: &mut Vec<T>, dropped: &mut u64, arrival: T) {
    if arrivals.len() < MOST_ARRIVALS {
        arrivals.push(arrival);
    } else {
        *dropped += 1;
    }
}

fn remember(samples: &mut VecDeque<f32>, sample: f32) {
    if samples.len() == SOUND_SAMPLES {
        samples.pop_front();
    }
    samples.push_back(sample);
}

fn median(samples: &VecDeque<f32>) -> Option<f32> {
    let mut sorted: Vec<f32> = samples.iter().copied().collect();
    sorted.sort_by(f32::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}
