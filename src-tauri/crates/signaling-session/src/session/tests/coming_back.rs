//! When the path dies, comes back, or changes under a session.

use super::*;
use crate::session::coming_back::{ATTEMPT_TIMEOUT, SLOWER_ATTEMPT, WISH_EVERY};

const MILLI: Duration = Duration::from_millis(1);

/// Runs the timers up to `until`. Returns what the session wanted, with the millisecond.
fn run(session: &mut Session, until: Elapsed) -> Vec<(u128, String)> {
    let mut wanted = Vec::new();
    while let Some(now) = session.poll_timeout().filter(|at| *at <= until) {
        session.handle_timeout(now);
        wanted.extend(actions(session).into_iter().map(|action| (now.as_millis(), action)));
    }
    wanted
}

fn without_pings(wanted: Vec<(u128, String)>) -> Vec<(u128, String)> {
    wanted.into_iter().filter(|(_, action)| action != "ping").collect()
}

fn at(millis: u128, action: &str) -> (u128, String) {
    (millis, action.to_owned())
}

#[test]
fn a_server_that_stops_answering_is_told_and_left_at_once() {
    let mut session = live();
    let wanted = without_pings(run(&mut session, 5 * SECOND));
    assert_eq!(
        wanted,
        [at(2500, "silent"), at(5000, "disconnect"), at(5000, "disconnected"), at(5000, "connect")]
    );
}

#[test]
fn anything_that_comes_ends_a_silence() {
    for (name, speak) in [
        ("a message", (|s, now| s.message(relay(1, "a"), now)) as fn(&mut Session, Elapsed)),
        ("a pong", |s, now| s.message(ServerMessage::Pong { nonce: 1 }, now)),
        ("a frame without meaning", |s, _| s.heard()),
    ] {
        let mut session = live();
        run(&mut session, 3 * SECOND);
        speak(&mut session, 3 * SECOND);
        assert_eq!(actions(&mut session)[0], "heard", "{name}");
        speak(&mut session, 3 * SECOND + MILLI);
        assert!(!actions(&mut session).contains(&"heard".to_owned()), "{name}");
        let wanted = run(&mut session, 5 * SECOND);
        assert!(!wanted.iter().any(|(_, action)| action == "disconnect"), "{name}: {wanted:?}");
    }
}

#[test]
fn what_is_sent_into_a_silence_is_sent_again_on_the_next_connection() {
    let mut session = live();
    run(&mut session, 3 * SECOND);
    session.send(id(2), Generation::FIRST, "x".into(), 3 * SECOND);
    assert_eq!(actions(&mut session), ["relay 1 to 2"]);
    run(&mut session, 5 * SECOND);
    session.connected(5 * SECOND);
    session.message(hello(1), 5 * SECOND);
    session.message(welcome(true, 0, &[2, 3]), 5 * SECOND);
    assert!(actions(&mut session).contains(&"relay 1 to 2".to_owned()));
}

#[test]
fn the_first_try_is_at_once_and_the_next_ones_wait_between_bounded_attempts() {
    let mut session = live();
    session.closed(SignalingError::Unreachable, 2 * SECOND);
    assert_eq!(actions(&mut session), ["disconnected", "connect"]);
    let mut now = 2 * SECOND;
    let mut ceiling = 2 * SECOND;
    for _ in 0..8 {
        assert_eq!(session.poll_timeout(), Some(now + ATTEMPT_TIMEOUT), "an attempt does not hang");
        now += ATTEMPT_TIMEOUT;
        session.handle_timeout(now);
        assert_eq!(actions(&mut session), ["disconnect", "disconnected"]);
        let next = session.poll_timeout().unwrap();
        assert!((now + SECOND..=now + ceiling).contains(&next), "{next:?} after {now:?}");
        (now, ceiling) = (next, (2 * ceiling).min(30 * SECOND));
        session.handle_timeout(now);
        assert_eq!(actions(&mut session), ["connect"]);
    }
}

#[test]
fn an_attempt_is_timed_from_its_opening_and_a_lost_session_has_no_time() {
    let tried = |session: &mut Session| {
        std::iter::from_fn(|| session.poll_action()).find_map(|action| match action {
            Action::Report(Report::Disconnected { tried, .. }) => Some(tried),
            _ => None,
        })
    };
    let mut session = live();
    session.closed(SignalingError::Unreachable, 2 * SECOND);
    assert_eq!(tried(&mut session), Some(Duration::ZERO));
    // The delayed data is still part of it.
    session.connected(4 * SECOND);
    session.closed(SignalingError::Unreachable, 4 * SECOND + MILLI);
    assert_eq!(tried(&mut session), Some(2 * SECOND + MILLI));
    let mut session = live();
    session.closed(SignalingError::Unreachable, SECOND / 2);
    assert_eq!(tried(&mut session), Some(Duration::ZERO), "thrown out");
}

#[test]
fn a_server_that_throws_us_out_again_is_not_hammered() {
    let mut session = live();
    let mut now = Duration::ZERO;
    for _ in 0..20 {
        session.closed(SignalingError::Unreachable, now + SECOND - MILLI);
        assert_eq!(actions(&mut session), ["disconnected"]);
        let next = session.poll_timeout().unwrap();
        assert!(next >= now + 2 * SECOND - MILLI);
        now = next;
        session.handle_timeout(now);
        session.connected(now);
        session.message(welcome(true, 0, &[]), now);
        actions(&mut session);
    }
}

#[test]
fn an_attempt_may_take_longer_where_the_last_one_did() {
    let mut session = session();
    session.connected(SECOND);
    session.message(hello(1), SECOND + 300 * MILLI);
    session.message(welcome(false, 0, &[]), SECOND + 500 * MILLI);
    session.closed(SignalingError::Unreachable, 4 * SECOND);
    assert_eq!(session.poll_timeout(), Some(4 * SECOND + 500 * MILLI * SLOWER_ATTEMPT));
}

#[test]
fn waiting_for_a_network_does_not_make_its_path_a_slow_one() {
    let mut session = session();
    session.connected(8 * SECOND);
    session.message(hello(1), 8 * SECOND);
    session.message(welcome(false, 0, &[]), 8 * SECOND + 50 * MILLI);
    session.closed(SignalingError::Unreachable, 10 * SECOND);
    assert_eq!(session.poll_timeout(), Some(10 * SECOND + ATTEMPT_TIMEOUT));
}

#[test]
fn after_a_network_change_a_new_connection_is_made_in_every_phase() {
    let mut session = live();
    session.reconnect(SECOND / 2);
    assert_eq!(actions(&mut session), ["disconnect", "disconnected", "connect"]);
    session.connected(SECOND / 2);
    // While joining: start over.
    session.reconnect(SECOND);
    assert_eq!(actions(&mut session), ["hello", "disconnect", "connect"]);
    assert_eq!(session.poll_timeout(), Some(SECOND + ATTEMPT_TIMEOUT));
    session.closed(SignalingError::Unreachable, 2 * SECOND);
    // While waiting: now.
    session.reconnect(2 * SECOND + MILLI);
    assert_eq!(actions(&mut session), ["disconnected", "connect"]);
    session.connected(3 * SECOND);
    session.message(hello(1), 3 * SECOND);
    session.message(welcome(true, 0, &[2, 3]), 3 * SECOND);
    assert_eq!(actions(&mut session), ["hello", "join Some(0)", "reconnected resumed=true +2+3"]);
    // On the way out: no longer.
    session.leave(4 * SECOND);
    session.reconnect(4 * SECOND);
    session.check(4 * SECOND);
    assert_eq!(actions(&mut session), ["leave"]);
}

#[test]
fn starting_the_first_join_over_gives_it_no_more_time() {
    let mut session = session();
    for n in 1..=9 {
        session.reconnect(n * SECOND);
        assert_eq!(session.poll_timeout(), Some(limits::JOIN_TIMEOUT));
    }
    actions(&mut session);
    session.handle_timeout(limits::JOIN_TIMEOUT);
    assert_eq!(actions(&mut session), ["disconnect", "refused unreachable", "end"]);
}

#[test]
fn a_burst_of_changes_makes_a_few_connections_and_the_last_one_counts() {
    let mut session = live();
    let mut connected_at = Vec::new();
    let mut now = Duration::ZERO;
    while now < 2 * SECOND {
        now += 10 * MILLI;
        session.handle_timeout(now);
        session.reconnect(now);
        connected_at.extend(actions(&mut session).iter().filter(|action| *action == "connect").map(|_| now));
    }
    assert_eq!(connected_at.len(), 8);
    assert_eq!(
        session.poll_timeout(),
        Some(connected_at[7] + WISH_EVERY),
        "the last change is not forgotten"
    );
    session.handle_timeout(connected_at[7] + WISH_EVERY);
    assert_eq!(actions(&mut session), ["disconnect", "connect"]);
}

#[test]
fn a_check_asks_at_once_and_without_an_answer_a_new_connection_is_made() {
    let mut session = live();
    session.check(SECOND / 2);
    assert_eq!(actions(&mut session), ["ping"]);
    let wanted = without_pings(run(&mut session, 1500 * MILLI));
    assert_eq!(wanted, [at(1500, "disconnect"), at(1500, "disconnected"), at(1500, "connect")]);

    let mut answered = live();
    answered.check(SECOND / 2);
    answered.message(ServerMessage::Pong { nonce: 1 }, SECOND);
    assert_eq!(actions(&mut answered), ["ping"]);
    assert_eq!(run(&mut answered, 1500 * MILLI), [at(1500, "ping")]);
}

#[test]
fn a_check_while_waiting_tries_now_and_while_joining_changes_nothing() {
    let mut session = live();
    session.closed(SignalingError::Unreachable, SECOND / 2);
    assert_eq!(actions(&mut session), ["disconnected"]);
    session.check(SECOND);
    assert_eq!(actions(&mut session), ["connect"]);
    let deadline = session.poll_timeout();
    session.check(2 * SECOND);
    assert!(actions(&mut session).is_empty());
    assert_eq!(session.poll_timeout(), deadline);
}

#[test]
fn checks_are_bounded() {
    let mut session = live();
    let mut pings = 0;
    for n in 0..1000 {
        session.check(n * MILLI);
        session.message(ServerMessage::Pong { nonce: 0 }, n * MILLI);
        session.handle_timeout(n * MILLI);
        pings += actions(&mut session).iter().filter(|action| *action == "ping").count();
    }
    assert_eq!(pings, 4);
}

/// The welcome to a new session was lost: we do not know its token, and the server believes in that connection.
#[test]
fn our_own_dead_connection_is_not_taken_for_somebody_else() {
    let mut session = live();
    session.closed(SignalingError::Unreachable, 2 * SECOND);
    let mut now = 2 * SECOND;
    let refused = loop {
        session.connected(now);
        session.message(ServerMessage::error(ErrorCode::IdTaken, ""), now);
        session.closed(SignalingError::Unreachable, now);
        if actions(&mut session).contains(&"refused id_taken".to_owned()) {
            break now;
        }
        now = session.poll_timeout().unwrap();
        session.handle_timeout(now);
    };
    assert!(refused > 2 * SECOND + limits::DEAD_AFTER, "{refused:?}");
    assert!(refused < 2 * SECOND + limits::DEAD_AFTER + 35 * SECOND, "{refused:?}");
}
