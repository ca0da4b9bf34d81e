//! A device as the system lists it.

/// A camera, a microphone or a speaker that a person can choose.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, ts_rs::TS)]
pub struct Device {
    /// What the system calls it. It stays the same over restarts and replugging as far as the system allows.
    pub id: String,
    /// What a person calls it.
    pub name: String,
}
