//! A full mesh of four: each participant gets the picture and the tone of each other, and never a mixture.

use crate::support::{assert_got, sending};
use holdfast_testkit::{Bot, Programs};

const PEOPLE: [(&str, &str, &str, f32); 4] = [
    ("Ada", "pattern:0", "tone:300", 300.0),
    ("Bo", "pattern:90", "tone:410", 410.0),
    ("Cy", "pattern:180", "tone:530", 530.0),
    ("Di", "pattern:270", "tone:670", 670.0),
];

#[test]
fn four_participants_see_and_hear_each_other() {
    let programs = Programs::beside_tests();
    let (name, video, audio, _) = PEOPLE[0];
    let host = Bot::host(&programs, name, &sending(video, audio));
    let link = host.link();
    let mut bots = vec![host];
    for (name, video, audio, _) in &PEOPLE[1..] {
        bots.push(Bot::join(&programs, &link, name, &sending(video, audio)));
    }
    for (bot, (own, ..)) in bots.iter_mut().zip(PEOPLE) {
        for (name, _, _, hz) in PEOPLE.iter().filter(|(name, ..)| *name != own) {
            bot.wait_until_received(name, 15, Some(f64::from(*hz)));
        }
    }
    // The host comes last, because the others say goodbye over its server.
    for (bot, (own, ..)) in bots.into_iter().zip(PEOPLE).rev() {
        let (status, report) = bot.end();
        assert!(status.success(), "{own}: {status}");
        assert_eq!(report.remotes.len(), PEOPLE.len() - 1);
        for (name, _, _, hz) in PEOPLE.iter().filter(|(name, ..)| *name != own) {
            assert_got(report.of(name), *hz);
        }
    }
}
