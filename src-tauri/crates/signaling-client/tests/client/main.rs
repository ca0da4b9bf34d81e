//! Clients at a real server, and their sessions on networks that fail.
#![allow(clippy::unwrap_used)]

mod a_hostile_server_is_seen_through;
mod an_interruption_loses_nothing;
mod joining_fails_with_a_reason;
mod people_meet_and_leave;
mod sessions_outlive_any_network;
mod tls_is_checked;

mod common;
mod virtual_network;
