//! What the page may ask for. Thin: each command checks its arguments and hands over to the module that knows.

pub(crate) mod devices;
pub(crate) mod frames;
pub(crate) mod meeting;
pub(crate) mod preferences;

#[cfg(test)]
mod tests;
