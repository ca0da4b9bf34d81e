//! Parsers of text that strangers write: frames of the signaling protocol, peer messages, profiles, links.

use holdfast_protocol::{
    ClientMessage, MeetingLink, ParseError, PeerMessage, Profile, ServerMessage, limits::NAME_CHARS,
};

/// A text frame from a client, as the server reads it.
pub fn client_frame(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match ClientMessage::parse(text) {
        Ok(message) => {
            assert!(format!("{message:?}").len() < 100, "the debug text carries content");
            let again = ClientMessage::parse(&message.to_json());
            assert!(again.as_ref() == Ok(&message), "what was read is not read again: {again:?}");
        }
        Err(error) => known(error),
    }
}

/// A text frame from the signaling server, as a client reads it.
pub fn server_frame(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match ServerMessage::parse(text) {
        Ok(message) => {
            assert!(format!("{message:?}").len() < 100, "the debug text carries content");
            let again = ServerMessage::parse(&message.to_json());
            assert!(again.as_ref() == Ok(&message), "what was read is not read again: {again:?}");
        }
        Err(error) => known(error),
    }
}

/// The content of a sealed payload or a message on the control channel.
pub fn peer_message(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match PeerMessage::parse(text) {
        Ok(message) => {
            assert!(format!("{message:?}").len() < 200, "the debug text carries content");
            let again = PeerMessage::parse(&message.to_json());
            assert!(again.as_ref() == Ok(&message), "what was read is not read again: {again:?}");
        }
        Err(error) => assert!(!error.code().is_empty()),
    }
}

/// The content of a sealed profile, read as `Sealer::open_profile` does once the seal is found right.
pub fn profile(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(claimed) = serde_json::from_str::<Profile>(text) else { return };
    match Profile::new(&claimed.name) {
        Ok(profile) => {
            assert!((1..=NAME_CHARS).contains(&profile.name.chars().count()));
            assert!(!profile.name.chars().any(char::is_control));
            assert!(Profile::new(&profile.name).as_ref() == Ok(&profile), "a good name is not good again");
        }
        Err(error) => assert!(!error.code().is_empty()),
    }
}

/// An invite link as it was pasted.
pub fn link(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match text.parse::<MeetingLink>() {
        Ok(link) => {
            let again: Result<MeetingLink, _> = link.to_string().parse();
            assert!(again.as_ref() == Ok(&link), "a link that was written is not read again: {again:?}");
            assert!(link.server.port != 0 && link.server.websocket_url().starts_with("ws"));
        }
        Err(error) => assert!(error.code().starts_with("link_")),
    }
}

fn known(error: ParseError) {
    assert!(!error.code().is_empty());
}
