//! This machine's addresses, and at which of them others reach an embedded server. The choice is pure; only
//! [`interfaces`] and [`default_route`] ask the system.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

/// One address of one interface that is up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interface {
    pub(crate) name: String,
    pub(crate) address: IpAddr,
}

/// Interfaces of virtual networks, by the start of their name. Others on the same network cannot reach these.
const VIRTUAL: [&str; 12] =
    ["docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "vEthernet", "tun", "tap", "wg", "utun", "zt"];

/// The addresses of all interfaces that are up, without loopback. Empty if the system does not tell.
pub(crate) fn interfaces() -> Vec<Interface> {
    let all = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "network interfaces not listed");
        Vec::new()
    });
    all.into_iter()
        .filter(|interface| interface.is_oper_up() && !interface.is_loopback())
        .map(|interface| Interface { address: interface.ip(), name: interface.name })
        .collect()
}

/// The address from which packets to the internet leave. Sends nothing: connecting a UDP socket only selects the route.
pub(crate) fn default_route() -> Option<IpAddr> {
    /// TEST-NET-1 (RFC 5737): routed like any public address, and no host has it.
    const SOMEWHERE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(SOMEWHERE).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// The address in the invite link of a server that listens on `listen`.
pub(crate) fn invite_address(
    listen: IpAddr,
    interfaces: &[Interface],
    default_route: Option<IpAddr>,
) -> IpAddr {
    if !listen.is_unspecified() {
        return listen;
    }
    let loopback = match listen {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    };
    interfaces
        .iter()
        .filter(|interface| is_reachable(&interface.address))
        // A server on 0.0.0.0 has no IPv6; a server on :: has both.
        .filter(|interface| listen.is_ipv6() || interface.address.is_ipv4())
        .min_by_key(|interface| {
            let is_virtual = VIRTUAL.iter().any(|prefix| interface.name.starts_with(prefix));
            let routed = Some(interface.address) == default_route;
            (is_virtual, !routed, interface.address.is_ipv6())
        })
        .map_or(loopback, |interface| interface.address)
}

/// Whether another machine can use the address as it is. Link-local addresses need a zone, which neither a link nor a
/// candidate contains.
fn is_reachable(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !(v4.is_loopback() || v4.is_link_local() || v4.is_unspecified()),
        IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unicast_link_local() || v6.is_unspecified()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn laptop() -> Vec<Interface> {
        [
            ("docker0", "172.17.0.1"),
            ("eth0", "169.254.3.4"),
            ("eth0", "10.1.2.3"),
            ("wlan0", "192.168.1.20"),
            ("wlan0", "fe80::1"),
            ("wlan0", "2001:db8::20"),
        ]
        .map(|(name, address)| Interface { name: name.into(), address: address.parse().unwrap() })
        .to_vec()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_invite_carries_the_address_of_the_default_route() {
        let any = ip("0.0.0.0");
        assert_eq!(invite_address(any, &laptop(), Some(ip("192.168.1.20"))), ip("192.168.1.20"));
        assert_eq!(invite_address(any, &laptop(), None), ip("10.1.2.3"), "a real network, not a container's");
        assert_eq!(invite_address(any, &laptop(), Some(ip("172.17.0.1"))), ip("10.1.2.3"));
        assert_eq!(invite_address(any, &laptop()[..1], None), ip("172.17.0.1"), "better than nothing");
    }

    #[test]
    fn without_a_network_the_invite_carries_loopback() {
        assert_eq!(invite_address(ip("0.0.0.0"), &[], None), ip("127.0.0.1"));
        assert_eq!(invite_address(ip("::"), &laptop()[4..5], None), ip("::1"));
    }

    #[test]
    fn a_server_on_one_address_is_invited_to_at_that_address() {
        for listen in ["127.0.0.1", "10.1.2.3", "::1"] {
            assert_eq!(invite_address(ip(listen), &laptop(), Some(ip("192.168.1.20"))), ip(listen));
        }
    }

    #[test]
    fn an_ipv4_server_is_not_invited_to_over_ipv6() {
        assert_eq!(invite_address(ip("0.0.0.0"), &laptop()[5..], None), ip("127.0.0.1"));
        assert_eq!(invite_address(ip("::"), &laptop()[5..], None), ip("2001:db8::20"));
    }
}
