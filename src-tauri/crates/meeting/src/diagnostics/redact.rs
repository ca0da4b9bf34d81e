//! Removes from texts what others must not see: addresses, credentials, fingerprints, and everything not known to be
//! harmless. Pure.
//!
//! The same value gets the same number everywhere, so that changes stay visible.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use serde_json::Value;

/// Attributes of a session description that say how media is coded, and nothing about who or where (RFC 8866, 6).
const HARMLESS: [&str; 20] = [
    "group",
    "mid",
    "rtpmap",
    "fmtp",
    "rtcp-fb",
    "rtcp-mux",
    "rtcp-rsize",
    "extmap",
    "extmap-allow-mixed",
    "setup",
    "sendrecv",
    "sendonly",
    "recvonly",
    "inactive",
    "sctp-port",
    "max-message-size",
    "ice-options",
    "ice-lite",
    "bundle-only",
    "end-of-candidates",
];

/// Longest harmless line. A longer one cannot be what it claims to be.
const LINE_BYTES: usize = 200;

/// Remembers what it removed, to number it.
#[derive(Debug, Default)]
pub(super) struct Redactor {
    values: BTreeMap<String, usize>,
    addresses: BTreeMap<IpAddr, usize>,
}

impl Redactor {
    /// The kind of an address and port, and its number.
    pub(super) fn address(&mut self, text: &str) -> String {
        let parsed = text.parse::<SocketAddr>().map(|address| address.ip());
        let Ok(address) = parsed.or_else(|_| text.parse()) else { return self.number(text) };
        let next = self.addresses.len() + 1;
        let number = *self.addresses.entry(address).or_insert(next);
        format!("<{} {number}>", kind(address))
    }

    /// A session description with only the parts that are known to be harmless.
    pub(super) fn description(&mut self, sdp: &str) -> String {
        sdp.lines().map(|line| self.line(line.trim_end()) + "\n").collect()
    }

    fn line(&mut self, line: &str) -> String {
        let plain = line.len() <= LINE_BYTES
            && line.chars().all(|c| c.is_ascii_graphic() || c == ' ')
            && scrub(line) == line;
        let Some(attribute) = line.strip_prefix("a=") else {
            return match line.get(..2) {
                Some("v=" | "t=" | "m=") if plain => line.to_owned(),
                Some(start) if start.ends_with('=') => format!("{start}{}", self.number(&line[2..])),
                _ => self.number(line),
            };
        };
        let (key, value) = attribute.split_once(':').unwrap_or((attribute, ""));
        if plain && HARMLESS.contains(&key) {
            return line.to_owned();
        }
        let key_is_one =
            key.len() <= 32 && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        let key = if key_is_one { key.to_owned() } else { self.number(key) };
        format!("a={key}:{}", self.number(value))
    }

    fn number(&mut self, value: &str) -> String {
        let next = self.values.len() + 1;
        let number = *self.values.entry(value.to_owned()).or_insert(next);
        format!("<redacted {number}>")
    }
}

fn kind(address: IpAddr) -> &'static str {
    let private = match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    };
    match (address.is_loopback(), private, address.is_ipv6()) {
        (true, _, _) => "loopback address",
        (_, true, false) => "private IPv4 address",
        (_, true, true) => "private IPv6 address",
        (_, _, false) => "public IPv4 address",
        (_, _, true) => "public IPv6 address",
    }
}

/// A second check after the first: removes everything that looks like an address from every text.
pub(super) fn scrub_all(value: &mut Value) {
    match value {
        Value::String(text) => {
            let clean = scrub(text);
            if clean != *text {
                *text = clean;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(scrub_all),
        Value::Object(fields) => fields.values_mut().for_each(scrub_all),
        _ => {}
    }
}

fn scrub(text: &str) -> String {
    let part_of_address = |c: char| c.is_ascii_hexdigit() || c == '.' || c == ':';
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(part_of_address) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !part_of_address(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        clean.push_str(before);
        clean.push_str(if has_address(word) { "<address>" } else { word });
        rest = after;
    }
    clean + rest
}

/// Whether a word contains an address, with or without a port, a key before it or a dot after it.
fn has_address(word: &str) -> bool {
    let trimmed = word.trim_matches(|c| c == '.' || c == ':');
    let whole = |text: &str| text.parse::<IpAddr>().is_ok() || text.parse::<SocketAddr>().is_ok();
    // `1::2` and the like are addresses too; a lone `::` is not.
    whole(trimmed)
        || whole(word) && word != "::"
        || trimmed.split(':').any(|part| part.parse::<std::net::Ipv4Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDP: &str = "v=0\r\no=- 4611 2 IN IP4 192.168.1.7\r\ns=Ada\r\nt=0 0\r\n\
        a=group:BUNDLE 0 1\r\na=fingerprint:sha-256 AB:CD:EF\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
        c=IN IP4 0.0.0.0\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\na=ice-ufrag:abcd\r\na=ice-pwd:s3cr3t\r\n\
        a=candidate:1 1 udp 2130706431 10.0.0.7 50001 typ host\r\na=ssrc:12 cname:ada@home\r\n\
        a=fmtp:111 x=10.0.0.7\r\n";

    #[test]
    fn of_a_description_only_what_is_harmless_is_left() {
        let clean = Redactor::default().description(SDP);
        for secret in
            ["192.168", "10.0.0.7", "0.0.0.0", "AB:CD", "abcd", "s3cr3t", "50001", "ada", "Ada", "4611"]
        {
            assert!(!clean.contains(secret), "{secret} in\n{clean}");
        }
        for kept in
            ["v=0", "a=group:BUNDLE 0 1", "a=rtpmap:111 opus/48000/2", "a=mid:0", "a=ice-pwd:<redacted"]
        {
            assert!(clean.contains(kept), "{kept} not in\n{clean}");
        }
        assert_eq!(clean.lines().count(), SDP.lines().count());
    }

    #[test]
    fn the_same_value_has_the_same_number_and_another_another() {
        let mut redactor = Redactor::default();
        let first = redactor.description("a=ice-ufrag:abcd\r\n");
        assert_eq!(redactor.description("a=ice-ufrag:abcd\r\n"), first);
        assert_ne!(redactor.description("a=ice-ufrag:efgh\r\n"), first);
        let home = redactor.address("192.168.1.7:5000");
        assert_eq!(home, "<private IPv4 address 1>");
        assert_eq!(redactor.address("192.168.1.7:6000"), home);
        assert_eq!(redactor.address("[2001:db8::1]:9"), "<public IPv6 address 2>");
    }

    #[test]
    fn whatever_reads_as_an_address_is_taken_out_of_any_text() {
        for (text, clean) in [
            ("at 10.0.0.7:5000, and [fe80::1]", "at <address>, and [<address>]"),
            ("x=10.0.0.7.", "x=<address>"),
            ("a:10.0.0.7", "<address>"),
            ("2001:db8::17", "<address>"),
            ("holdfast 0.1.0 at 12:30", "holdfast 0.1.0 at 12:30"),
            ("00000000000000aa", "00000000000000aa"),
        ] {
            assert_eq!(scrub(text), clean);
        }
    }
}
