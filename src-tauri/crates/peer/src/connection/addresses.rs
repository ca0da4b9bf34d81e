//! Which of this machine's addresses a connection uses. They are looked up for each connection, because a machine that
//! moved to another network has other addresses than at the beginning of the call.

use std::net::{IpAddr, Ipv4Addr};

/// Most addresses that a connection binds to. Each becomes a candidate that the remote pairs with each of its own, so
/// the number of checks grows with the square. A laptop has two or three.
const ADDRESSES: usize = 8;

/// The addresses to which a new connection binds: `given`, or every address that another machine could reach, or
/// loopback if there is none.
pub(super) fn media_addresses(given: &[IpAddr]) -> Vec<IpAddr> {
    if !given.is_empty() {
        return given.to_vec();
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(kind = ?error.kind(), "network interfaces not listed");
        Vec::new()
    });
    usable(interfaces.into_iter().map(|interface| (interface.is_oper_up(), interface.ip())))
}

/// Chooses from addresses, each with whether its interface is up. Addresses of an interface that is down are better
/// than none: when a cable is plugged in again, they come back, and so does a socket bound to them.
fn usable(addresses: impl Iterator<Item = (bool, IpAddr)>) -> Vec<IpAddr> {
    let mut usable: Vec<_> = addresses.filter(|(_, address)| is_reachable(address)).collect();
    if usable.iter().any(|(up, _)| *up) {
        usable.retain(|(up, _)| *up);
    }
    let mut usable: Vec<_> = usable.into_iter().map(|(_, address)| address).collect();
    // IPv4 first: if only some fit, most networks route these.
    usable.sort_by_key(IpAddr::is_ipv6);
    usable.dedup();
    usable.truncate(ADDRESSES);
    if usable.is_empty() {
        usable.push(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    usable
}

/// Whether another machine can use the address as it is. Link-local addresses need a zone, which a candidate does not
/// contain.
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

    fn of(addresses: &[&str]) -> Vec<String> {
        let parsed = addresses.iter().map(|address| match address.strip_suffix(" down") {
            Some(address) => (false, address.parse().unwrap()),
            None => (true, address.parse().unwrap()),
        });
        usable(parsed).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_interface_that_is_down_counts_only_when_none_is_up() {
        assert_eq!(of(&["10.0.0.1 down", "10.0.0.2", "127.0.0.1"]), ["10.0.0.2"]);
        assert_eq!(of(&["10.0.0.1 down", "127.0.0.1"]), ["10.0.0.1"]);
    }

    #[test]
    fn what_others_cannot_use_is_left_out_and_ipv4_comes_first() {
        let all = ["127.0.0.1", "2001:db8::20", "fe80::1", "169.254.3.4", "192.168.1.20", "::1"];
        assert_eq!(of(&all), ["192.168.1.20", "2001:db8::20"]);
    }

    #[test]
    fn without_a_network_two_on_one_machine_still_meet() {
        assert_eq!(of(&["127.0.0.1", "fe80::1"]), ["127.0.0.1"]);
    }

    #[test]
    fn there_are_never_more_than_eight() {
        let many: Vec<_> = (1..40).map(|n| format!("10.0.0.{n}")).collect();
        assert_eq!(of(&many.iter().map(String::as_str).collect::<Vec<_>>()).len(), ADDRESSES);
    }

    #[test]
    fn what_is_given_is_used_as_it_is() {
        assert_eq!(media_addresses(&[IpAddr::V4(Ipv4Addr::LOCALHOST)]), [IpAddr::V4(Ipv4Addr::LOCALHOST)]);
    }
}
