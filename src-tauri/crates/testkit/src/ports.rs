//! Free ports.

use std::net::{Ipv4Addr, TcpListener};

/// A TCP port on loopback that was free a moment ago, for programs that cannot choose one themselves and report it.
///
/// # Panics
/// When the system has none.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its number").port()
}
