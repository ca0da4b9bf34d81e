//! What can happen, and how it is told to people.

use std::fmt;

use holdfast_negotiation::{DescriptionKind, Message, TrackSource};
use holdfast_terms::{DescriptionNumber, Generation};

/// A message that is on its way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Letter {
    pub(crate) to: usize,
    pub(crate) generation: Generation,
    pub(crate) message: Message,
}

/// One thing that happens.
#[derive(Clone)]
pub(crate) enum Step {
    Start(usize),
    Deliver(usize, String),
    Lose(usize, String),
    /// A copy arrives now, the message itself later.
    Repeat(usize, String),
    /// The operation under way ends.
    Finish(usize),
    /// The transport of this generation tells how its path is.
    Notice(usize, Generation),
    Want(usize, TrackSource),
    Address(usize),
    /// A timer that is due now, or very soon, fires.
    Fire(usize),
    /// Time passes for both until the next timer of this side.
    Wait(usize),
    /// A timer fires although something else could happen first: this side is fast, or all else is slow.
    Early(usize),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |side: &usize| ["impolite", "polite"][*side];
        match self {
            Self::Start(s) => write!(f, "{} starts", side(s)),
            Self::Deliver(_, what) => write!(f, "{what} arrives"),
            Self::Lose(_, what) => write!(f, "{what} is lost"),
            Self::Repeat(_, what) => write!(f, "{what} arrives, and will again"),
            Self::Finish(s) => write!(f, "{} finishes its operation", side(s)),
            Self::Notice(s, generation) => {
                write!(f, "{} notices the path of generation {generation}", side(s))
            }
            Self::Want(s, source) => write!(f, "{} toggles its {source:?}", side(s)),
            Self::Address(s) => write!(f, "{} has another address", side(s)),
            Self::Fire(s) => write!(f, "{}'s next timer fires", side(s)),
            Self::Wait(s) => write!(f, "nothing happens until {}'s next timer", side(s)),
            Self::Early(s) => write!(f, "{}'s next timer fires before its time", side(s)),
        }
    }
}

impl Letter {
    /// What it is, for people.
    pub(crate) fn name(&self) -> String {
        let what = match &self.message {
            Message::Description(d) => {
                let kind = if d.kind == DescriptionKind::Offer { "offer" } else { "answer" };
                let number = d.number.map_or(0, DescriptionNumber::get);
                let answers = d.answers.map(|offer| format!(" to {offer}")).unwrap_or_default();
                format!("{kind} {number}{answers}")
            }
            Message::Candidate(_) => "candidate".to_owned(),
        };
        format!("{} (generation {}) for the {} side", what, self.generation, ["impolite", "polite"][self.to])
    }
}
