//! The client's side under a clock of the test's own.
#![allow(clippy::unwrap_used)]

use holdfast_protocol::{Secret, limits};

use super::*;

mod coming_back;

const SECOND: Duration = Duration::from_secs(1);

fn id(n: u64) -> ParticipantId {
    ParticipantId::from_random(n)
}

fn session() -> Session {
    let identity = Identity {
        room: "room".parse().unwrap(),
        participant: id(1),
        key: JoinKey::derive(&Secret::from_bytes([1; 32])),
        profile: "profile".into(),
    };
    Session::new(identity, 1, Duration::ZERO)
}

fn entry(n: u64) -> RosterEntry {
    RosterEntry { participant: id(n), profile: format!("profile {n}"), present: true }
}

fn welcome(resumed: bool, received: u64, roster: &[u64]) -> ServerMessage {
    ServerMessage::Welcome {
        participant: id(1),
        token: "token".into(),
        resumed,
        received: MessageNumber(received),
        roster: roster.iter().map(|n| entry(*n)).collect(),
        bounds: Bounds::V1,
    }
}

fn hello(version: u32) -> ServerMessage {
    ServerMessage::Hello { version, challenge: "challenge".into(), bounds: Bounds::V1 }
}

/// What the session wants done, in short form.
fn actions(session: &mut Session) -> Vec<String> {
    std::iter::from_fn(|| session.poll_action())
        .map(|action| match action {
            Action::Connect => "connect".into(),
            Action::Disconnect => "disconnect".into(),
            Action::End => "end".into(),
            Action::Transmit(ClientMessage::Relay { seq, to, .. }) => {
                format!("relay {seq} to {}", &to.as_str()[15..])
            }
            Action::Transmit(ClientMessage::Join { resume, .. }) => {
                format!("join {:?}", resume.map(|resume| resume.last_seq.get()))
            }
            Action::Transmit(ClientMessage::Ack { seq }) => format!("ack {seq}"),
            Action::Transmit(message) => message.kind().into(),
            Action::Report(Report::Left { participant, reason }) => {
                format!("{reason:?} {}", &participant.as_str()[15..])
            }
            Action::Report(Report::Joined { participant, .. }) => {
                format!("joined {}", &participant.as_str()[15..])
            }
            Action::Report(Report::Changed { participant, present, .. }) => {
                format!("changed {} {present}", &participant.as_str()[15..])
            }
            Action::Report(Report::Reconnected { resumed, roster }) => {
                let roster: String = roster
                    .iter()
                    .map(|e| {
                        format!("{}{}", if e.present { "+" } else { "-" }, &e.participant.as_str()[15..])
                    })
                    .collect();
                format!("reconnected resumed={resumed} {roster}")
            }
            Action::Report(Report::Refused(error)) => format!("refused {}", error.code()),
            Action::Report(Report::Dropped(reason, count)) => format!("dropped {} {count}", reason.code()),
            Action::Report(Report::Message { payload, .. }) => format!("message {payload}"),
            Action::Report(Report::Welcomed { .. }) => "welcomed".into(),
            Action::Report(Report::Silent) => "silent".into(),
            Action::Report(Report::Heard) => "heard".into(),
            Action::Report(Report::Disconnected { .. }) => "disconnected".into(),
        })
        .collect()
}

/// In the room with 2 and 3.
fn live() -> Session {
    let mut session = session();
    session.connected(Duration::ZERO);
    session.message(hello(1), Duration::ZERO);
    session.message(welcome(false, 0, &[2, 3]), Duration::ZERO);
    assert_eq!(actions(&mut session), ["connect", "hello", "join None", "welcomed"]);
    session
}

/// Cuts the connection and connects again at once.
fn cut_and_return(session: &mut Session, now: Elapsed) {
    session.closed(SignalingError::Unreachable, now);
    session.connected(now);
    session.message(hello(1), now);
}

fn relay(seq: u64, payload: &str) -> ServerMessage {
    ServerMessage::Relay {
        seq: MessageNumber(seq),
        from: id(2),
        generation: Generation::FIRST,
        payload: payload.into(),
    }
}

#[test]
fn a_resumed_session_repeats_what_the_server_missed_and_drops_what_it_repeats() {
    let mut session = live();
    for _ in 0..3 {
        session.send(id(2), Generation::FIRST, "x".into(), SECOND);
    }
    session.message(relay(1, "a"), SECOND);
    assert_eq!(actions(&mut session), ["relay 1 to 2", "relay 2 to 2", "relay 3 to 2", "message a"]);
    let now = 2 * SECOND;
    cut_and_return(&mut session, now);
    assert_eq!(actions(&mut session), ["disconnected", "connect", "hello", "join Some(1)"]);
    session.send(id(3), Generation::FIRST, "y".into(), now);
    session.message(welcome(true, 1, &[2, 3]), now);
    session.message(relay(1, "a"), now);
    session.message(relay(2, "b"), now);
    let expected = [
        "reconnected resumed=true +2+3",
        "relay 2 to 2",
        "relay 3 to 2",
        "relay 4 to 3",
        "dropped duplicate 1",
        "message b",
    ];
    assert_eq!(actions(&mut session), expected);
}

#[test]
fn after_a_forgotten_session_people_are_expected_back_and_their_messages_wait() {
    let mut session = live();
    session.send(id(2), Generation::FIRST, "x".into(), SECOND);
    session.send(id(3), Generation::FIRST, "y".into(), SECOND);
    session.message(ServerMessage::Ack { seq: MessageNumber(1) }, SECOND);
    actions(&mut session);
    let now = 2 * SECOND;
    cut_and_return(&mut session, now);
    session.send(id(2), Generation::FIRST, "z".into(), now);
    actions(&mut session);
    session.message(welcome(false, 0, &[]), now);
    assert_eq!(actions(&mut session), ["reconnected resumed=false -2-3"]);
    let joined =
        ServerMessage::ParticipantJoined { seq: MessageNumber(1), participant: id(2), profile: "p".into() };
    session.message(joined, now);
    // Sent under a new number, because the server counts from the start.
    assert_eq!(actions(&mut session), ["changed 2 true", "relay 3 to 2"]);

    let expiry = now + limits::RESUME_WINDOW;
    let silence = |session: &mut Session, at: Elapsed| session.message(ServerMessage::Pong { nonce: 0 }, at);
    silence(&mut session, expiry - Duration::from_millis(1));
    session.handle_timeout(expiry - Duration::from_millis(1));
    assert!(!actions(&mut session).iter().any(|action| action.starts_with("TimedOut")));
    session.handle_timeout(expiry);
    assert_eq!(actions(&mut session), ["TimedOut 3"]);
    // Someone who comes later is new.
    session.message(
        ServerMessage::ParticipantJoined { seq: MessageNumber(2), participant: id(3), profile: "p".into() },
        expiry,
    );
    assert_eq!(actions(&mut session), ["joined 3"]);
}

/// While we are away ourselves, we cannot see who comes back, so every server begins the waiting anew.
#[test]
fn no_one_is_given_up_while_the_server_cannot_tell_of_them() {
    let mut session = live();
    let mut now = 2 * SECOND;
    cut_and_return(&mut session, now);
    session.message(welcome(false, 0, &[]), now);
    session.send(id(3), Generation::FIRST, "x".into(), now);
    now += 2 * SECOND;
    session.closed(SignalingError::Unreachable, now);
    now += limits::RESUME_WINDOW;
    session.handle_timeout(now);
    let gone = |actions: Vec<String>| actions.iter().filter(|a| a.starts_with("TimedOut")).count();
    assert_eq!(gone(actions(&mut session)), 0);
    now = session.poll_timeout().unwrap();
    session.handle_timeout(now);
    session.connected(now);
    session.message(hello(1), now);
    session.message(welcome(true, 0, &[2]), now);
    session.handle_timeout(now);
    assert_eq!(gone(actions(&mut session)), 0, "what was missed has not come yet");
    session.message(
        ServerMessage::ParticipantJoined { seq: MessageNumber(1), participant: id(3), profile: "p".into() },
        now,
    );
    assert_eq!(actions(&mut session), ["changed 3 true", "relay 1 to 3"]);
    now += REPLAY_TIME;
    session.message(ServerMessage::Pong { nonce: 0 }, now);
    session.handle_timeout(now);
    assert_eq!(gone(actions(&mut session)), 1, "2 had its minute");
}

#[test]
fn a_second_restart_gives_everyone_the_whole_minute_again() {
    let mut session = live();
    let mut now = 2 * SECOND;
    for _ in 0..2 {
        cut_and_return(&mut session, now);
        session.message(welcome(false, 0, &[]), now);
        now += limits::RESUME_WINDOW - SECOND;
        session.message(ServerMessage::Pong { nonce: 0 }, now);
        session.handle_timeout(now);
        assert!(!actions(&mut session).iter().any(|action| action.starts_with("TimedOut")), "{now:?}");
    }
    now += SECOND;
    session.message(ServerMessage::Pong { nonce: 0 }, now);
    session.handle_timeout(now);
    let gone = actions(&mut session).into_iter().filter(|action| action.starts_with("TimedOut"));
    assert_eq!(gone.collect::<Vec<_>>(), ["TimedOut 2", "TimedOut 3"]);
}

#[test]
fn the_first_join_is_not_retried() {
    for (code, expected) in [
        (ErrorCode::WrongSecret, "refused wrong_secret"),
        (ErrorCode::ServerClosing, "refused server_closing"),
        (ErrorCode::RateLimited, "refused rate_limited"),
    ] {
        let mut session = session();
        session.connected(Duration::ZERO);
        session.message(ServerMessage::error(code, ""), Duration::ZERO);
        session.closed(SignalingError::Unreachable, Duration::ZERO);
        assert_eq!(actions(&mut session), ["connect", "hello", expected, "end"]);
    }
    let mut silent = session();
    assert_eq!(silent.poll_timeout(), Some(limits::JOIN_TIMEOUT));
    silent.handle_timeout(limits::JOIN_TIMEOUT);
    assert_eq!(actions(&mut silent), ["connect", "disconnect", "refused unreachable", "end"]);
    assert_eq!(silent.poll_timeout(), None);
}

#[test]
fn a_server_of_another_version_is_refused() {
    let mut session = session();
    session.connected(Duration::ZERO);
    session.message(hello(2), Duration::ZERO);
    assert_eq!(
        actions(&mut session),
        ["connect", "hello", "disconnect", "refused unsupported_version", "end"]
    );
}

#[test]
fn temporary_errors_lead_to_a_retry_and_lasting_ones_end() {
    for (code, ends) in [
        (ErrorCode::RateLimited, false),
        (ErrorCode::TooSlow, false),
        (ErrorCode::TimedOut, false),
        (ErrorCode::ServerClosing, false),
        (ErrorCode::ServerFull, false),
        (ErrorCode::Unknown, false),
        (ErrorCode::IdTaken, false),
        (ErrorCode::Replaced, true),
        (ErrorCode::WrongSecret, true),
        (ErrorCode::RoomFull, true),
        (ErrorCode::Malformed, true),
    ] {
        let mut session = live();
        session.message(ServerMessage::error(code, ""), SECOND);
        session.closed(SignalingError::Unreachable, SECOND);
        assert_eq!(actions(&mut session).contains(&"end".to_owned()), ends, "{code}");
    }
}

#[test]
fn it_acknowledges_every_sixteen_or_after_a_quarter_second() {
    let mut session = live();
    for seq in 1..=17 {
        session.message(relay(seq, "x"), SECOND);
    }
    assert_eq!(actions(&mut session).iter().filter(|a| *a == "ack 16").count(), 1);
    session.handle_timeout(SECOND + limits::ACK_DELAY - Duration::from_millis(1));
    assert_eq!(actions(&mut session), ["ping"]);
    assert_eq!(session.poll_timeout(), Some(SECOND + limits::ACK_DELAY));
    session.handle_timeout(SECOND + limits::ACK_DELAY);
    assert_eq!(actions(&mut session), ["ack 17"]);
}

#[test]
fn sending_is_paced_below_the_servers_limit() {
    let mut session = live();
    let mut now = SECOND;
    for _ in 0..limits::UNACKED_MESSAGES {
        session.send(id(2), Generation::FIRST, "x".into(), now);
    }
    let mut sent = actions(&mut session).len();
    assert!(sent < limits::RATE_BURST as usize, "{sent}");
    while now < 4 * SECOND {
        now = session.poll_timeout().unwrap().max(now);
        session.handle_timeout(now);
        sent += actions(&mut session).iter().filter(|action| action.starts_with("relay")).count();
        let allowed =
            f64::from(limits::RATE_BURST) + (now - SECOND).as_secs_f64() * f64::from(limits::RATE_PER_SECOND);
        assert!((sent as f64) < allowed, "{sent} at {now:?}");
    }
    assert!(sent > 350, "{sent}");
}

/// Everything that was sent into a silence is sent again at a pace the server allows, in order, and before anything
/// new.
#[test]
fn repeating_is_paced_too() {
    let mut session = live();
    let mut now = SECOND;
    for _ in 0..400 {
        session.send(id(2), Generation::FIRST, "x".into(), now);
        session.message(ServerMessage::Pong { nonce: 0 }, now);
        session.handle_timeout(now);
        now += SECOND / 50;
    }
    actions(&mut session);
    cut_and_return(&mut session, now);
    session.message(welcome(true, 100, &[2, 3]), now);
    session.send(id(3), Generation::FIRST, "new".into(), now);
    let mut sent = Vec::new();
    let start = now;
    while sent.len() < 301 {
        sent.extend(actions(&mut session).into_iter().filter(|action| action.starts_with("relay")));
        let allowed =
            f64::from(limits::RATE_BURST) + (now - start).as_secs_f64() * f64::from(limits::RATE_PER_SECOND);
        assert!((sent.len() as f64) < allowed, "{} at {now:?}", sent.len());
        now = session.poll_timeout().unwrap();
        session.message(ServerMessage::Pong { nonce: 0 }, now);
        session.handle_timeout(now);
    }
    let expected = (101..=400).map(|seq| format!("relay {seq} to 2")).chain(["relay 401 to 3".into()]);
    assert_eq!(sent, expected.collect::<Vec<_>>());
}

#[test]
fn leaving_sends_the_rest_first_and_waits_for_the_server_a_little() {
    let mut session = live();
    session.send(id(2), Generation::FIRST, "x".into(), SECOND);
    session.leave(SECOND);
    assert_eq!(actions(&mut session), ["relay 1 to 2", "leave"]);
    session.closed(SignalingError::Unreachable, SECOND);
    assert_eq!(actions(&mut session), ["end"]);

    let mut unanswered = live();
    unanswered.leave(SECOND);
    unanswered.handle_timeout(SECOND + LEAVE_TIMEOUT);
    assert_eq!(actions(&mut unanswered), ["leave", "disconnect", "end"]);
}

#[test]
fn after_the_leave_only_its_end_is_due() {
    let mut session = live();
    session.closed(SignalingError::Unreachable, SECOND);
    session.connected(SECOND);
    session.message(hello(1), SECOND);
    // A restarted server: participant 2 is expected back, and messages for them wait.
    session.message(welcome(false, 0, &[]), SECOND);
    session.send(id(2), Generation::FIRST, "x".into(), SECOND);
    session.leave(SECOND);
    let joined = ServerMessage::ParticipantJoined {
        seq: MessageNumber(1),
        participant: id(2),
        profile: "profile 2".into(),
    };
    session.message(joined, SECOND);
    assert_eq!(
        session.poll_timeout(),
        Some(SECOND + LEAVE_TIMEOUT),
        "a time in the past would be a busy loop"
    );
}

#[test]
fn leaving_while_the_server_is_away_ends_at_once() {
    let mut session = live();
    session.closed(SignalingError::Unreachable, SECOND);
    session.send(id(2), Generation::FIRST, "x".into(), SECOND);
    session.leave(SECOND);
    assert_eq!(actions(&mut session), ["disconnected", "connect", "disconnect", "end"]);
}

#[test]
fn a_hundred_wait_while_away_and_the_oldest_go() {
    let mut session = live();
    session.closed(SignalingError::Unreachable, SECOND);
    for n in 0..103 {
        session.send(id(2), Generation::FIRST, n.to_string(), SECOND);
    }
    let dropped = vec!["dropped queue_overflow 1"; 3];
    assert_eq!(actions(&mut session), [vec!["disconnected", "connect"], dropped].concat());
    let now = 2 * SECOND;
    session.connected(now);
    session.message(hello(1), now);
    session.message(welcome(true, 0, &[]), now);
    let first = std::iter::from_fn(|| session.poll_action()).find_map(|action| match action {
        Action::Transmit(ClientMessage::Relay { seq, payload, .. }) => Some((seq, payload)),
        _ => None,
    });
    assert_eq!(first, Some((MessageNumber(1), "3".to_owned())));
}
