//! What the page may ask for. Thin: each command checks its arguments and hands over to the module that knows.

pub(crate) mod devices;
pub(crate) mod diagnostics;
pub(crate) mod frames;
pub(crate) mod meeting;
pub(crate) mod preferences;
pub(crate) mod servers;
pub(crate) mod windows;

#[cfg(test)]
mod tests;
