//! What a room does, decision by decision, under a clock of the test.

use std::time::Duration;

use holdfast_protocol::{
    Bounds, ErrorCode, Generation, JoinKey, LeaveReason, MessageNumber, ParticipantId, Resume, RoomId,
    Secret, ServerMessage, limits,
};
use holdfast_signaling_server::room::{ConnectionId, JoinRequest, Output, Room};

const WINDOW: Duration = limits::RESUME_WINDOW;
const START: Duration = Duration::from_secs(1_000);

fn name() -> RoomId {
    "room".parse().unwrap()
}

fn id(n: u64) -> ParticipantId {
    ParticipantId::from_random(n)
}

fn room() -> Room {
    Room::new(name(), WINDOW, Bounds::V1)
}

fn drain(room: &mut Room) -> Vec<Output> {
    std::iter::from_fn(|| room.poll_output()).collect()
}

fn join_with(
    room: &mut Room,
    secret: u8,
    connection: u64,
    who: u64,
    resume: Option<(&str, u64)>,
    now: Duration,
) -> Result<(), ErrorCode> {
    let key = JoinKey::derive(&Secret::from_bytes([secret; 32]));
    let request = JoinRequest {
        connection: ConnectionId(connection),
        participant: id(who),
        public_key: &key.public_key(),
        proof: &key.prove("challenge", &name(), &id(who)),
        challenge: "challenge",
        profile: format!("profile {who}"),
        resume: resume
            .map(|(token, last_seq)| Resume { token: token.into(), last_seq: MessageNumber(last_seq) }),
        token: format!("token {connection}"),
    };
    room.join(request, now)
}

/// Joins with the connection's number as the participant's.
fn join(room: &mut Room, n: u64) {
    join_with(room, 1, n, n, None, START).unwrap();
}

fn relay(room: &mut Room, from: u64, seq: u64, to: u64, now: Duration) {
    room.relay(&id(from), MessageNumber(seq), &id(to), Generation::FIRST, format!("{from} {seq}"), now);
}

/// What one connection got, in short form.
fn sent(outputs: &[Output], connection: u64) -> Vec<String> {
    let short = |message: &ServerMessage| match message {
        ServerMessage::Welcome { resumed, received, roster, token, .. } => {
            let roster: Vec<_> = roster
                .iter()
                .map(|e| format!("{}{}", if e.present { "+" } else { "-" }, &e.participant.as_str()[15..]))
                .collect();
            format!("welcome resumed={resumed} received={received} {} [{token}]", roster.join(""))
        }
        ServerMessage::ParticipantJoined { seq, participant, .. } => {
            format!("{seq} joined {}", &participant.as_str()[15..])
        }
        ServerMessage::ParticipantChanged { seq, participant, present, .. } => {
            format!("{seq} changed {} {present}", &participant.as_str()[15..])
        }
        ServerMessage::ParticipantLeft { seq, participant, reason } => {
            let reason = match reason {
                LeaveReason::Left => "left",
                LeaveReason::TimedOut => "timed out",
            };
            format!("{seq} {reason} {}", &participant.as_str()[15..])
        }
        ServerMessage::Relay { seq, payload, .. } => format!("{seq} relay {payload}"),
        ServerMessage::Ack { seq } => format!("ack {seq}"),
        ServerMessage::Error { code, .. } => format!("error {code}"),
        other => other.kind().to_owned(),
    };
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Send(ConnectionId(to), message) if *to == connection => Some(short(message)),
            Output::Close(ConnectionId(to), code) if *to == connection => {
                Some(format!("close {}", code.map_or("normally", ErrorCode::as_str)))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn joining_shows_the_roster_and_tells_the_others() {
    let mut room = room();
    join(&mut room, 1);
    assert_eq!(sent(&drain(&mut room), 1), ["welcome resumed=false received=0  [token 1]"]);
    join(&mut room, 2);
    let outputs = drain(&mut room);
    assert_eq!(sent(&outputs, 2), ["welcome resumed=false received=0 +1 [token 2]"]);
    assert_eq!(sent(&outputs, 1), ["1 joined 2"]);
}

#[test]
fn the_first_joiner_decides_the_secret_until_the_room_is_empty() {
    let mut room = room();
    join_with(&mut room, 1, 1, 1, None, START).unwrap();
    assert_eq!(join_with(&mut room, 2, 2, 2, None, START), Err(ErrorCode::WrongSecret));
    room.leave(&id(1));
    assert!(room.is_empty());
    assert_eq!(join_with(&mut room, 2, 2, 2, None, START), Ok(()));
}

#[test]
fn a_wrong_proof_leaves_no_trace() {
    let mut room = room();
    let key = JoinKey::derive(&Secret::from_bytes([1; 32]));
    let request = JoinRequest {
        connection: ConnectionId(1),
        participant: id(1),
        public_key: &key.public_key(),
        proof: &key.prove("an older challenge", &name(), &id(1)),
        challenge: "challenge",
        profile: String::new(),
        resume: None,
        token: "t".into(),
    };
    assert_eq!(room.join(request, START), Err(ErrorCode::WrongSecret));
    assert!(room.is_empty());
    assert_eq!(join_with(&mut room, 2, 2, 2, None, START), Ok(()), "the room has no verifier yet");
}

#[test]
fn the_seventeenth_is_refused_and_those_away_count() {
    let mut room = room();
    for n in 1..=16 {
        join(&mut room, n);
    }
    assert_eq!(join_with(&mut room, 1, 17, 17, None, START), Err(ErrorCode::RoomFull));
    assert_eq!(
        join_with(&mut room, 2, 17, 17, None, START),
        Err(ErrorCode::WrongSecret),
        "strangers learn nothing"
    );
    room.disconnected(&id(3), ConnectionId(3), START);
    assert_eq!(join_with(&mut room, 1, 17, 17, None, START), Err(ErrorCode::RoomFull));
    assert_eq!(join_with(&mut room, 1, 18, 3, None, START), Ok(()), "the one away may always come back");
    room.leave(&id(4));
    assert_eq!(join_with(&mut room, 1, 17, 17, None, START), Ok(()));
}

#[test]
fn resuming_replays_exactly_what_was_missed() {
    let mut room = room();
    join(&mut room, 1);
    join(&mut room, 2);
    relay(&mut room, 1, 1, 2, START);
    relay(&mut room, 1, 2, 2, START);
    drain(&mut room);
    // The second message was on its way when the connection broke.
    room.disconnected(&id(2), ConnectionId(2), START);
    relay(&mut room, 1, 3, 2, START);
    assert_eq!(sent(&drain(&mut room), 1), ["2 changed 2 false"]);
    join_with(&mut room, 1, 20, 2, Some(("token 2", 1)), START).unwrap();
    let outputs = drain(&mut room);
    assert_eq!(
        sent(&outputs, 20),
        ["welcome resumed=true received=0 +1 [token 2]", "2 relay 1 2", "3 relay 1 3"]
    );
    assert_eq!(sent(&outputs, 1), ["3 changed 2 true"]);
}

#[test]
fn a_resumed_client_learns_how_far_its_own_relays_came_and_repeats_are_dropped() {
    let mut room = room();
    join(&mut room, 1);
    join(&mut room, 2);
    for seq in 1..=3 {
        relay(&mut room, 1, seq, 2, START);
    }
    room.disconnected(&id(1), ConnectionId(1), START);
    drain(&mut room);
    join_with(&mut room, 1, 10, 1, Some(("token 1", 1)), START).unwrap();
    assert_eq!(sent(&drain(&mut room), 10), ["welcome resumed=true received=3 +2 [token 1]"]);
    for seq in 2..=4 {
        relay(&mut room, 1, seq, 2, START);
    }
    assert_eq!(sent(&drain(&mut room), 2), ["6 relay 1 4"], "five came before: three relays, gone, back");
}

#[test]
fn an_id_in_use_is_refused_without_its_token_and_taken_over_with_it() {
    let mut room = room();
    join(&mut room, 1);
    join(&mut room, 2);
    drain(&mut room);
    assert_eq!(join_with(&mut room, 1, 20, 2, None, START), Err(ErrorCode::IdTaken));
    assert_eq!(join_with(&mut room, 1, 20, 2, Some(("token 1", 0)), START), Err(ErrorCode::IdTaken));
    assert!(drain(&mut room).is_empty(), "the others notice nothing");
    join_with(&mut room, 1, 20, 2, Some(("token 2", 0)), START).unwrap();
    let outputs = drain(&mut room);
    assert_eq!(sent(&outputs, 2), ["close replaced"]);
    assert_eq!(sent(&outputs, 20), ["welcome resumed=true received=0 +1 [token 2]"]);
    assert!(sent(&outputs, 1).is_empty());
    // The old connection ends afterwards; the participant stays.
    room.disconnected(&id(2), ConnectionId(2), START);
    assert!(drain(&mut room).is_empty());
}

#[test]
fn an_attempt_that_was_given_up_and_comes_late_takes_nothing_over() {
    let mut room = room();
    join(&mut room, 1);
    join(&mut room, 2);
    room.disconnected(&id(2), ConnectionId(2), START);
    join_with(&mut room, 1, 21, 2, Some(("token 2", 0)), START).unwrap();
    drain(&mut room);
    let late = join_with(&mut room, 1, 20, 2, Some(("token 2", 0)), START);
    assert_eq!(late, Err(ErrorCode::Replaced));
    room.disconnected(&id(2), ConnectionId(20), START);
    assert!(drain(&mut room).is_empty(), "the others notice nothing");
    relay(&mut room, 1, 1, 2, START);
    assert_eq!(sent(&drain(&mut room), 21), ["1 relay 1 1"], "the session goes on");
}

#[test]
fn someone_away_without_the_token_starts_anew() {
    let mut room = room();
    join(&mut room, 1);
    join(&mut room, 2);
    room.disconnected(&id(2), ConnectionId(2), START);
    drain(&mut room);
    join_with(&mut room, 1, 20, 2, Some(("forgotten", 7)), START).unwrap();
    let outputs = drain(&mut room);
    assert_eq!(sent(&outputs, 20), ["welcome resumed=false received=0 +1 [token 20]"]);
    assert_eq!(sent(&outputs, 1), ["3 joined 2"]);
}

#[test]
fn more_than_a_hundred_messages_while_away_end_the_session_but_not_the_seat() {
    let mut room = room();
    join(&mut room, 1);
    join(&mut room, 2);
    room.disconnected(&id(2), ConnectionId(2), START);
    for seq in 1..=101 {
        relay(&mut room, 1, seq, 2, START);
    }
    drain(&mut room);
    join_with(&mut room, 1, 20, 2, Some(("token 2", 0)), START).unwrap();
    let outputs = drain(&mut room);
    assert_eq!(sent(&outputs, 20), ["welcome resumed=false received=0 +1 [token 20]"]);
    assert_eq!(sent(&outputs, 1), ["3 joined 2"]);
}

#[test]
fn a_claim_to_have_seen_the_future_is_no_resume() {
    let mut room = room();
    join(&mut room, 1);
    room.disconnected(&id(1), ConnectionId(1), START);
    drain(&mut room);
    join_with(&mut room, 1, 10, 1, Some(("token 1", 5)), START).unwrap();
    assert_eq!(sent(&drain(&mut room), 10), ["welcome resumed=false received=0  [token 10]"]);
}

#[test]
fn someone_away_for_a_minute_is_given_up() {
    let mut room = room();
    join(&mut room, 1);
    join(&mut room, 2);
    room.disconnected(&id(2), ConnectionId(2), START);
    drain(&mut room);
    assert_eq!(room.poll_timeout(), Some(START + WINDOW));
    room.handle_timeout(START + WINDOW - Duration::from_millis(1));
    assert!(drain(&mut room).is_empty());
    room.handle_timeout(START + WINDOW);
    assert_eq!(sent(&drain(&mut room), 1), ["3 timed out 2"]);
    assert_eq!(room.poll_timeout(), None);
}

#[test]
fn leaving_is_told_at_once_and_closes_normally() {
    let mut room = room();
    join(&mut room, 1);
    join(&mut room, 2);
    drain(&mut room);
    room.leave(&id(2));
    let outputs = drain(&mut room);
    assert_eq!(sent(&outputs, 2), ["close normally"]);
    assert_eq!(sent(&outputs, 1), ["2 left 2"]);
    room.disconnected(&id(2), ConnectionId(2), START);
    assert!(drain(&mut room).is_empty());
}

#[test]
fn relays_to_nobody_are_answered_and_count_as_received() {
    let mut room = room();
    join(&mut room, 1);
    drain(&mut room);
    relay(&mut room, 1, 1, 9, START);
    relay(&mut room, 1, 2, 1, START);
    assert_eq!(sent(&drain(&mut room), 1), ["error unknown_participant", "error unknown_participant"]);
    room.handle_timeout(START + limits::ACK_DELAY);
    assert_eq!(sent(&drain(&mut room), 1), ["ack 2"]);
}

#[test]
fn acknowledgements_come_every_sixteen_relays_or_after_a_quarter_second() {
    let mut room = room();
    join(&mut room, 1);
    join(&mut room, 2);
    drain(&mut room);
    for seq in 1..=17 {
        relay(&mut room, 1, seq, 2, START);
    }
    assert_eq!(sent(&drain(&mut room), 1), ["ack 16"]);
    assert_eq!(room.poll_timeout(), Some(START + limits::ACK_DELAY));
    room.handle_timeout(START + limits::ACK_DELAY);
    assert_eq!(sent(&drain(&mut room), 1), ["ack 17"]);
    assert_eq!(room.poll_timeout(), None);
}

#[test]
fn a_changed_profile_is_told_once() {
    let mut room = room();
    join(&mut room, 1);
    join(&mut room, 2);
    drain(&mut room);
    room.set_profile(&id(2), "new".into());
    room.set_profile(&id(2), "new".into());
    let outputs = drain(&mut room);
    assert_eq!(sent(&outputs, 1), ["2 changed 2 true"]);
    assert!(
        matches!(&outputs[0], Output::Send(_, ServerMessage::ParticipantChanged { profile, .. }) if profile == "new")
    );
}
