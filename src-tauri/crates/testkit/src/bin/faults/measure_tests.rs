use super::*;

const MOMENTS: Moments = Moments { cut: 1_000, whole: 6_000, unmuted: 12_000, end: 14_000 };

fn every_40_ms(from: i64, to: i64) -> impl Iterator<Item = i64> {
    (from..=to).step_by(40)
}

#[test]
fn the_return_of_a_cut_stream_is_measured_from_the_whole_network() {
    let times: Vec<_> = every_40_ms(0, 1_000).chain(every_40_ms(6_300, 13_980)).collect();
    let outage = outage(&times, MOMENTS);
    assert_eq!((outage.back, outage.longest), (Back::After(300), 5_300));
    assert!(outage.others.is_empty());
}

#[test]
fn a_stream_that_goes_on_has_no_gap_and_one_that_ends_never_comes_back() {
    let times: Vec<_> = every_40_ms(0, 14_000).collect();
    assert_eq!(outage(&times, MOMENTS), Outage { back: Back::NoGap, longest: 40, others: vec![] });
    let times: Vec<_> = every_40_ms(0, 1_000).collect();
    assert_eq!(outage(&times, MOMENTS).back, Back::Never);
    assert_eq!(outage(&[], MOMENTS).back, Back::Never);
}

#[test]
fn a_pause_of_the_machine_is_not_the_gap_of_the_fault() {
    let times: Vec<_> =
        every_40_ms(0, 900).chain(every_40_ms(1_500, 1_700)).chain(every_40_ms(6_200, 13_980)).collect();
    let outage = outage(&times, MOMENTS);
    assert_eq!((outage.back, outage.others), (Back::After(200), vec![1_500 - 880]));
    let undisturbed = Moments { whole: 1_000, ..MOMENTS };
    let times: Vec<_> = every_40_ms(0, 9_000).chain(every_40_ms(9_600, 14_000)).collect();
    assert_eq!(super::outage(&times, undisturbed).back, Back::NoGap);
}

#[test]
fn other_gaps_after_the_cut_are_listed_and_earlier_ones_are_not() {
    let times: Vec<_> = [-3_000, 500]
        .into_iter()
        .chain(every_40_ms(980, 1_020))
        .chain(every_40_ms(6_100, 7_020))
        .chain(every_40_ms(8_000, 13_980))
        .collect();
    let outage = outage(&times, MOMENTS);
    assert_eq!((outage.back, outage.others), (Back::After(100), vec![8_000 - 7_020]));
}

fn report(json: serde_json::Value) -> Report {
    serde_json::from_value(json).expect("a report")
}

fn media_state(at_ms: u64, revision: u64, microphone: bool) -> serde_json::Value {
    serde_json::json!({"at_ms": at_ms, "revision": revision, "microphone": microphone, "camera": true,
        "screen": false, "hand": false})
}

/// This many looks, 20 ms apart, with this many packets.
fn looks(from: u64, count: u64, packets: u64) -> Vec<(u64, u64, i16)> {
    (0..count).map(|index| (from + index * 20, packets, -18)).collect()
}

fn pair(seen: &[serde_json::Value], sound: &[(u64, u64, i16)]) -> (Report, Report) {
    let own = [media_state(10, 1, true), media_state(3_000, 2, false), media_state(12_000, 3, true)];
    let ours = report(serde_json::json!({
        "self": {"id": "a", "name": "Ada"}, "started_unix_us": 0, "duration_ms": 14_000, "joined_ms": 1,
        "signaling": [], "media_states": [],
        "remotes": [{"id": "b", "name": "Bo", "first_frame_ms": 5, "frames_received": 1,
            "frames_decoded": 1, "width": 2, "height": 2, "gaps": [], "bytes_in": 0, "bytes_out": 0,
            "states": [{"at_ms": 5, "state": "connected"}, {"at_ms": 2_900, "state": "reconnecting"},
                {"at_ms": 6_200, "state": "connected"}, {"at_ms": 13_999, "state": "left"}],
            "media_states": seen, "arrivals": {"pictures_ms": [], "sound": sound}}]
    }));
    // Their process started a second later.
    let own: Vec<_> = own
        .iter()
        .map(|change| {
            let mut change = change.clone();
            change["at_ms"] = (change["at_ms"].as_u64().unwrap_or(0).saturating_sub(1_000)).into();
            change
        })
        .collect();
    let theirs = report(serde_json::json!({
        "self": {"id": "b", "name": "Bo"}, "started_unix_us": 1_000_000, "duration_ms": 13_000,
        "joined_ms": 1, "signaling": [], "remotes": [], "media_states": own
    }));
    (ours, theirs)
}

fn look(seen_states: &[serde_json::Value], sound: &[(u64, u64, i16)]) -> Seen {
    let (ours, theirs) = pair(seen_states, sound);
    seen(&ours, ours.of("Bo"), &theirs, true, MOMENTS)
}

#[test]
fn the_badge_and_the_state_at_the_end_are_read_from_the_states() {
    let seen = look(&[], &[]);
    assert_eq!((seen.badge, seen.connected), (Some(1_900), true));
}

#[test]
fn a_report_shows_that_its_participant_did_not_run() {
    let looks = [(900, 1, -18), (1_020, 2, -18), (1_040, 2, -18), (1_700, 9, -18), (1_720, 9, -18)];
    assert_eq!(look(&[], &looks).stall, 660);
    assert_eq!(look(&[], &[]).stall, 0);
}

#[test]
fn a_goodbye_at_the_end_is_no_badge() {
    let (mut ours, theirs) = pair(&[], &[]);
    ours.remotes[0].states.retain(|change| change.state != "reconnecting");
    let seen = seen(&ours, ours.of("Bo"), &theirs, true, MOMENTS);
    assert_eq!((seen.badge, seen.connected), (None, true));
}

#[test]
fn a_known_state_is_right_if_it_is_the_one_that_was_sent() {
    let all = [media_state(20, 1, true), media_state(6_500, 2, false), media_state(12_100, 3, true)];
    let heard = [looks(900, 1, 40), looks(3_250, 450, 60), vec![(12_500, 70, -18)]].concat();
    let media = look(&all, &heard).media;
    assert!(media.right() && media.heard_again, "{media:?}");
    let media = look(&all[..1], &heard).media;
    assert!(media.before && !media.after && !media.end && !media.right(), "{media:?}");
}

#[test]
fn sound_after_the_microphone_was_closed_is_counted() {
    let all = [media_state(20, 1, true), media_state(6_500, 2, false), media_state(12_100, 3, true)];
    let heard = [looks(900, 1, 40), looks(3_250, 20, 40), looks(6_000, 20, 48)].concat();
    let media = look(&all, &heard).media;
    assert_eq!((media.packets_while_muted, media.right()), (8, false));
}

#[test]
fn packets_from_before_a_pause_do_not_count_as_sound_of_a_closed_microphone() {
    let all = [media_state(20, 1, true), media_state(6_500, 2, false), media_state(12_100, 3, true)];
    let heard = [looks(2_800, 5, 40), looks(3_800, 1, 40), looks(3_870, 400, 48)].concat();
    assert_eq!(look(&all, &heard).media.packets_while_muted, 0);
}
