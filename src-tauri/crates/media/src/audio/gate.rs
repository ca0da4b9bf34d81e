//! The microphone gate: the one place between capture and encoder that decides whether sound leaves.
//!
//! # Ordering
//!
//! [`MicrophoneGate::pass`] encodes a frame and hands it over *while it holds the gate*, and
//! [`MicrophoneGate::set_open`] takes the gate too. So once `set_open(false)` has returned
//!
//! - a frame that was on its way was handed over completely before the return, and
//! - no frame captured earlier or later is encoded until `set_open(true)`.
//!
//! Frames captured while the gate was closed may still wait in a ring when it opens. So the first frame after every
//! opening is refused as [`Passage::JustOpened`], and the caller throws away whatever it had buffered. Closing and
//! opening faster than one frame counts as an opening as well.
//!
//! `set_open` waits for one encoding at most, well under a millisecond. The closure of `pass` must not block and must
//! not touch the gate.

use std::sync::{Arc, Mutex};

use super::lock;

/// Lets captured sound through or not. Clones share one state; a new gate is closed.
#[derive(Clone, Default)]
pub struct MicrophoneGate {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    open: bool,
    /// Whether the gate was opened since the last frame came. The next frame, or a part of it, is older than the
    /// opening.
    just_opened: bool,
}

/// What happened to a frame at the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// The gate was open: the frame was handed on.
    Passed,
    /// The gate was opened after this frame began. The frame was refused; everything buffered with it must be thrown
    /// away.
    JustOpened,
    /// The gate is closed: the frame was refused.
    Closed,
}

impl MicrophoneGate {
    /// A closed gate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens or closes the gate. After `set_open(false)` returns, no sound passes; see the ordering in the module's
    /// text.
    pub fn set_open(&self, open: bool) {
        let mut state = lock(&self.state);
        state.just_opened |= open && !state.open;
        state.open = open;
    }

    /// Whether sound passes.
    #[must_use]
    pub fn is_open(&self) -> bool {
        lock(&self.state).open
    }

    /// Hands `frame` to `forward`, or overwrites it with silence. Every captured sample goes through here.
    pub fn pass(&self, frame: &mut [f32], forward: impl FnOnce(&[f32])) -> Passage {
        let mut state = lock(&self.state);
        let passage = match (state.open, state.just_opened) {
            (true, false) => Passage::Passed,
            (true, true) => Passage::JustOpened,
            (false, _) => Passage::Closed,
        };
        if passage == Passage::Passed {
            forward(frame);
        } else {
            frame.fill(0.0);
            state.just_opened = false;
        }
        drop(state);
        passage
    }
}

impl std::fmt::Debug for MicrophoneGate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MicrophoneGate").field("open", &self.is_open()).finish()
    }
}
