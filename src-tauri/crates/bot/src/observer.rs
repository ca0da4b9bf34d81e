//! Builds the report from what happens. Pure: each call is given the time.
//!
//! Knows what counts as a gap, as met and as delivered. Does not know meetings, decoders or clocks.

use crate::remote::Remote;
use crate::report::{Connection, MediaChange, MediaReport, Own, Report, Shortfall, StateChange};

/// A time without a decoded picture counts as a gap from this length on.
pub(crate) const GAP_MS: u64 = 500;

/// A participant who promised media has this long to deliver it before the run counts it as missing: a participant who
/// came at the last moment proves nothing.
pub(crate) const GRACE_MS: u64 = 3_000;

/// Participants kept in a report. A room holds 16 at a time; this is many rounds of coming and going.
const MOST_REMOTES: usize = 1_000;

/// What the meeting says about a participant.
#[derive(Clone, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) state: &'a str,
    pub(crate) media: MediaReport,
}

/// One look at the sound of a participant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sound {
    pub(crate) dbfs: f32,
    pub(crate) hz: f32,
    pub(crate) concealed: f32,
    /// Packets that arrived so far.
    pub(crate) packets: u64,
}

/// Watches a meeting.
pub(crate) struct Observer {
    own: Own,
    joined_ms: u64,
    /// Whether pictures are decoded here; if not, their arrival is the proof.
    decoding: bool,
    /// Whether every arrival is written down.
    arrivals: bool,
    started_unix_us: u64,
    remotes: Vec<Remote>,
    ended: Option<String>,
    frames_lagged: u64,
    signaling: Vec<StateChange>,
    media_states: Vec<MediaChange>,
}

/// What an [`Observer`] is told before anything happens.
#[derive(Debug, Default)]
pub(crate) struct Setting {
    /// Whether pictures are decoded here; if not, their arrival is the proof.
    pub(crate) decoding: bool,
    /// Whether every arrival is written down.
    pub(crate) arrivals: bool,
    /// When the command started, in microseconds of Unix time.
    pub(crate) started_unix_us: u64,
    /// When the server let us in.
    pub(crate) joined_ms: u64,
}

impl Observer {
    pub(crate) fn new(own: Own, setting: &Setting) -> Self {
        let Setting { decoding, arrivals, started_unix_us, joined_ms } = *setting;
        Self {
            own,
            joined_ms,
            decoding,
            arrivals,
            started_unix_us,
            remotes: Vec::new(),
            ended: None,
            frames_lagged: 0,
            signaling: Vec::new(),
            media_states: Vec::new(),
        }
    }

    /// We told the others what we send.
    pub(crate) fn own_media(&mut self, media: MediaReport, now: u64) {
        crate::remote::note_media(&mut self.media_states, media, now);
    }

    /// The signaling connection changed.
    pub(crate) fn signaling(&mut self, state: &str, now: u64) {
        crate::remote::note_state(&mut self.signaling, state, now);
    }

    /// A participant is there, or something about them changed.
    pub(crate) fn participant(&mut self, facts: &Facts<'_>, now: u64) {
        if self.remote(facts.id).is_none() && self.remotes.len() < MOST_REMOTES {
            self.remotes.push(Remote::new(facts.id, self.arrivals));
        }
        if let Some(remote) = self.remote(facts.id) {
            remote.facts(facts, now);
        }
    }

    /// A participant is gone.
    pub(crate) fn left(&mut self, id: &str, now: u64) {
        if let Some(remote) = self.remote(id) {
            remote.left(now);
        }
    }

    /// A whole encoded picture arrived.
    pub(crate) fn frame_received(&mut self, id: &str) {
        if let Some(remote) = self.remote(id) {
            remote.frame_received();
        }
    }

    /// A picture was decoded.
    pub(crate) fn frame_decoded(&mut self, id: &str, width: u32, height: u32, now: u64) {
        if let Some(remote) = self.remote(id) {
            remote.frame_decoded(width, height, now);
        }
    }

    /// Pictures were lost between network and decoder.
    pub(crate) fn frames_lagged(&mut self, count: u64) {
        self.frames_lagged = self.frames_lagged.saturating_add(count);
    }

    /// The sound of a participant as it is now.
    pub(crate) fn sound(&mut self, id: &str, sound: Sound) {
        if let Some(remote) = self.remote(id) {
            remote.sound(sound);
        }
    }

    /// A look at how much sound of a participant arrived, and how loud it is.
    pub(crate) fn heard(&mut self, id: &str, packets: u64, dbfs: f32, now: u64) {
        if let Some(remote) = self.remote(id) {
            remote.sound_arrived(packets, dbfs, now);
        }
    }

    /// What the connection to a participant needed so far.
    pub(crate) fn connection(&mut self, id: &str, connection: Connection) {
        if let Some(remote) = self.remote(id) {
            remote.connection(connection);
        }
    }

    /// Bytes exchanged with a participant over their current connection.
    pub(crate) fn bytes(&mut self, id: &str, received: u64, sent: u64) {
        if let Some(remote) = self.remote(id) {
            remote.bytes(received, sent);
        }
    }

    /// The meeting ended, and not because we left.
    pub(crate) fn ended(&mut self, code: Option<String>) {
        self.ended = code;
    }

    /// The report as of now.
    pub(crate) fn report(&self, now: u64) -> Report {
        Report {
            own: self.own.clone(),
            remotes: self.remotes.iter().map(|remote| remote.report(now)).collect(),
            started_unix_us: self.started_unix_us,
            duration_ms: now,
            joined_ms: self.joined_ms,
            ended: self.ended.clone(),
            shortfalls: self.shortfalls(now),
            frames_lagged: self.frames_lagged,
            signaling: self.signaling.clone(),
            media_states: self.media_states.clone(),
        }
    }

    /// What is missing for a success. A success is to meet someone and to receive the media they said they send.
    fn shortfalls(&self, now: u64) -> Vec<Shortfall> {
        let decoding = self.decoding;
        let mut missing: Vec<_> =
            self.remotes.iter().flat_map(|remote| remote.shortfalls(decoding, now)).collect();
        let met = self.remotes.iter().any(|remote| remote.delivered(decoding));
        if !met && missing.is_empty() {
            missing.push(Shortfall { code: "nobody_met", name: None });
        }
        missing
    }

    fn remote(&mut self, id: &str) -> Option<&mut Remote> {
        self.remotes.iter_mut().find(|remote| remote.id() == id)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use holdfast_protocol::Revision;

    use super::*;
    use crate::report::Gap;

    const BOTH: MediaReport =
        MediaReport { revision: Revision(1), microphone: true, camera: true, screen: false, hand: false };
    const SILENT: MediaReport = MediaReport { revision: Revision(2), microphone: false, ..BOTH };
    const NO_CAMERA: MediaReport = MediaReport { revision: Revision(3), camera: false, ..BOTH };

    fn observer() -> Observer {
        let setting = Setting { decoding: true, arrivals: true, started_unix_us: 7, joined_ms: 5 };
        Observer::new(Own { id: "me".into(), name: "Me".into() }, &setting)
    }

    fn see(observer: &mut Observer, state: &str, media: MediaReport, now: u64) {
        observer.participant(&Facts { id: "a", name: "Ada", state, media }, now);
    }

    fn frames(observer: &mut Observer, from: u64, to: u64) {
        for now in (from..=to).step_by(40) {
            observer.frame_received("a");
            observer.frame_decoded("a", 320, 180, now);
        }
    }

    fn codes(observer: &Observer, now: u64) -> Vec<&'static str> {
        observer.report(now).shortfalls.iter().map(|shortfall| shortfall.code).collect()
    }

    #[test]
    fn someone_who_delivers_what_they_promise_makes_a_success() {
        let mut observer = observer();
        see(&mut observer, "connected", BOTH, 100);
        frames(&mut observer, 200, 5_000);
        observer.sound("a", Sound { dbfs: -18.0, hz: 440.0, concealed: 0.0, packets: 9 });
        assert_eq!(codes(&observer, 5_040), Vec::<&str>::new());
        let remote = &observer.report(5_040).remotes[0];
        assert_eq!((remote.first_frame_ms, remote.frames_decoded), (Some(200), 121));
        assert_eq!((remote.width, remote.height), (320, 180));
        assert_eq!((remote.audio_hz, remote.audio_dbfs), (Some(440.0), Some(-18.0)));
        assert!(remote.gaps.is_empty());
    }

    #[test]
    fn meeting_no_one_is_no_success() {
        assert_eq!(codes(&observer(), 9_000), ["nobody_met"]);
        let mut observer = observer();
        see(&mut observer, "connecting", BOTH, 100);
        assert_eq!(codes(&observer, 1_000), ["nobody_met"]);
        assert_eq!(codes(&observer, 9_000), ["not_connected"]);
    }

    #[test]
    fn promised_media_that_never_comes_is_named() {
        let mut observer = observer();
        see(&mut observer, "connected", BOTH, 100);
        assert_eq!(codes(&observer, 200 + GRACE_MS), ["no_picture", "no_sound"]);
        frames(&mut observer, 5_000, 5_100);
        assert_eq!(codes(&observer, 5_200), ["no_sound"]);
        assert_eq!(observer.report(5_200).shortfalls[0].name.as_deref(), Some("Ada"));
    }

    #[test]
    fn what_was_not_promised_is_not_missed() {
        let mut observer = observer();
        let nothing = MediaReport { microphone: false, camera: false, ..BOTH };
        see(&mut observer, "connected", nothing, 100);
        assert_eq!(codes(&observer, 20_000), Vec::<&str>::new());
    }

    #[test]
    fn a_latecomer_does_not_change_the_verdict() {
        let mut observer = observer();
        see(&mut observer, "connected", SILENT, 100);
        assert_eq!(codes(&observer, 1_000), ["nobody_met"]);
        frames(&mut observer, 1_000, 8_000);
        observer.participant(&Facts { id: "b", name: "Bo", state: "connected", media: BOTH }, 7_500);
        assert_eq!(codes(&observer, 8_000), Vec::<&str>::new());
    }

    #[test]
    fn a_gap_counts_from_half_a_second_and_an_open_one_counts_too() {
        let mut observer = observer();
        see(&mut observer, "connected", SILENT, 0);
        for now in [100, 599, 1_099, 1_200] {
            observer.frame_decoded("a", 2, 2, now);
        }
        let gap = |at_ms, ms| Gap { at_ms, ms, camera_off: false };
        assert_eq!(observer.report(1_600).remotes[0].gaps, [gap(599, 500)]);
        assert_eq!(observer.report(1_700).remotes[0].gaps, [gap(599, 500), gap(1_200, 500)]);
    }

    #[test]
    fn a_gap_with_the_camera_off_says_so_and_leaving_ends_it() {
        let mut observer = observer();
        see(&mut observer, "connected", SILENT, 0);
        observer.frame_decoded("a", 2, 2, 100);
        see(&mut observer, "connected", NO_CAMERA, 200);
        see(&mut observer, "connected", MediaReport { revision: Revision(4), ..SILENT }, 900);
        observer.frame_decoded("a", 2, 2, 1_000);
        observer.frame_decoded("a", 2, 2, 1_600);
        observer.left("a", 2_200);
        let gaps = &observer.report(9_000).remotes[0].gaps;
        let gap = |at_ms, ms, camera_off| Gap { at_ms, ms, camera_off };
        assert_eq!(gaps[..], [gap(100, 900, true), gap(1_000, 600, false), gap(1_600, 600, false)]);
    }

    #[test]
    fn states_are_listed_once_each_with_their_time() {
        let mut observer = observer();
        for (state, now) in [("waiting", 10), ("waiting", 20), ("connected", 30)] {
            see(&mut observer, state, BOTH, now);
        }
        observer.left("a", 40);
        let report = observer.report(50);
        let states: Vec<_> =
            report.remotes[0].states.iter().map(|change| (change.at_ms, change.state.as_str())).collect();
        assert_eq!(states, [(10, "waiting"), (30, "connected"), (40, "left")]);
    }

    #[test]
    fn sound_is_measured_only_while_it_is_promised() {
        let mut observer = observer();
        see(&mut observer, "connected", BOTH, 0);
        for hz in [440.0, 441.0, 439.0] {
            observer.sound("a", Sound { dbfs: -20.0, hz, concealed: 0.1, packets: 9 });
        }
        see(&mut observer, "connected", SILENT, 100);
        for _ in 0..100 {
            observer.sound("a", Sound { dbfs: f32::NEG_INFINITY, hz: 0.0, concealed: 0.02, packets: 9 });
        }
        let remote = &observer.report(200).remotes[0];
        assert_eq!((remote.audio_hz, remote.audio_dbfs), (Some(440.0), Some(-20.0)));
        assert_eq!(remote.audio_concealed, Some(0.02));
    }

    #[test]
    fn promised_silence_has_a_level_only_if_it_is_a_number() {
        let mut observer = observer();
        see(&mut observer, "connected", BOTH, 0);
        observer.sound("a", Sound { dbfs: f32::NEG_INFINITY, hz: 0.0, concealed: 0.0, packets: 9 });
        let remote = &observer.report(200).remotes[0];
        assert_eq!((remote.audio_dbfs, remote.audio_hz), (None, None));
    }

    #[test]
    fn bytes_of_a_connection_that_was_replaced_still_count() {
        let mut observer = observer();
        see(&mut observer, "connected", BOTH, 0);
        observer.bytes("a", 1_000, 500);
        observer.bytes("a", 1_500, 700);
        // A new connection starts at zero.
        observer.bytes("a", 100, 50);
        let remote = &observer.report(200).remotes[0];
        assert_eq!((remote.bytes_in, remote.bytes_out), (1_600, 750));
    }

    #[test]
    fn every_change_of_what_is_sent_is_kept_once_with_its_time() {
        let mut observer = observer();
        for (media, now) in [(BOTH, 10), (BOTH, 20), (SILENT, 30)] {
            see(&mut observer, "connected", media, now);
            observer.own_media(media, now);
        }
        let report = observer.report(40);
        let expected = [MediaChange { at_ms: 10, media: BOTH }, MediaChange { at_ms: 30, media: SILENT }];
        assert_eq!(report.media_states, expected);
        assert_eq!(report.remotes[0].media_states, expected);
    }

    #[test]
    fn arrivals_are_listed_where_that_is_asked_for() {
        let mut observer = observer();
        see(&mut observer, "connected", BOTH, 0);
        frames(&mut observer, 200, 240);
        observer.heard("a", 3, -17.6, 220);
        observer.heard("a", 3, f32::NEG_INFINITY, 240);
        let arrivals = observer.report(300).remotes[0].arrivals.clone().unwrap();
        assert_eq!(arrivals.pictures_ms, [200, 240]);
        assert_eq!(arrivals.sound, [(220, 3, -18), (240, 3, -100)]);

        let own = Own { id: "me".into(), name: "Me".into() };
        let mut other = Observer::new(own, &Setting { decoding: true, ..Setting::default() });
        see(&mut other, "connected", BOTH, 0);
        frames(&mut other, 200, 240);
        assert_eq!(other.report(300).remotes[0].arrivals, None);
    }

    #[test]
    fn the_report_has_the_documented_fields() {
        let mut observer = observer();
        see(&mut observer, "connected", BOTH, 10);
        frames(&mut observer, 20, 60);
        let json = serde_json::to_value(observer.report(100)).unwrap();
        assert_eq!(json["self"], serde_json::json!({"id": "me", "name": "Me"}));
        let remote = json["remotes"][0].as_object().unwrap();
        for field in [
            "id",
            "name",
            "first_frame_ms",
            "frames_received",
            "frames_decoded",
            "width",
            "height",
            "gaps",
            "audio_dbfs",
            "audio_hz",
            "audio_concealed",
            "media_state",
            "media_states",
            "states",
            "connection",
            "arrivals",
            "bytes_in",
            "bytes_out",
        ] {
            assert!(remote.contains_key(field), "{field}");
        }
        let media = remote["media_state"].as_object().unwrap();
        assert!(
            ["revision", "microphone", "camera", "screen", "hand"]
                .iter()
                .all(|name| media.contains_key(*name))
        );
        assert_eq!(remote["states"][0], serde_json::json!({"at_ms": 10, "state": "connected"}));
    }
}
