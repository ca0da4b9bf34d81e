//! During a meeting, a server that is away is tried every few seconds, whatever the client's own pause is. After five
//! minutes only the client's own attempts go on.

use std::time::Duration;

use holdfast_meeting_machine::Effect;
use holdfast_signaling_session::SignalingEvent;

use crate::stay::Stay;

/// Refused at once.
fn lost(stay: &mut Stay, retry_ms: u64) -> usize {
    lost_after(stay, 0, retry_ms)
}

fn lost_after(stay: &mut Stay, tried_ms: u64, retry_ms: u64) -> usize {
    let (tried, retry_in) = (Duration::from_millis(tried_ms), Duration::from_millis(retry_ms));
    checks(&stay.signaling(SignalingEvent::Disconnected { tried, retry_in }))
}

fn checks(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| **effect == Effect::CheckSignaling).count()
}

#[test]
fn a_long_pause_is_cut_to_between_three_and_five_seconds_once() {
    for retry_ms in [5_001, 8_000, 17_123, 30_000] {
        let mut stay = Stay::settled_with(&[2]);
        assert_eq!(lost(&mut stay, retry_ms), 0);
        assert_eq!(checks(&stay.wait(2_999)), 0);
        assert_eq!(checks(&stay.wait(2_001)), 1, "{retry_ms}");
        assert_eq!(checks(&stay.wait(60_000)), 0, "the next attempt says how long the next pause is");
    }
}

#[test]
fn an_attempt_that_nothing_answered_has_been_a_part_of_the_pause() {
    for (tried_ms, least, most) in [(2_000, 1_000, 3_000), (3_000, 0, 2_000), (10_000, 0, 2_000)] {
        for retry_ms in [5_001, 7_999, 17_123, 30_000] {
            let mut stay = Stay::settled_with(&[2]);
            let at_once = lost_after(&mut stay, tried_ms, retry_ms) > 0;
            let at = if at_once { 0 } else { (1..6_000).find(|_| checks(&stay.wait(1)) > 0).unwrap() };
            assert!((least..=most).contains(&at), "{at} ms after one of {tried_ms}");
        }
    }
}

#[test]
fn two_with_different_pauses_do_not_look_at_the_same_moment() {
    let when = |retry_ms| {
        let mut stay = Stay::settled_with(&[2]);
        lost(&mut stay, retry_ms);
        (0..6_000).find(|_| checks(&stay.wait(1)) > 0)
    };
    assert_ne!(when(17_100), when(22_700));
}

#[test]
fn a_short_pause_is_left_to_the_client() {
    let mut stay = Stay::settled_with(&[2]);
    for retry_ms in [0, 1_000, 3_000] {
        lost(&mut stay, retry_ms);
        assert_eq!(checks(&stay.wait(10_000)), 0);
    }
}

#[test]
fn a_server_that_is_back_is_not_looked_for() {
    let mut stay = Stay::settled_with(&[2]);
    lost(&mut stay, 30_000);
    stay.signaling(SignalingEvent::Reconnected { resumed: true, roster: Vec::new() });
    assert_eq!(checks(&stay.wait(60_000)), 0);
}

#[test]
fn after_five_minutes_it_is_left_to_the_client_and_a_new_loss_counts_anew() {
    let mut stay = Stay::settled_with(&[2]);
    let mut looked = 0;
    for _ in 0..20 {
        lost(&mut stay, 30_000);
        looked += checks(&stay.wait(30_000));
    }
    assert_eq!(looked, 10);
    stay.signaling(SignalingEvent::Reconnected { resumed: true, roster: Vec::new() });
    lost(&mut stay, 30_000);
    assert_eq!(checks(&stay.wait(30_000)), 1);
}
