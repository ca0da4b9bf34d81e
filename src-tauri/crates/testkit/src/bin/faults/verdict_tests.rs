use super::*;
use crate::measure::MediaSeen;

const CUT: Expected = Expected { badge: Some(2_500), back: Some(500), no_gap: false };
const UNDISTURBED: Expected = Expected { badge: None, back: None, no_gap: true };

fn outage(back: Back) -> Outage {
    Outage { back, longest: 0, others: Vec::new() }
}

/// A run as good as it can be after a cut.
fn good() -> Seen {
    let media = MediaSeen { before: true, after: true, end: true, packets_while_muted: 0, heard_again: true };
    Seen {
        badge: Some(2_500),
        connected: true,
        picture: outage(Back::After(500)),
        sound: Some(outage(Back::After(500))),
        pictures_per_second: 30.0,
        concealed: None,
        media,
        stall: 0,
        connection: None,
    }
}

fn undisturbed() -> Seen {
    Seen { badge: None, picture: outage(Back::NoGap), sound: Some(outage(Back::NoGap)), ..good() }
}

fn judged(expected: &Expected, runs: &[Seen]) -> String {
    verdict(expected, &runs.iter().collect::<Vec<_>>(), 0)
}

/// Makes something wrong in a good run.
type Spoil = fn(&mut Seen);

#[test]
fn a_limit_may_be_reached() {
    assert_eq!(judged(&CUT, &[good(), good(), good()]), "met");
    assert_eq!(judged(&UNDISTURBED, &[undisturbed()]), "met");
    assert_eq!(judged(&Expected::default(), &[good()]), "met (state)");
}

#[test]
fn times_are_judged_by_their_median() {
    let spoils: [(Spoil, &str); 4] = [
        (|seen| seen.badge = Some(2_501), "badge"),
        (|seen| seen.badge = None, "badge"),
        (|seen| seen.picture.back = Back::After(501), "picture"),
        (|seen| seen.sound = Some(outage(Back::Never)), "sound"),
    ];
    for (spoil, what) in spoils {
        let mut late = good();
        spoil(&mut late);
        assert_eq!(judged(&CUT, &[good(), good(), late.clone()]), "met", "{what} once");
        assert_eq!(judged(&CUT, &[good(), late.clone(), late]), format!("**not met**: {what}"));
    }
}

#[test]
fn no_run_may_have_a_gap_a_wrong_state_or_a_broken_end() {
    let spoils: [(Spoil, &str); 10] = [
        (|seen| seen.badge = Some(10), "no gap"),
        (|seen| seen.picture.back = Back::After(0), "no gap"),
        (|seen| seen.picture.others = vec![600], "no gap"),
        (|seen| seen.sound = Some(outage(Back::After(0))), "no gap"),
        (|seen| seen.media.before = false, "state"),
        (|seen| seen.media.after = false, "state"),
        (|seen| seen.media.end = false, "state"),
        (|seen| seen.media.packets_while_muted = 1, "state"),
        (|seen| seen.media.heard_again = false, "state"),
        (|seen| seen.connected = false, "state"),
    ];
    for (spoil, what) in spoils {
        let mut bad = undisturbed();
        spoil(&mut bad);
        let runs = [undisturbed(), undisturbed(), bad];
        assert_eq!(judged(&UNDISTURBED, &runs), format!("**not met**: {what}"));
    }
}

#[test]
fn a_run_that_shows_nothing_is_no_success() {
    assert_eq!(verdict(&CUT, &[&good()], 1), "**not met**: every run");
}
