//! Invite links: `holdfast://join/<host:port>/<room>[?tls=1]#<secret>`.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use thiserror::Error;

use crate::{PATH, RoomId, Secret, SecretError, limits::LINK_BYTES};

/// What is wrong with a link. There is one variant for each part, so that a person can be told which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LinkError {
    /// Nothing there.
    #[error("the link is empty")]
    Empty,
    /// Longer than [`LINK_BYTES`].
    #[error("the link is longer than 512 bytes")]
    TooLong,
    /// Does not begin with `holdfast://`.
    #[error("the link does not begin with holdfast://")]
    Scheme,
    /// What follows the scheme is not `join/`.
    #[error("the link is not an invitation: join/ is missing")]
    Action,
    /// No server between `join/` and the room.
    #[error("the link names no server")]
    ServerMissing,
    /// The server is neither a host name nor an IP address.
    #[error("the server in the link is not a host name or IP address")]
    Host,
    /// The server has no port.
    #[error("the server in the link has no port")]
    PortMissing,
    /// The port is not 1 to 65535.
    #[error("the port in the link is not a number from 1 to 65535")]
    Port,
    /// No room after the server.
    #[error("the link names no room")]
    RoomMissing,
    /// The room has characters it may not have, or too many.
    #[error("the room in the link is not 1 to 64 characters of a-z, 0-9 and -")]
    Room,
    /// Something other than `tls=1` or `tls=0` after the question mark.
    #[error("the link has an option that is not known")]
    Option,
    /// Nothing after `#`, or no `#`: the program used to send the link often cut it off.
    #[error("the part of the link after # is missing")]
    SecretMissing,
    /// The part after `#` is not base64url.
    #[error("the part of the link after # has characters it cannot have")]
    SecretEncoding,
    /// The part after `#` is too short or too long.
    #[error("the part of the link after # is not complete")]
    SecretLength,
}

impl LinkError {
    /// Stable code, for programs and to choose a sentence for people.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "link_empty",
            Self::TooLong => "link_too_long",
            Self::Scheme => "link_scheme",
            Self::Action => "link_action",
            Self::ServerMissing => "link_server_missing",
            Self::Host => "link_host",
            Self::PortMissing => "link_port_missing",
            Self::Port => "link_port",
            Self::RoomMissing => "link_room_missing",
            Self::Room => "link_room",
            Self::Option => "link_option",
            Self::SecretMissing => "link_secret_missing",
            Self::SecretEncoding => "link_secret_encoding",
            Self::SecretLength => "link_secret_length",
        }
    }
}

/// Where a signaling server listens.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ServerAddress {
    /// Host name, IPv4 address, or IPv6 address without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Whether it speaks TLS (`wss`).
    pub tls: bool,
}

impl ServerAddress {
    /// URL of the WebSocket.
    pub fn websocket_url(&self) -> String {
        let scheme = if self.tls { "wss" } else { "ws" };
        format!("{scheme}://{self}{PATH}")
    }
}

/// Reads `host:port`, with an IPv6 address in brackets; without TLS.
impl FromStr for ServerAddress {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        let (host, port) = parse_server(text)?;
        Ok(Self { host, port, tls: false })
    }
}

/// `host:port`, with an IPv6 address in brackets; without `tls`.
impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Without host and port, because addresses must not reach a log.
impl fmt::Debug for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerAddress").field("tls", &self.tls).finish_non_exhaustive()
    }
}

/// Everything needed to join a meeting. `Display` gives the link itself, with the secret: never log it.
#[derive(Clone, PartialEq, Eq)]
pub struct MeetingLink {
    /// Where the signaling server is.
    pub server: ServerAddress,
    /// Which room.
    pub room: RoomId,
    /// What the participants know and the server does not.
    pub secret: Secret,
}

impl FromStr for MeetingLink {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        // Links are pasted, often with a line break at the end.
        let text = text.trim();
        if text.is_empty() {
            return Err(LinkError::Empty);
        }
        if text.len() > LINK_BYTES {
            return Err(LinkError::TooLong);
        }
        let (scheme, rest) = text.split_once("://").ok_or(LinkError::Scheme)?;
        if !scheme.eq_ignore_ascii_case("holdfast") {
            return Err(LinkError::Scheme);
        }
        let (rest, secret) = match rest.split_once('#') {
            Some((rest, secret)) => (rest, Some(secret)),
            None => (rest, None),
        };
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        let path = match path.split_once('/') {
            Some((action, path)) if action.eq_ignore_ascii_case("join") => path,
            _ => return Err(LinkError::Action),
        };
        let (server, room) = path.split_once('/').unwrap_or((path, ""));
        let (host, port) = parse_server(server)?;
        if room.is_empty() {
            return Err(LinkError::RoomMissing);
        }
        let room = room.parse().map_err(|_| LinkError::Room)?;
        let tls = match query {
            None | Some("tls=0") => false,
            Some("tls=1") => true,
            Some(_) => return Err(LinkError::Option),
        };
        let secret = secret.filter(|secret| !secret.is_empty()).ok_or(LinkError::SecretMissing)?;
        let secret = secret.parse().map_err(|error| match error {
            SecretError::Encoding => LinkError::SecretEncoding,
            SecretError::Length => LinkError::SecretLength,
        })?;
        Ok(Self { server: ServerAddress { host, port, tls }, room, secret })
    }
}

fn parse_server(server: &str) -> Result<(String, u16), LinkError> {
    if server.is_empty() {
        return Err(LinkError::ServerMissing);
    }
    let (host, port) = if let Some(rest) = server.strip_prefix('[') {
        let (address, rest) = rest.split_once(']').ok_or(LinkError::Host)?;
        let address: Ipv6Addr = address.parse().map_err(|_| LinkError::Host)?;
        if rest.is_empty() {
            return Err(LinkError::PortMissing);
        }
        (address.to_string(), rest.strip_prefix(':').ok_or(LinkError::Host)?)
    } else {
        let (host, port) = match server.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (server, None),
        };
        if !is_host(host) {
            return Err(LinkError::Host);
        }
        (host.to_ascii_lowercase(), port.ok_or(LinkError::PortMissing)?)
    };
    if port.is_empty() {
        return Err(LinkError::PortMissing);
    }
    // `u16::from_str` would also take a plus sign.
    if !port.bytes().all(|b| b.is_ascii_digit()) {
        return Err(LinkError::Port);
    }
    match port.parse() {
        Ok(port) if port != 0 => Ok((host, port)),
        _ => Err(LinkError::Port),
    }
}

/// A DNS name (RFC 1123) or an IPv4 address.
fn is_host(host: &str) -> bool {
    let numeric = host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if numeric {
        return host.parse::<Ipv4Addr>().is_ok();
    }
    host.len() <= 253
        && host.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

impl fmt::Display for MeetingLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tls = if self.server.tls { "?tls=1" } else { "" };
        write!(f, "holdfast://join/{}/{}{tls}#{}", self.server, self.room, self.secret.to_base64url())
    }
}

/// Without address and secret.
impl fmt::Debug for MeetingLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeetingLink").field("room", &self.room).finish_non_exhaustive()
    }
}
