//! The exit status of a bot says whether it met anyone.

use crate::support::sending;
use holdfast_testkit::{Bot, Programs};

#[test]
fn a_bot_that_met_no_one_does_not_succeed() {
    let programs = Programs::beside_tests();
    let options = [&sending("pattern", "none")[..], &["--for", "0.5"]].concat();
    let bot = Bot::host(&programs, "Alone", &options);
    let (status, report) = bot.finish();
    assert_eq!(status.code(), Some(1));
    assert!(report.remotes.is_empty());
}
