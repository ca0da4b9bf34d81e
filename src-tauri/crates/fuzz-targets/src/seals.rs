//! Opening sealed payloads: arbitrary ones, and genuine ones with something changed on the way.

use arbitrary::{Arbitrary, Unstructured};
use holdfast_protocol::{Generation, OpenError, ParticipantId, PeerMessage, Profile, RoomId, Sealer, Secret};
use serde_json::json;

use crate::payloads::base64url;

/// Where the counters start.
const FIRST: u64 = 1_000_000;

fn id(number: u64) -> ParticipantId {
    ParticipantId::from_random(number)
}

fn sealer(secret: u8, room: &str, local: u64) -> Option<Sealer> {
    let room: RoomId = room.parse().ok()?;
    Some(Sealer::new(&Secret::from_bytes([secret; 32]), room, id(local), FIRST))
}

/// Four bytes of generation, one that says whether the rest is text or bytes to be encoded first.
pub fn sealed_bytes(data: &[u8]) {
    let Some((generation, rest)) = data.split_first_chunk::<4>() else { return };
    let Some((encoded, rest)) = rest.split_first() else { return };
    let Some(mut receiver) = sealer(1, "room", 2) else { return };
    let text = if encoded & 1 == 1 { base64url(rest) } else { String::from_utf8_lossy(rest).into_owned() };
    let opened = receiver.open(&id(1), Generation(u32::from_le_bytes(*generation)), &text);
    assert!(matches!(opened, Err(OpenError::Malformed | OpenError::Broken)), "opened without the key");
    let opened = receiver.open_profile(&id(1), &text);
    assert!(matches!(opened, Err(OpenError::Malformed | OpenError::Broken)), "opened without the key");
}

#[derive(Arbitrary, Debug)]
enum Content<'a> {
    Offer(&'a str),
    Candidate(&'a str),
    State { revision: u32, microphone: bool },
    Goodbye,
    Profile(&'a str),
}

#[derive(Arbitrary, Debug)]
enum Change {
    /// XORs one character of the sealed text with this.
    Character {
        at: u16,
        with: u8,
    },
    Cut {
        to: u16,
    },
    Append(u8),
    Insert {
        at: u16,
        what: u8,
    },
    OtherSender(u64),
    OtherReceiver(u64),
    OtherRoom,
    OtherSecret,
    OtherGeneration(u32),
    Replay,
}

/// A genuine payload after some changes: opens as what was sealed if nothing that counts differs, once; otherwise
/// not at all.
pub fn sealed_tampered(data: &[u8]) {
    let input = Unstructured::new(data);
    let Ok((content, changes)) = <(Content<'_>, Vec<Change>)>::arbitrary_take_rest(input) else { return };
    let Some(mut sender) = sealer(1, "room", 1) else { return };
    let mut nonce = [7; 24];
    nonce[0] = changes.len() as u8;
    let (message, sealed) = match content {
        Content::Profile(name) => {
            let Ok(profile) = Profile::new(name) else { return };
            let Ok(sealed) = sender.seal_profile(&profile, nonce) else { return };
            (None, sealed)
        }
        content => {
            let Some(message) = message(&content) else { return };
            let Ok(sealed) = sender.seal(&id(2), Generation(5), &message, nonce) else { return };
            (Some(message), sealed)
        }
    };
    let mut text = sealed.clone().into_bytes();
    let (mut from, mut to, mut room, mut secret, mut generation) = (1, 2, "room", 1, Generation(5));
    let mut replays = 0;
    for change in changes.into_iter().take(8) {
        match change {
            Change::Character { at, with } => {
                if let Some(character) = text.get_mut(usize::from(at)) {
                    *character ^= with;
                }
            }
            Change::Cut { to } => text.truncate(usize::from(to)),
            Change::Append(what) => text.push(what),
            Change::Insert { at, what } => text.insert(usize::from(at).min(text.len()), what),
            Change::OtherSender(other) => from = other,
            Change::OtherReceiver(other) => to = other,
            Change::OtherRoom => room = "room-2",
            Change::OtherSecret => secret = 2,
            Change::OtherGeneration(other) => generation = Generation(other),
            Change::Replay => replays += 1,
        }
    }
    let Some(mut receiver) = sealer(secret, room, to) else { return };
    let Ok(text) = String::from_utf8(text) else { return };
    let same = text == sealed && (from, room, secret) == (1, "room", 1);
    let Some(message) = message else {
        let opened = receiver.open_profile(&id(from), &text);
        assert_eq!(opened.is_ok(), same, "a profile: {opened:?}");
        // A message is no profile and a profile no message.
        assert!(receiver.open(&id(from), Generation::NONE, &text).is_err());
        return;
    };
    assert!(receiver.open_profile(&id(from), &text).is_err());
    let same = same && (to, generation) == (2, Generation(5));
    let opened = receiver.open(&id(from), generation, &text);
    if !same {
        assert!(matches!(opened, Err(OpenError::Malformed | OpenError::Broken)), "{opened:?}");
        return;
    }
    assert!(opened.as_ref() == Ok(&message), "{opened:?}");
    for _ in 0..replays {
        assert_eq!(receiver.open(&id(from), generation, &text), Err(OpenError::Replayed));
    }
}

/// Made from JSON, so that a field the protocol gains makes no difference here.
fn message(content: &Content<'_>) -> Option<PeerMessage> {
    let json = match content {
        Content::Offer(sdp) => json!({ "type": "description", "kind": "offer", "sdp": sdp, "tracks": {} }),
        Content::Candidate(candidate) => {
            json!({ "type": "candidate", "candidate": candidate, "sdp_mid": null, "sdp_m_line_index": 0 })
        }
        Content::State { revision, microphone } => json!({
            "type": "media_state", "revision": revision, "microphone": microphone,
            "camera": false, "screen": false, "hand": false
        }),
        Content::Goodbye | Content::Profile(_) => json!({ "type": "goodbye" }),
    };
    PeerMessage::parse(&json.to_string()).ok()
}
