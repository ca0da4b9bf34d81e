//! Notices that the addresses of this machine changed, from the system's own announcements.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use futures_util::StreamExt;
use if_watch::IfEvent;
use if_watch::tokio::IfWatcher;
use tokio::time::Instant;

/// A change of network is announced in parts: the old address goes, the new one comes, in either order. Parts this
/// close together are one change. A longer time would delay a repair that a person is waiting for.
const SETTLE: Duration = Duration::from_millis(60);

/// The addresses media can use.
#[derive(Debug, Default)]
struct Addresses {
    known: BTreeSet<IpAddr>,
    /// Media uses only these addresses; any address if empty.
    bound: Vec<IpAddr>,
}

impl Addresses {
    /// Takes one announcement. Returns whether it concerns media.
    fn changed(&mut self, event: IfEvent) -> bool {
        match event {
            IfEvent::Up(network) => self.is_used(network.addr()) && self.known.insert(network.addr()),
            IfEvent::Down(network) => self.known.remove(&network.addr()),
        }
    }

    /// Loopback never changes a path to anyone else, and a link-local address comes and goes together with the other
    /// addresses of its interface.
    fn is_used(&self, address: IpAddr) -> bool {
        let local = match address {
            IpAddr::V4(address) => address.is_loopback() || address.is_link_local(),
            IpAddr::V6(address) => address.is_loopback() || Ipv6Addr::is_unicast_link_local(&address),
        };
        !local && (self.bound.is_empty() || self.bound.contains(&address))
    }
}

/// Watches the addresses. If the system announces nothing, only silence shows a change.
pub(crate) struct AddressWatch {
    watcher: Option<IfWatcher>,
    addresses: Addresses,
    /// When the current change counts as completely announced.
    settled_at: Option<Instant>,
}

impl AddressWatch {
    /// Starts from the present addresses. `bound`: the only ones that media uses; empty for all.
    pub(crate) fn start(bound: &[IpAddr]) -> Self {
        let mut addresses = Addresses { known: BTreeSet::new(), bound: bound.to_vec() };
        let watcher = IfWatcher::new()
            .inspect_err(|error| tracing::warn!(kind = ?error.kind(), "addresses cannot be watched"))
            .ok();
        for network in if_addrs::get_if_addrs().unwrap_or_default() {
            if addresses.is_used(network.ip()) {
                addresses.known.insert(network.ip());
            }
        }
        Self { watcher, addresses, settled_at: None }
    }

    /// Returns when the addresses differ from those at the last return. May be dropped and called again at any time:
    /// what was seen is kept.
    pub(crate) async fn changed(&mut self) {
        loop {
            match self.settled_at {
                None => self.next_change().await,
                Some(at) => tokio::select! {
                    () = tokio::time::sleep_until(at) => break,
                    () = self.next_change() => {}
                },
            }
            self.settled_at = Some(Instant::now() + SETTLE);
        }
        self.settled_at = None;
        tracing::info!(addresses = self.addresses.known.len(), "the addresses of this machine changed");
    }

    async fn next_change(&mut self) {
        while let Some(watcher) = &mut self.watcher {
            match watcher.next().await {
                Some(Ok(event)) if self.addresses.changed(event) => return,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => {
                    tracing::warn!("addresses are watched no longer");
                    self.watcher = None;
                }
            }
        }
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn up(network: &str) -> IfEvent {
        IfEvent::Up(network.parse().unwrap())
    }

    fn down(network: &str) -> IfEvent {
        IfEvent::Down(network.parse().unwrap())
    }

    #[test]
    fn an_address_that_comes_or_goes_is_a_change_and_a_repeated_one_is_not() {
        let mut addresses = Addresses::default();
        assert!(addresses.changed(up("192.0.2.1/24")));
        assert!(!addresses.changed(up("192.0.2.1/24")));
        assert!(addresses.changed(up("2001:db8::1/64")));
        assert!(addresses.changed(down("192.0.2.1/24")));
        assert!(!addresses.changed(down("192.0.2.1/24")));
    }

    #[test]
    fn loopback_and_link_local_addresses_are_not_looked_at() {
        let mut addresses = Addresses::default();
        for local in ["127.0.0.1/8", "::1/128", "169.254.3.4/16", "fe80::1/64"] {
            assert!(!addresses.changed(up(local)), "{local}");
        }
    }

    #[test]
    fn only_bound_addresses_count_when_media_is_bound() {
        let mut addresses = Addresses { bound: vec!["192.0.2.1".parse().unwrap()], ..Addresses::default() };
        assert!(!addresses.changed(up("198.51.100.7/24")));
        assert!(addresses.changed(up("192.0.2.1/24")));
    }
}
