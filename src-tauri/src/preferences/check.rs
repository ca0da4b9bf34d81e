//! Which choices are allowed. Pure.

use holdfast_protocol::{LinkError, ServerAddress, limits};

use super::{IceServerChoice, Preferences};

/// Most STUN and TURN servers: each costs time and sockets for every connection.
pub(crate) const ICE_SERVERS: usize = 8;

/// Longest text of an address, a user name or a password. TURN's own bound for a user name is 508 bytes (RFC 8489
/// section 14.3).
const TEXT_BYTES: usize = 512;

/// Longest id of a device. Real ids are far shorter.
const DEVICE_BYTES: usize = 1024;

/// Longest text of a shortcut.
const SHORTCUT_BYTES: usize = 64;

/// Why a choice is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PreferenceError {
    /// There is no such preference, or it takes other values.
    Invalid,
    /// The name has too many characters, or some that cannot be shown.
    Name,
    /// Not a key with modifiers before it.
    Shortcut,
    /// Both shortcuts are the same.
    ShortcutTwice,
    /// Not a `stun:`, `turn:` or `turns:` URL.
    IceUrl,
    /// A TURN server wants a user name and a password.
    IceCredentials,
    /// More than [`ICE_SERVERS`].
    IceServers,
    /// Not `host:port`.
    SignalingServer,
}

impl PreferenceError {
    /// The stable code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Invalid => "preference_invalid",
            Self::Name => "name_too_long",
            Self::Shortcut => "shortcut_invalid",
            Self::ShortcutTwice => "shortcut_twice",
            Self::IceUrl => "ice_url",
            Self::IceCredentials => "ice_credentials",
            Self::IceServers => "ice_too_many",
            Self::SignalingServer => "signaling_server",
        }
    }
}

/// Whether every choice is allowed.
pub(super) fn check(preferences: &Preferences) -> Result<(), PreferenceError> {
    if preferences.name.chars().count() > limits::NAME_CHARS {
        return Err(PreferenceError::Name);
    }
    let devices = &preferences.devices;
    if [&devices.camera, &devices.microphone, &devices.speaker]
        .into_iter()
        .flatten()
        .any(|id| id.is_empty() || id.len() > DEVICE_BYTES)
    {
        return Err(PreferenceError::Invalid);
    }
    let shortcuts = &preferences.shortcuts;
    for shortcut in [&shortcuts.mute, &shortcuts.push_to_talk].into_iter().flatten() {
        check_shortcut(shortcut)?;
    }
    if shortcuts.mute.is_some() && shortcuts.mute == shortcuts.push_to_talk {
        return Err(PreferenceError::ShortcutTwice);
    }
    if preferences.servers.ice.len() > ICE_SERVERS {
        return Err(PreferenceError::IceServers);
    }
    preferences.servers.ice.iter().try_for_each(checked_ice_server)?;
    preferences.signaling_server.as_deref().map_or(Ok(()), |server| signaling_server(server).map(drop))
}

/// Modifiers and one key, joined by `+`. Only the registration shows whether the system has such a key.
fn check_shortcut(text: &str) -> Result<(), PreferenceError> {
    let word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric());
    let mut words = text.rsplit('+');
    let key = words.next().is_some_and(word);
    let modifiers: Vec<_> = words.collect();
    // A key without modifiers would be taken from every app. Function and media keys may be used alone.
    let alone = modifiers.is_empty() && text.len() == 1;
    if !key || alone || text.len() > SHORTCUT_BYTES || !modifiers.into_iter().all(is_modifier) {
        return Err(PreferenceError::Shortcut);
    }
    Ok(())
}

fn is_modifier(word: &str) -> bool {
    const MODIFIERS: [&str; 13] = [
        "alt",
        "option",
        "control",
        "ctrl",
        "command",
        "cmd",
        "super",
        "meta",
        "shift",
        "commandorcontrol",
        "commandorctrl",
        "cmdorctrl",
        "cmdorcontrol",
    ];
    MODIFIERS.contains(&word.to_ascii_lowercase().as_str())
}

/// Whether this STUN or TURN server may be used.
pub(crate) fn checked_ice_server(server: &IceServerChoice) -> Result<(), PreferenceError> {
    if server.username.len() > TEXT_BYTES || server.credential.len() > TEXT_BYTES {
        return Err(PreferenceError::IceCredentials);
    }
    let relays = checked_ice_url(&server.url)?;
    if relays && (server.username.is_empty() || server.credential.is_empty()) {
        return Err(PreferenceError::IceCredentials);
    }
    Ok(())
}

/// Whether the URL is that of a relay (TURN); an error if it is neither a STUN nor a TURN URL.
fn checked_ice_url(url: &str) -> Result<bool, PreferenceError> {
    let bad = PreferenceError::IceUrl;
    let printable = |c: char| c.is_ascii_graphic();
    if url.len() > TEXT_BYTES || !url.chars().all(printable) {
        return Err(bad);
    }
    let (scheme, rest) = url.split_once(':').ok_or(bad)?;
    let (authority, transport) = rest.split_once('?').unwrap_or((rest, ""));
    let relays = match (scheme, transport) {
        ("stun", "") => false,
        ("turn", "" | "transport=udp" | "transport=tcp") | ("turns", "" | "transport=tcp") => true,
        _ => return Err(bad),
    };
    // A port is optional here.
    let address = match authority.parse::<ServerAddress>() {
        Err(LinkError::PortMissing) => format!("{authority}:3478").parse(),
        other => other,
    };
    address.map(|_| relays).map_err(|_| bad)
}

/// The address of a signaling server, from what a person typed: `host:port`, or `wss://host:port` with TLS.
pub(crate) fn signaling_server(text: &str) -> Result<ServerAddress, PreferenceError> {
    let bad = PreferenceError::SignalingServer;
    let (address, tls) = match text.split_once("://") {
        Some(("wss", address)) => (address, true),
        Some(("ws", address)) => (address, false),
        Some(_) => return Err(bad),
        None => (text, false),
    };
    if text.len() > TEXT_BYTES {
        return Err(bad);
    }
    address.parse::<ServerAddress>().map(|server| ServerAddress { tls, ..server }).map_err(|_| bad)
}

#[cfg(test)]
mod tests {
    use super::super::{Servers, Shortcuts};
    use super::*;

    fn server(url: &str, username: &str, credential: &str) -> IceServerChoice {
        IceServerChoice { url: url.into(), username: username.into(), credential: credential.into() }
    }

    #[test]
    fn the_defaults_may_be_chosen() {
        assert_eq!(check(&Preferences::default()), Ok(()));
    }

    #[test]
    fn every_form_of_an_ice_url_is_read_and_nothing_else() {
        for url in ["stun:example.org", "stun:192.0.2.1:3478", "stun:[2001:db8::1]:3478", "stun:[::1]"] {
            assert_eq!(checked_ice_url(url), Ok(false), "{url}");
        }
        for url in ["turn:example.org", "turn:example.org:80?transport=tcp", "turns:[::1]:443?transport=tcp"]
        {
            assert_eq!(checked_ice_url(url), Ok(true), "{url}");
        }
        let long = format!("stun:{}", "a".repeat(600));
        for url in [
            "",
            "stun",
            "stun:",
            "stun:a b",
            "stun:a/b",
            "stun:host:0",
            "stun:host:99999",
            "stun:2001:db8::1",
            "http://example.org",
            "turn:host?transport=sctp",
            "turns:host?transport=udp",
            "stun:host?transport=tcp",
            "stun:\u{202e}example.org",
            &long,
        ] {
            assert_eq!(checked_ice_url(url), Err(PreferenceError::IceUrl), "{url}");
        }
    }

    #[test]
    fn a_relay_without_a_password_is_refused() {
        let with = |ice| check(&Preferences { servers: Servers { ice }, ..Preferences::default() });
        let whole = server("turn:example.org", "ada", "secret");
        assert_eq!(with(vec![whole.clone(); ICE_SERVERS]), Ok(()));
        assert_eq!(with(vec![whole.clone(); ICE_SERVERS + 1]), Err(PreferenceError::IceServers));
        for half in [server("turn:example.org", "ada", ""), server("turn:example.org", "", "secret")] {
            assert_eq!(with(vec![half]), Err(PreferenceError::IceCredentials));
        }
        assert_eq!(with(vec![server("stun:example.org", "", "")]), Ok(()));
        assert!(!format!("{whole:?}").contains("secret"));
    }

    #[test]
    fn a_shortcut_is_modifiers_and_a_key() {
        let with = |mute: &str, push: Option<&str>| {
            let shortcuts = Shortcuts { mute: Some(mute.into()), push_to_talk: push.map(str::to_owned) };
            check(&Preferences { shortcuts, ..Preferences::default() })
        };
        for good in ["CommandOrControl+Shift+M", "F9", "Alt+Space", "Super+F1", "MediaPlayPause"] {
            assert_eq!(with(good, None), Ok(()), "{good}");
        }
        for bad in ["", "M", "+", "Shift+", "+M", "Hyper+M", "M+Shift", "Shift+<b>", &"Shift+".repeat(40)] {
            assert_eq!(with(bad, None), Err(PreferenceError::Shortcut), "{bad}");
        }
        assert_eq!(with("F9", Some("F9")), Err(PreferenceError::ShortcutTwice));
        assert_eq!(with("F9", Some("F10")), Ok(()));
    }

    #[test]
    fn a_signaling_server_is_a_host_and_a_port() {
        let read = |text| signaling_server(text).map(|server| server.websocket_url());
        assert_eq!(read("example.org:9000").as_deref(), Ok("ws://example.org:9000/v1"));
        assert_eq!(read("wss://example.org:443").as_deref(), Ok("wss://example.org:443/v1"));
        for bad in ["", "example.org", "example.org:0", "http://example.org:1", "a b:1", ":1"] {
            assert_eq!(read(bad), Err(PreferenceError::SignalingServer), "{bad}");
        }
    }

    #[test]
    fn hostile_names_and_devices_are_refused() {
        let named = |name: String| check(&Preferences { name, ..Preferences::default() });
        assert_eq!(named("\u{202e}<b>".into()), Ok(()), "shown as text, isolated");
        assert_eq!(named("x".repeat(10 * 1024 * 1024)), Err(PreferenceError::Name));
        let mut preferences = Preferences::default();
        preferences.devices.camera = Some(String::new());
        assert_eq!(check(&preferences), Err(PreferenceError::Invalid));
    }
}
