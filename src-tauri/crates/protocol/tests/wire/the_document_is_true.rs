//! `docs/protocol.md` is what others write clients from: its examples parse, its tables match, its worked values
//! are what this crate computes. (They were first computed by another implementation.)

use holdfast_delivery::{CHAT, CONTROL, Channel, Reliability};
use holdfast_protocol::chat::{ChatFrame, SignedMessage};
use holdfast_protocol::{
    Bounds, ClientMessage, ErrorCode, Generation, IdentityKey, JoinKey, MeetingLink, ParticipantId,
    PeerMessage, Profile, Sealer, Secret, ServerMessage, limits, verify_join,
};

const DOCUMENT: &str = include_str!("../../../../../docs/protocol.md");

const CHALLENGE: &str = "WFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFg";
const COUNTER: u64 = 1_763_683_200_000_000;

/// The fenced blocks with this info string.
fn blocks(info: &str) -> Vec<&'static str> {
    let fence = format!("```{info}\n");
    DOCUMENT.split(fence.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// The values of the worked section: every text after its first column, white space removed.
fn worked(label: &str, occurrence: usize) -> String {
    let section = DOCUMENT.split("## 15. Worked values").nth(1).unwrap();
    let mut found = section.lines().enumerate().filter(|(_, line)| line.starts_with(label));
    let (at, first) = found.nth(occurrence).unwrap_or_else(|| panic!("no {label}"));
    let mut value = first[label.len()..].to_owned();
    for line in section.lines().skip(at + 1).take_while(|line| line.starts_with("      ")) {
        value.push_str(line);
    }
    value.split_whitespace().collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn decode(text: &str) -> Vec<u8> {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
}

fn secret() -> Secret {
    Secret::from_bytes(std::array::from_fn(|n| n as u8))
}

fn id(n: u64) -> ParticipantId {
    ParticipantId::from_random(n * 0x1111_1111_1111_1111)
}

fn sealer(n: u64) -> Sealer {
    Sealer::new(&secret(), "green-room-1".parse().unwrap(), id(n), COUNTER)
}

#[test]
fn every_message_has_an_example_that_parses() {
    let kinds = |mut kinds: Vec<&'static str>| {
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    };
    let client =
        blocks("json client").iter().map(|json| ClientMessage::parse(json).unwrap().kind()).collect();
    assert_eq!(kinds(client), ["ack", "hello", "join", "leave", "ping", "pong", "profile", "relay"]);
    let server =
        blocks("json server").iter().map(|json| ServerMessage::parse(json).unwrap().kind()).collect();
    assert_eq!(
        kinds(server),
        [
            "ack",
            "error",
            "hello",
            "participant_changed",
            "participant_joined",
            "participant_left",
            "ping",
            "pong",
            "relay",
            "welcome"
        ]
    );
    let peer = blocks("json peer").iter().map(|json| PeerMessage::parse(json).unwrap().kind()).collect();
    assert_eq!(kinds(peer), ["candidate", "goodbye", "hears", "media_state", "media_state_ack", "offer"]);
    let chat: Vec<_> = blocks("json chat").iter().map(|json| ChatFrame::parse(json).unwrap()).collect();
    let kind = |frame: &ChatFrame| format!("{frame:?}");
    assert_eq!(
        chat.iter().map(kind).collect::<Vec<_>>(),
        ["ChatFrame(hello)", "ChatFrame(have)", "ChatFrame(messages)", "ChatFrame(direct)"]
    );
    let profile: Profile = serde_json::from_str(blocks("json profile")[0]).unwrap();
    assert_eq!(profile.name, "Ada");
    assert!(profile.instance.is_some(), "the example shows every field");
    assert_eq!(blocks("json").len(), 0, "every example says whose message it is");
}

#[test]
fn the_signed_message_is_worked_out() {
    let key = IdentityKey::from_bytes(&std::array::from_fn(|n| n as u8));
    let ChatFrame::Messages { messages } = ChatFrame::parse(blocks("json chat")[2]).unwrap() else {
        panic!("the third example is of messages");
    };
    let [shown] = &messages[..] else { panic!("the example has one message") };
    assert!(shown.is_genuine());
    let signed =
        SignedMessage::sign(&key, shown.participant.clone(), &shown.name, shown.content.clone()).unwrap();
    assert!(signed == *shown, "the same key signs the same message in the same way");
}

#[test]
fn the_chat_is_bounded_as_the_document_says() {
    let section = DOCUMENT.split("\n## 17. Chat").nth(1).unwrap();
    for bound in [
        format!("`text` has 1 to {} bytes", limits::CHAT_TEXT_BYTES),
        format!("Messages to everyone, 1 to {}", limits::CHAT_BATCH),
        format!("at most {} authors", limits::CHAT_AUTHORS),
    ] {
        assert!(section.contains(&bound), "{bound}");
    }
    let Channel { label, stream, bounds, .. } = CHAT;
    assert!(DOCUMENT.contains(&format!("| `{label}` | {stream} | yes | yes | a log of text")));
    let rate = bounds.rate;
    assert!(
        DOCUMENT.contains(&format!(
            "takes {} messages a second after a\nburst of {}",
            rate.per_second, rate.burst
        ))
    );
    assert!(DOCUMENT.contains(&format!("Its messages have at most {} bytes", bounds.message_bytes)));
}

#[test]
fn the_bounds_are_the_bounds() {
    let shown: Vec<_> = blocks("json server")
        .iter()
        .filter_map(|json| match ServerMessage::parse(json).unwrap() {
            ServerMessage::Hello { bounds, .. } | ServerMessage::Welcome { bounds, .. } => Some(bounds),
            _ => None,
        })
        .collect();
    assert_eq!(shown, [Bounds::V1, Bounds::V1]);
    let seconds = |time: std::time::Duration| format!("{} s", time.as_secs());
    for (what, bound) in [
        ("message (WebSocket or control channel)", format!("{} bytes", limits::FRAME_BYTES)),
        ("sealed `payload`", format!("{} characters", limits::PAYLOAD_CHARS)),
        ("sealed `profile`", format!("{} characters", limits::PROFILE_CHARS)),
        ("people in a room", limits::ROOM_PARTICIPANTS.to_string()),
        ("name", format!("{} Unicode scalar values", limits::NAME_CHARS)),
        ("room name", format!("{} characters", limits::ROOM_CHARS)),
        ("`client` in `hello`", format!("{} bytes", limits::CLIENT_CHARS)),
        (
            "messages from a client (all types count)",
            format!("{} per second, {} at once (token bucket)", limits::RATE_PER_SECOND, limits::RATE_BURST),
        ),
        (
            "messages over the control channels of a connected peer",
            format!(
                "{} per second, {} at once (token bucket)",
                CONTROL.bounds.rate.per_second, CONTROL.bounds.rate.burst
            ),
        ),
        ("unacknowledged bytes of the control channel", CONTROL.bounds.queue_bytes.to_string()),
        ("unacknowledged messages of the control channel", CONTROL.bounds.queue_messages.to_string()),
        ("messages kept for someone who is away", limits::QUEUE_MESSAGES.to_string()),
        (
            "unacknowledged messages kept",
            format!("{} and {} bytes", limits::UNACKED_MESSAGES, limits::UNACKED_BYTES),
        ),
        ("candidate", format!("{} bytes", limits::CANDIDATE_BYTES)),
        ("tracks in a description", limits::TRACKS.to_string()),
        ("link", format!("{} bytes", limits::LINK_BYTES)),
        (
            "acknowledgement",
            format!("after {} messages or {} ms", limits::ACK_EVERY, limits::ACK_DELAY.as_millis()),
        ),
        ("heartbeat", format!("every {}", seconds(limits::HEARTBEAT))),
        ("connection is dead after silence of", seconds(limits::DEAD_AFTER)),
        ("`hello` and `join` within", seconds(limits::JOIN_TIMEOUT)),
        ("someone away is kept for", seconds(limits::RESUME_WINDOW)),
    ] {
        let row = format!("\n| {what} | {bound} |\n");
        assert!(DOCUMENT.contains(&row), "not in the document: {row}");
    }
    assert_eq!(CONTROL.bounds.message_bytes, limits::FRAME_BYTES, "one row of the table is for both");
    assert!(DOCUMENT.contains(&limits::MAX_SEQ.to_string()));
}

#[test]
fn the_control_channel_is_as_its_row_says() {
    let (label, stream) = (CONTROL.label, CONTROL.stream);
    let made = format!("label `{label}`, `negotiated: true`, `id: {stream}`, ordered, reliable.");
    assert!(CONTROL.ordered && CONTROL.reliability == Reliability::Reliable);
    assert!(DOCUMENT.contains(&made), "not in the document: {made}");
}

#[test]
fn the_error_codes_are_the_error_codes() {
    let section = DOCUMENT.split("## 13. Errors").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let mut count = 0;
    for row in rows {
        let columns: Vec<_> = row.split(" | ").collect();
        let name = columns[0].trim_end_matches('`');
        let code: ErrorCode = serde_json::from_value(name.into()).unwrap();
        assert_eq!(code.as_str(), name, "unknown code in the document");
        assert_eq!(columns[1] == "yes", code.is_fatal(), "{name}");
        assert_eq!(columns[2] == "yes", code.is_temporary(), "{name}");
        count += 1;
    }
    assert_eq!(count, 16, "a code is missing in the document");
}

#[test]
fn the_example_link_is_one() {
    let at = DOCUMENT.find("`holdfast://join/1").unwrap() + 1;
    let link: MeetingLink = DOCUMENT[at..].split('`').next().unwrap().parse().unwrap();
    assert!(link.secret == secret());
    assert_eq!(worked("secret (base64url)", 0), link.secret.to_base64url());
}

#[test]
fn the_join_proof_is_worked_out() {
    let key = JoinKey::derive(&secret());
    let room = "green-room-1".parse().unwrap();
    let proof = key.prove(CHALLENGE, &room, &id(1));
    assert_eq!(worked("public_key (base64url)", 0), key.public_key());
    assert_eq!(worked("proof (base64url)", 0), proof);
    assert_eq!(verify_join(&key.public_key(), &proof, CHALLENGE, &room, &id(1)), Ok(()));
    let signed = format!("holdfast/1 join\0{CHALLENGE}\0green-room-1\01111111111111111");
    assert_eq!(worked("signed bytes", 0), hex(signed.as_bytes()));

    // The document's keys are derived as it says, checked by using them.
    let seed: [u8; 32] = unhex(&worked("join key seed", 0)).try_into().unwrap();
    let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
    assert_eq!(decode(&key.public_key()), public.as_bytes());
}

#[test]
fn the_sealed_texts_are_worked_out() {
    let plaintext = worked("plaintext (ASCII)", 0);
    let message = PeerMessage::parse(&plaintext).unwrap();
    assert_eq!(message.to_json(), plaintext, "a sealed message is compact JSON in this order");
    let profile = Profile::new("Ada").unwrap();
    let nonce = |occurrence| -> [u8; 24] { unhex(&worked("nonce", occurrence)).try_into().unwrap() };

    let mut sender = sealer(1);
    let payload = sender.seal(&id(2), Generation::FIRST, &message, nonce(0)).unwrap();
    assert_eq!(worked("payload (base64url)", 0), payload);
    let sealed = sender.seal_profile(&profile, nonce(1)).unwrap();
    assert_eq!(worked("profile (base64url)", 0), sealed);
    assert_eq!(sealer(2).open(&id(1), Generation::FIRST, &payload), Ok(message));
    assert_eq!(sealer(2).open_profile(&id(1), &sealed), Ok(profile));

    let parts = [worked("counter", 0), worked("nonce", 0), worked("ciphertext", 0), worked("tag", 0)];
    assert_eq!(parts.concat(), hex(&decode(&payload)));
    assert_eq!(parts[0], hex(&COUNTER.to_be_bytes()));

    // Key and associated data as the document shows them open the payload without our own code.
    use chacha20poly1305::{
        Key, XChaCha20Poly1305, XNonce,
        aead::{Aead, KeyInit, Payload},
    };
    let key: [u8; 32] = unhex(&worked("seal key", 0)).try_into().unwrap();
    for (occurrence, text) in [(0, plaintext.as_str()), (1, r#"{"name":"Ada"}"#)] {
        let msg = unhex(&(worked("ciphertext", occurrence) + &worked("tag", occurrence)));
        let aad = unhex(&worked("associated data", occurrence));
        let opened = XChaCha20Poly1305::new(&Key::from(key))
            .decrypt(&XNonce::from(nonce(occurrence)), Payload { msg: &msg, aad: &aad });
        assert_eq!(String::from_utf8(opened.unwrap()).unwrap(), text);
    }
}
