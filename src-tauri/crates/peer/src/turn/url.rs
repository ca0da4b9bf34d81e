//! The URL of a TURN server (RFC 7065).

/// How a TURN server is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    Udp,
    Tcp,
    Tls,
}

/// Where a TURN server is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct TurnUrl {
    /// Name or address; IPv6 without its brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) via: Via,
}

/// Port of `turn:` without one.
const PORT: u16 = 3478;
/// Port of `turns:` without one.
const TLS_PORT: u16 = 5349;

impl TurnUrl {
    /// Reads `turn:host:port?transport=tcp` and the like. `None` for anything else, such as STUN URLs and TLS over UDP
    /// (DTLS).
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once(':')?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "turn" => false,
            "turns" => true,
            _ => return None,
        };
        let (authority, query) = rest.split_once('?').unwrap_or((rest, ""));
        let via = match (query.to_ascii_lowercase().as_str(), secure) {
            ("" | "transport=udp", false) => Via::Udp,
            ("transport=tcp", false) => Via::Tcp,
            ("" | "transport=tcp", true) => Via::Tls,
            _ => return None,
        };
        let (host, port) = split_port(authority)?;
        let port = match port {
            Some(port) => port.parse().ok().filter(|port| *port != 0)?,
            None if secure => TLS_PORT,
            None => PORT,
        };
        (!host.is_empty()).then(|| Self { host: host.to_owned(), port, via })
    }
}

fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        return match after {
            "" => Some((host, None)),
            after => Some((host, Some(after.strip_prefix(':')?))),
        };
    }
    match authority.split_once(':') {
        Some((_, port)) if port.contains(':') => None,
        Some((host, port)) => Some((host, Some(port))),
        None => Some((authority, None)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(url: &str) -> Option<(String, u16, Via)> {
        TurnUrl::parse(url).map(|url| (url.host, url.port, url.via))
    }

    #[test]
    fn every_form_of_the_rfc_is_read() {
        assert_eq!(read("turn:example.org"), Some(("example.org".into(), 3478, Via::Udp)));
        assert_eq!(read("turn:192.0.2.1:80?transport=tcp"), Some(("192.0.2.1".into(), 80, Via::Tcp)));
        assert_eq!(read("TURNS:example.org"), Some(("example.org".into(), 5349, Via::Tls)));
        assert_eq!(
            read("turns:[2001:db8::1]:443?transport=TCP"),
            Some(("2001:db8::1".into(), 443, Via::Tls))
        );
        assert_eq!(read("turn:[2001:db8::1]"), Some(("2001:db8::1".into(), 3478, Via::Udp)));
    }

    #[test]
    fn what_is_no_turn_url_is_refused() {
        for url in [
            "stun:example.org",
            "turn",
            "turn:",
            "turn:example.org:0",
            "turn:example.org:99999",
            "turn:2001:db8::1",
            "turn:[2001:db8::1",
            "turn:[2001:db8::1]x",
            "turn:example.org?transport=sctp",
            "turns:example.org?transport=udp",
        ] {
            assert_eq!(read(url), None, "{url}");
        }
    }
}
