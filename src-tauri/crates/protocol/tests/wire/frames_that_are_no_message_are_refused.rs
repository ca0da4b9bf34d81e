//! Parsers answer every text with a message or a typed error, and never panic.

use holdfast_protocol::{ClientMessage, ParseError, PeerMessage, PeerMessageError, ServerMessage, limits};
use proptest::prelude::*;

#[test]
fn malformed_frames() {
    let frames = [
        "",
        "{",
        "null",
        "[]",
        "\"hello\"",
        "{}",
        r#"{"type":1}"#,
        r#"{"type":"hello"}"#,
        r#"{"type":"hello","version":"1","client":"x"}"#,
        r#"{"type":"hello","version":-1,"client":"x"}"#,
        r#"{"type":"relay","seq":0,"to":"2222222222222222","generation":1,"payload":""}"#,
        r#"{"type":"relay","seq":9007199254740992,"to":"2222222222222222","generation":1,"payload":""}"#,
        r#"{"type":"relay","seq":1,"to":"222222222222222G","generation":1,"payload":""}"#,
        r#"{"type":"relay","seq":1,"to":"22","generation":1,"payload":""}"#,
        r#"{"type":"relay","seq":1.5,"to":"2222222222222222","generation":1,"payload":""}"#,
        r#"{"type":"relay","seq":1,"to":"2222222222222222","generation":4294967296,"payload":""}"#,
        r#"{"type":"join","room":"No Room","participant":"2222222222222222","public_key":"","proof":"","profile":""}"#,
    ];
    for frame in frames {
        assert_eq!(ClientMessage::parse(frame), Err(ParseError::Malformed), "{frame}");
    }
}

#[test]
fn unknown_types_are_told_apart_from_malformed_frames() {
    assert_eq!(ClientMessage::parse(r#"{"type":"of_version_2"}"#), Err(ParseError::UnknownType));
    // A server's message is no client's message.
    assert_eq!(ClientMessage::parse(r#"{"type":"welcome"}"#), Err(ParseError::UnknownType));
    assert_eq!(ServerMessage::parse(r#"{"type":"join"}"#), Err(ParseError::UnknownType));
    assert_eq!(PeerMessage::parse(r#"{"type":"chat"}"#), Err(PeerMessageError::UnknownType));
}

#[test]
fn unknown_fields_are_ignored() {
    let message = ClientMessage::parse(r#"{"type":"ping","nonce":1,"of_version_2":true}"#).unwrap();
    assert!(message == ClientMessage::Ping { nonce: 1 });
}

#[test]
fn bounds_hold_exactly() {
    let relay = |chars: usize| {
        format!(
            r#"{{"type":"relay","seq":9007199254740991,"to":"2222222222222222","generation":4294967295,"payload":"{}"}}"#,
            "A".repeat(chars)
        )
    };
    assert!(ClientMessage::parse(&relay(limits::PAYLOAD_CHARS)).is_ok());
    assert!(relay(limits::PAYLOAD_CHARS).len() <= limits::FRAME_BYTES, "the longest relay must fit a frame");
    assert_eq!(ClientMessage::parse(&relay(limits::PAYLOAD_CHARS + 1)), Err(ParseError::Malformed));
    assert_eq!(ClientMessage::parse(&relay(limits::FRAME_BYTES)), Err(ParseError::TooLarge));

    let profile = |chars: usize| format!(r#"{{"type":"profile","profile":"{}"}}"#, "A".repeat(chars));
    assert!(ClientMessage::parse(&profile(limits::PROFILE_CHARS)).is_ok());
    assert_eq!(ClientMessage::parse(&profile(limits::PROFILE_CHARS + 1)), Err(ParseError::Malformed));

    let candidate = |len: usize| {
        PeerMessage::parse(&format!(r#"{{"type":"candidate","candidate":"{}"}}"#, "c".repeat(len)))
    };
    assert!(candidate(limits::CANDIDATE_BYTES).is_ok());
    assert_eq!(candidate(limits::CANDIDATE_BYTES + 1), Err(PeerMessageError::Malformed));
}

#[test]
fn deep_nesting_is_refused_without_exhausting_the_stack() {
    let deep = "[".repeat(60_000);
    assert_eq!(ClientMessage::parse(&deep), Err(ParseError::Malformed));
    assert_eq!(ServerMessage::parse(&deep), Err(ParseError::Malformed));
}

/// Texts near real messages, which random text never reaches.
fn almost_a_message() -> impl Strategy<Value = String> {
    let types = prop::sample::select(vec![
        "hello",
        "join",
        "relay",
        "profile",
        "ack",
        "leave",
        "ping",
        "pong",
        "welcome",
        "participant_joined",
        "participant_changed",
        "participant_left",
        "error",
        "description",
        "candidate",
        "media_state",
        "media_state_ack",
        "goodbye",
    ]);
    let value = prop_oneof![
        Just("null".to_owned()),
        any::<i64>().prop_map(|n| n.to_string()),
        (0..3i32).prop_map(|n| n.to_string()),
        any::<f64>().prop_map(|n| serde_json::json!(n).to_string()),
        any::<String>().prop_map(|s| serde_json::json!(s).to_string()),
        Just("{\"0\":\"camera\"}".to_owned()),
        Just("[]".to_owned()),
        Just("true".to_owned()),
        Just("\"2222222222222222\"".to_owned()),
    ];
    let field = prop::sample::select(vec![
        "version",
        "client",
        "room",
        "participant",
        "public_key",
        "proof",
        "profile",
        "resume",
        "seq",
        "to",
        "from",
        "generation",
        "payload",
        "nonce",
        "token",
        "roster",
        "bounds",
        "code",
        "fatal",
        "kind",
        "sdp",
        "tracks",
        "candidate",
        "sdp_mid",
        "sdp_m_line_index",
        "revision",
        "microphone",
        "type",
    ]);
    (types, prop::collection::vec((field, value), 0..10)).prop_map(|(kind, fields)| {
        let mut text = format!("{{\"type\":\"{kind}\"");
        for (field, value) in fields {
            text.push_str(&format!(",\"{field}\":{value}"));
        }
        text.push('}');
        text
    })
}

proptest! {
    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        let _ = ClientMessage::parse(&text);
        let _ = ServerMessage::parse(&text);
        let _ = PeerMessage::parse(&text);
    }

    #[test]
    fn what_is_accepted_reads_back_the_same(text in almost_a_message()) {
        if let Ok(message) = ClientMessage::parse(&text) {
            prop_assert!(ClientMessage::parse(&message.to_json()) == Ok(message));
        }
        if let Ok(message) = ServerMessage::parse(&text) {
            // An unknown error code is kept as `unknown`, so only the second reading is compared.
            let again = ServerMessage::parse(&message.to_json());
            prop_assert!(again == Ok(message));
        }
        if let Ok(message) = PeerMessage::parse(&text) {
            prop_assert!(PeerMessage::parse(&message.to_json()) == Ok(message));
        }
    }
}
