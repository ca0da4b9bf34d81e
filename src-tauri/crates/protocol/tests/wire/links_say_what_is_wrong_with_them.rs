//! Every malformed part of a link has its own error, and a well-formed link survives printing.

use std::net::{Ipv4Addr, Ipv6Addr};

use holdfast_protocol::{LinkError, MeetingLink, Secret, ServerAddress};
use proptest::prelude::*;

const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

fn error(link: &str) -> LinkError {
    match link.parse::<MeetingLink>() {
        Ok(_) => panic!("{link} was accepted"),
        Err(error) => error,
    }
}

#[test]
fn a_good_link() {
    let link: MeetingLink =
        format!(" HOLDFAST://join/Meet.Example.org:4443/green-room-1?tls=1#{SECRET}\n").parse().unwrap();
    assert!(link.server == ServerAddress { host: "meet.example.org".into(), port: 4443, tls: true });
    assert_eq!(link.room.as_str(), "green-room-1");
    assert!(link.secret == Secret::from_bytes(std::array::from_fn(|i| i as u8)));
    assert_eq!(link.server.websocket_url(), "wss://meet.example.org:4443/v1");
    assert_eq!(
        link.to_string(),
        format!("holdfast://join/meet.example.org:4443/green-room-1?tls=1#{SECRET}")
    );
}

#[test]
fn an_ipv6_server_is_in_brackets() {
    let link: MeetingLink = format!("holdfast://join/[::1]:8000/r#{SECRET}").parse().unwrap();
    assert_eq!(link.server.host, "::1");
    assert_eq!(link.server.websocket_url(), "ws://[::1]:8000/v1");
    assert_eq!(link.to_string(), format!("holdfast://join/[::1]:8000/r#{SECRET}"));
}

#[test]
fn each_malformed_part_has_its_error() {
    let cases = [
        ("", LinkError::Empty),
        (" \n", LinkError::Empty),
        ("https://join/a:1/r#S", LinkError::Scheme),
        ("join/a:1/r#S", LinkError::Scheme),
        ("holdfast:join/a:1/r#S", LinkError::Scheme),
        ("holdfast://leave/a:1/r#S", LinkError::Action),
        ("holdfast://join", LinkError::Action),
        ("holdfast://join/", LinkError::ServerMissing),
        ("holdfast://join//r#S", LinkError::ServerMissing),
        ("holdfast://join/under_score:1/r#S", LinkError::Host),
        ("holdfast://join/-a:1/r#S", LinkError::Host),
        ("holdfast://join/a..b:1/r#S", LinkError::Host),
        ("holdfast://join/1.2.3:1/r#S", LinkError::Host),
        ("holdfast://join/1.2.3.256:1/r#S", LinkError::Host),
        ("holdfast://join/::1:1/r#S", LinkError::Host),
        ("holdfast://join/[::g]:1/r#S", LinkError::Host),
        ("holdfast://join/[::1/r#S", LinkError::Host),
        ("holdfast://join/[::1]1/r#S", LinkError::Host),
        ("holdfast://join/:1/r#S", LinkError::Host),
        ("holdfast://join/user@a:1/r#S", LinkError::Host),
        ("holdfast://join/a/r#S", LinkError::PortMissing),
        ("holdfast://join/a:/r#S", LinkError::PortMissing),
        ("holdfast://join/[::1]/r#S", LinkError::PortMissing),
        ("holdfast://join/a:0/r#S", LinkError::Port),
        ("holdfast://join/a:65536/r#S", LinkError::Port),
        ("holdfast://join/a:+1/r#S", LinkError::Port),
        ("holdfast://join/a:x/r#S", LinkError::Port),
        ("holdfast://join/a:1", LinkError::RoomMissing),
        ("holdfast://join/a:1/#S", LinkError::RoomMissing),
        ("holdfast://join/a:1/Room#S", LinkError::Room),
        ("holdfast://join/a:1/r/s#S", LinkError::Room),
        ("holdfast://join/a:1/r%20#S", LinkError::Room),
        ("holdfast://join/a:1/r?tls=yes#S", LinkError::Option),
        ("holdfast://join/a:1/r?#S", LinkError::Option),
        ("holdfast://join/a:1/r", LinkError::SecretMissing),
        ("holdfast://join/a:1/r#", LinkError::SecretMissing),
        ("holdfast://join/a:1/r#S=", LinkError::SecretEncoding),
        ("holdfast://join/a:1/r#+/+/", LinkError::SecretEncoding),
        ("holdfast://join/a:1/r#AAAA", LinkError::SecretLength),
    ];
    for (link, expected) in cases {
        assert_eq!(error(link), expected, "{link}");
    }
    assert_eq!(error(&format!("holdfast://join/a:1/{}#{SECRET}", "r".repeat(65))), LinkError::Room);
    assert_eq!(error(&format!("holdfast://join/a:1/r#{SECRET}AAAA")), LinkError::SecretLength);
    assert_eq!(error(&format!("holdfast://join/a:1/r#{}", &SECRET[..40])), LinkError::SecretLength);
    // 43 characters carry 258 bits; the two spare ones must be zero so that one secret has one text.
    assert_eq!(error(&format!("holdfast://join/a:1/r#{}9", &SECRET[..42])), LinkError::SecretEncoding);
    assert_eq!(error(&format!("holdfast://join/{}", "a".repeat(600))), LinkError::TooLong);
}

#[test]
fn debug_output_hides_secret_and_address() {
    let link: MeetingLink = format!("holdfast://join/meet.example.org:4443/r#{SECRET}").parse().unwrap();
    let debug = format!("{link:?} {:?} {:?}", link.secret, link.server);
    assert!(!debug.contains(SECRET) && !debug.contains("example") && !debug.contains("4443"), "{debug}");
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]([a-z0-9-]{0,20}[a-z0-9])?(\\.[a-z]([a-z0-9-]{0,10}[a-z0-9])?){0,3}",
        any::<Ipv4Addr>().prop_map(|a| a.to_string()),
        any::<Ipv6Addr>().prop_map(|a| a.to_string()),
    ]
}

proptest! {
    #[test]
    fn what_is_printed_is_what_is_parsed(
        host in host(),
        port in 1u16..,
        tls: bool,
        room in "[a-z0-9-]{1,64}",
        secret: [u8; 32],
    ) {
        let link = MeetingLink {
            server: ServerAddress { host, port, tls },
            room: room.parse().unwrap(),
            secret: Secret::from_bytes(secret),
        };
        prop_assert!(link.to_string().parse() == Ok(link));
    }

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        let _ = text.parse::<MeetingLink>();
    }

    #[test]
    fn one_changed_character_never_panics(at in 0usize..80, with in any::<char>()) {
        let mut link: Vec<char> = format!("holdfast://join/a.example:1/room#{SECRET}").chars().collect();
        let at = at % link.len();
        link[at] = with;
        let _ = link.into_iter().collect::<String>().parse::<MeetingLink>();
    }
}
