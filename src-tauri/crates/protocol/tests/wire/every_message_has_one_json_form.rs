//! A snapshot per message: what is on the wire changes only on purpose, and reads back as it was.

use std::collections::BTreeMap;

use holdfast_protocol::{
    Bounds, ClientMessage, DescriptionKind, DescriptionNumber, ErrorCode, Generation, Instance, LeaveReason,
    MediaState, MessageNumber, Mid, ParticipantId, PeerMessage, Profile, Resume, Revision, RosterEntry,
    ServerMessage, ToldMediaState, TrackSource,
};
use insta::assert_snapshot;

fn id(text: &str) -> ParticipantId {
    text.parse().unwrap()
}

fn client(message: ClientMessage) -> String {
    let json = message.to_json();
    assert!(ClientMessage::parse(&json).unwrap() == message, "{json} does not read back");
    json
}

fn server(message: ServerMessage) -> String {
    let json = message.to_json();
    assert!(ServerMessage::parse(&json).unwrap() == message, "{json} does not read back");
    json
}

fn peer(message: PeerMessage) -> String {
    let json = message.to_json();
    assert!(PeerMessage::parse(&json).unwrap() == message, "{json} does not read back");
    json
}

#[test]
fn client_messages() {
    assert_snapshot!(client(ClientMessage::Hello { version: 1, client: "holdfast/0.1.0".into() }),
        @r#"{"type":"hello","version":1,"client":"holdfast/0.1.0"}"#);
    let join = |resume| ClientMessage::Join {
        room: "green-room-1".parse().unwrap(),
        participant: id("1111111111111111"),
        public_key: "KEY".into(),
        proof: "PROOF".into(),
        profile: "SEALED".into(),
        resume,
    };
    assert_snapshot!(client(join(None)),
        @r#"{"type":"join","room":"green-room-1","participant":"1111111111111111","public_key":"KEY","proof":"PROOF","profile":"SEALED"}"#);
    assert_snapshot!(client(join(Some(Resume { token: "TOKEN".into(), last_seq: MessageNumber(17) }))),
        @r#"{"type":"join","room":"green-room-1","participant":"1111111111111111","public_key":"KEY","proof":"PROOF","profile":"SEALED","resume":{"token":"TOKEN","last_seq":17}}"#);
    assert_snapshot!(client(ClientMessage::Relay { seq: MessageNumber(3), to: id("2222222222222222"), generation: Generation::FIRST, payload: "SEALED".into() }),
        @r#"{"type":"relay","seq":3,"to":"2222222222222222","generation":1,"payload":"SEALED"}"#);
    assert_snapshot!(client(ClientMessage::Profile { profile: "SEALED".into() }),
        @r#"{"type":"profile","profile":"SEALED"}"#);
    assert_snapshot!(client(ClientMessage::Ack { seq: MessageNumber(9) }), @r#"{"type":"ack","seq":9}"#);
    assert_snapshot!(client(ClientMessage::Leave {}), @r#"{"type":"leave"}"#);
    assert_snapshot!(client(ClientMessage::Ping { nonce: 7 }), @r#"{"type":"ping","nonce":7}"#);
    assert_snapshot!(client(ClientMessage::Pong { nonce: 7 }), @r#"{"type":"pong","nonce":7}"#);
}

#[test]
fn server_messages() {
    assert_snapshot!(server(ServerMessage::Hello { version: 1, challenge: "CHALLENGE".into(), bounds: Bounds::V1 }),
        @r#"{"type":"hello","version":1,"challenge":"CHALLENGE","bounds":{"frame":65536,"payload":64000,"profile":1024,"room":16,"name":64,"rate":100,"burst":200,"queue":100,"heartbeat_ms":5000,"dead_ms":15000,"resume_ms":60000}}"#);
    assert_snapshot!(server(ServerMessage::Welcome {
            participant: id("1111111111111111"),
            token: "TOKEN".into(),
            resumed: false,
            received: MessageNumber::NONE,
            roster: vec![RosterEntry { participant: id("2222222222222222"), profile: "SEALED".into(), present: true }],
            bounds: Bounds::V1,
        }),
        @r#"{"type":"welcome","participant":"1111111111111111","token":"TOKEN","resumed":false,"received":0,"roster":[{"participant":"2222222222222222","profile":"SEALED","present":true}],"bounds":{"frame":65536,"payload":64000,"profile":1024,"room":16,"name":64,"rate":100,"burst":200,"queue":100,"heartbeat_ms":5000,"dead_ms":15000,"resume_ms":60000}}"#);
    assert_snapshot!(server(ServerMessage::ParticipantJoined { seq: MessageNumber(1), participant: id("2222222222222222"), profile: "SEALED".into() }),
        @r#"{"type":"participant_joined","seq":1,"participant":"2222222222222222","profile":"SEALED"}"#);
    assert_snapshot!(server(ServerMessage::ParticipantChanged { seq: MessageNumber(2), participant: id("2222222222222222"), profile: "SEALED".into(), present: false }),
        @r#"{"type":"participant_changed","seq":2,"participant":"2222222222222222","profile":"SEALED","present":false}"#);
    assert_snapshot!(server(ServerMessage::ParticipantLeft { seq: MessageNumber(3), participant: id("2222222222222222"), reason: LeaveReason::Left }),
        @r#"{"type":"participant_left","seq":3,"participant":"2222222222222222","reason":"left"}"#);
    assert_snapshot!(server(ServerMessage::ParticipantLeft { seq: MessageNumber(3), participant: id("2222222222222222"), reason: LeaveReason::TimedOut }),
        @r#"{"type":"participant_left","seq":3,"participant":"2222222222222222","reason":"timed_out"}"#);
    assert_snapshot!(server(ServerMessage::Relay { seq: MessageNumber(4), from: id("2222222222222222"), generation: Generation::FIRST, payload: "SEALED".into() }),
        @r#"{"type":"relay","seq":4,"from":"2222222222222222","generation":1,"payload":"SEALED"}"#);
    assert_snapshot!(server(ServerMessage::Ack { seq: MessageNumber(3) }), @r#"{"type":"ack","seq":3}"#);
    assert_snapshot!(server(ServerMessage::Ping { nonce: 7 }), @r#"{"type":"ping","nonce":7}"#);
    assert_snapshot!(server(ServerMessage::Pong { nonce: 7 }), @r#"{"type":"pong","nonce":7}"#);
    assert_snapshot!(server(ServerMessage::error(ErrorCode::WrongSecret, "the proof does not match")),
        @r#"{"type":"error","code":"wrong_secret","message":"the proof does not match","fatal":true}"#);
}

#[test]
fn peer_messages() {
    let tracks = BTreeMap::from([
        (Mid::from("0"), TrackSource::Microphone),
        (Mid::from("1"), TrackSource::Camera),
        (Mid::from("2"), TrackSource::Screen),
    ]);
    assert_snapshot!(peer(PeerMessage::Description { kind: DescriptionKind::Offer, sdp: "v=0\r\n".into(), tracks, number: Some(DescriptionNumber(3)), answers: None, generation: None }),
        @r#"{"type":"description","kind":"offer","sdp":"v=0\r\n","tracks":{"0":"microphone","1":"camera","2":"screen"},"number":3}"#);
    assert_snapshot!(peer(PeerMessage::Description { kind: DescriptionKind::Answer, sdp: "v=0\r\n".into(), tracks: BTreeMap::new(), number: None, answers: Some(DescriptionNumber(3)), generation: Some(Generation(2)) }),
        @r#"{"type":"description","kind":"answer","sdp":"v=0\r\n","tracks":{},"answers":3,"generation":2}"#);
    assert_snapshot!(peer(PeerMessage::Candidate {
            candidate: "candidate:1 1 udp 2130706431 127.0.0.1 50000 typ host".into(),
            sdp_mid: Some("0".into()),
            sdp_m_line_index: Some(0),
            generation: None,
        }),
        @r#"{"type":"candidate","candidate":"candidate:1 1 udp 2130706431 127.0.0.1 50000 typ host","sdp_mid":"0","sdp_m_line_index":0}"#);
    assert_snapshot!(peer(PeerMessage::Candidate { candidate: String::new(), sdp_mid: None, sdp_m_line_index: None, generation: Some(Generation(2)) }),
        @r#"{"type":"candidate","candidate":"","sdp_mid":null,"sdp_m_line_index":null,"generation":2}"#);
    assert_snapshot!(peer(PeerMessage::MediaState(MediaState { revision: Revision(7), microphone: true, ..MediaState::default() }.into())),
        @r#"{"type":"media_state","revision":7,"microphone":true,"camera":false,"screen":false,"hand":false}"#);
    let raised = MediaState { revision: Revision(8), hand: true, ..MediaState::default() };
    assert_snapshot!(peer(PeerMessage::MediaState(ToldMediaState { state: raised, hand_for_ms: Some(9_500) })),
        @r#"{"type":"media_state","revision":8,"microphone":false,"camera":false,"screen":false,"hand":true,"hand_for_ms":9500}"#);
    assert_snapshot!(
        peer(PeerMessage::MediaStateAck { revision: Revision(7), instance: None }),
        @r#"{"type":"media_state_ack","revision":7}"#
    );
    assert_snapshot!(
        peer(PeerMessage::MediaStateAck { revision: Revision(7), instance: Some("00000000000000aa".parse().unwrap()) }),
        @r#"{"type":"media_state_ack","revision":7,"instance":"00000000000000aa"}"#
    );
    assert_snapshot!(
        peer(PeerMessage::Hears { participants: vec!["00000000000000aa".parse().unwrap()] }),
        @r#"{"type":"hears","participants":["00000000000000aa"]}"#
    );
    assert_snapshot!(peer(PeerMessage::Goodbye {}), @r#"{"type":"goodbye"}"#);
    assert_snapshot!(serde_json::to_string(&Profile::new(" Ada ").unwrap()).unwrap(), @r#"{"name":"Ada"}"#);
    let profile = Profile::new("Ada").unwrap().with_instance(Instance::from_random(0x9f3c_0b6a_5d2e_8147));
    let json = serde_json::to_string(&profile).unwrap();
    assert_snapshot!(json, @r#"{"name":"Ada","instance":"9f3c0b6a5d2e8147"}"#);
    let host = serde_json::to_string(&Profile::new("Ada").unwrap().with_host(true)).unwrap();
    assert_snapshot!(host, @r#"{"name":"Ada","host":true}"#);
    assert_eq!(serde_json::from_str::<Profile>(&json).unwrap(), profile);
}

#[test]
fn every_error_code_is_written_as_its_name() {
    let codes = [
        (ErrorCode::UnsupportedVersion, "unsupported_version", true),
        (ErrorCode::Malformed, "malformed", true),
        (ErrorCode::UnknownType, "unknown_type", false),
        (ErrorCode::FrameTooLarge, "frame_too_large", true),
        (ErrorCode::WrongSecret, "wrong_secret", true),
        (ErrorCode::RoomFull, "room_full", true),
        (ErrorCode::IdTaken, "id_taken", true),
        (ErrorCode::RateLimited, "rate_limited", true),
        (ErrorCode::NotJoined, "not_joined", true),
        (ErrorCode::AlreadyJoined, "already_joined", true),
        (ErrorCode::UnknownParticipant, "unknown_participant", false),
        (ErrorCode::TimedOut, "timed_out", true),
        (ErrorCode::TooSlow, "too_slow", true),
        (ErrorCode::Replaced, "replaced", true),
        (ErrorCode::ServerFull, "server_full", true),
        (ErrorCode::ServerClosing, "server_closing", true),
    ];
    for (code, text, fatal) in codes {
        assert_eq!(serde_json::to_value(code).unwrap(), text);
        assert_eq!(code.as_str(), text);
        assert_eq!(code.is_fatal(), fatal, "{text}");
    }
    // A code of a later version is understood as an error all the same.
    assert_eq!(serde_json::from_str::<ErrorCode>("\"of_version_2\"").unwrap(), ErrorCode::Unknown);
}

#[test]
fn debug_output_shows_no_payload() {
    let messages = [
        format!("{:?}", ClientMessage::Profile { profile: "hush".into() }),
        format!("{:?}", Resume { token: "hush".into(), last_seq: MessageNumber(1) }),
        format!(
            "{:?}",
            ServerMessage::ParticipantJoined {
                seq: MessageNumber(1),
                participant: id("2222222222222222"),
                profile: "hush".into()
            }
        ),
        format!(
            "{:?}",
            PeerMessage::Description {
                kind: DescriptionKind::Offer,
                sdp: "hush".into(),
                tracks: BTreeMap::new(),
                number: None,
                answers: None,
                generation: None,
            }
        ),
        format!(
            "{:?}",
            PeerMessage::Candidate {
                candidate: "hush".into(),
                sdp_mid: None,
                sdp_m_line_index: None,
                generation: None,
            }
        ),
        format!("{:?}", Profile::new("hush").unwrap()),
    ];
    for text in messages {
        assert!(!text.contains("hush"), "{text}");
    }
}
