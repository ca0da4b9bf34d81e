//! A few seeds of the thousand that `cargo xtask simulate` runs, and shorter ones, because this build is slower.

use holdfast_simulation::{Options, simulate};

/// Meetings of this test, and their minutes: it takes a few seconds without much optimisation.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=6;
const MINUTES: u64 = 10;

#[test]
fn a_few_meetings_hold() {
    let options = Options { minutes: MINUTES, ..Options::default() };
    for seed in SEEDS {
        let outcome = simulate(seed, &options);
        if let Some(violation) = outcome.violation {
            let traced = simulate(seed, &Options { trace: true, ..options }).trace;
            let lines = traced.about(&violation.people, 100).join("\n");
            panic!(
                "seed {seed}, {:?}, not so: {}\n{}\n{lines}",
                violation.at,
                violation.invariant.says(),
                violation.what
            );
        }
        assert!(outcome.checked.connected > 0 && outcome.checked.media_states > 0, "nothing was checked");
    }
}

#[test]
fn a_seed_is_a_replay() {
    let options = Options { people: 4, minutes: 5, trace: true };
    let [first, second] = [simulate(7, &options), simulate(7, &options)];
    assert_eq!(first.events, second.events);
    assert_eq!(first.recoveries, second.recoveries);
    let everyone = [0, 1, 2, 3];
    assert_eq!(first.trace.about(&everyone, usize::MAX), second.trace.about(&everyone, usize::MAX));
}
