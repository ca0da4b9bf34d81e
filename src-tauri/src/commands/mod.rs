//! What the page may ask for. Thin: each command checks its arguments and calls the module that does the work.

pub(crate) mod chat;
pub(crate) mod devices;
pub(crate) mod diagnostics;
pub(crate) mod frames;
pub(crate) mod meeting;
pub(crate) mod preferences;
pub(crate) mod servers;
pub(crate) mod windows;

#[cfg(test)]
mod tests;
