//! STUN and TURN servers: tested before a meeting, and used in one.
#![allow(missing_docs, clippy::unwrap_used)]

mod a_relay_goes_on_over_another_stream;
mod a_relay_reached_over_tls_goes_on_over_another_stream;
mod a_relay_that_is_reached_over_tls_alone_carries_a_meeting;
mod a_relay_with_an_untrusted_certificate_is_not_used;
mod an_ice_server_is_tested_before_use;
mod an_untrusted_certificate_and_a_silent_server_are_told_apart;

#[path = "../support/mod.rs"]
mod support;
