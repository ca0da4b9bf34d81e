//! Numbers that look alike but mean different things.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which connection between two participants: each rebuilt connection has the next generation. A message of an older
/// generation is about a connection that is gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "number"))]
pub struct Generation(pub u32);

impl Generation {
    /// For messages that belong to no connection. It is older than every connection.
    pub const NONE: Self = Self(0);
    /// The generation of the first connection between two participants who never met.
    pub const FIRST: Self = Self(1);
}

/// The version of a value. Only its owner increases it, by one with each change. 0 means that no version is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "number"))]
pub struct Revision(pub u64);

impl Revision {
    /// No version is known.
    pub const NONE: Self = Self(0);
    /// The first version.
    pub const FIRST: Self = Self(1);
}

/// The number of a message in a numbered sequence of messages. The first is 1; 0 stands before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "number"))]
pub struct MessageNumber(pub u64);

impl MessageNumber {
    /// The number before the first message.
    pub const NONE: Self = Self(0);
}

/// The number of a session description of one side in the negotiation with one remote. A side increases it by one with
/// each description that it sends. The first number is arbitrary: a client that was started again begins far from its
/// earlier numbers, and so its descriptions differ from its earlier ones. That is why this is not a [`MessageNumber`],
/// which begins at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "number"))]
pub struct DescriptionNumber(pub u32);

impl DescriptionNumber {
    /// How many descriptions lie between the two, in either order.
    #[must_use]
    pub const fn distance(self, other: Self) -> u32 {
        self.0.abs_diff(other.0)
    }
}

/// The name of a media section (`a=mid`, RFC 5888). It comes from the remote, so use it only as a key for look-ups.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub struct Mid(String);

impl Mid {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Mid {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Mid {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<Mid> for String {
    fn from(mid: Mid) -> Self {
        mid.0
    }
}

impl fmt::Display for Mid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for Mid {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// What every number here can do.
macro_rules! counts {
    ($($name:ident: $number:ty),*) => {$(
        impl $name {
            /// The number after this one. The greatest number has no next one and stays the same.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }

            /// The number itself.
            #[must_use]
            pub const fn get(self) -> $number {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

counts!(Generation: u32, Revision: u64, MessageNumber: u64, DescriptionNumber: u32);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_plain_numbers() {
        assert_eq!(serde_json::to_string(&Generation::FIRST).ok().as_deref(), Some("1"));
        assert_eq!(serde_json::from_str::<Revision>("7").ok(), Some(Revision(7)));
        assert!(serde_json::from_str::<Generation>("4294967296").is_err(), "beyond what a generation can be");
        assert!(serde_json::from_str::<MessageNumber>("-1").is_err());
    }

    #[test]
    fn the_next_is_greater_and_the_last_has_no_next() {
        assert!(Generation::NONE < Generation::FIRST && Generation::FIRST < Generation::FIRST.next());
        assert_eq!(Generation(u32::MAX).next(), Generation(u32::MAX));
        assert_eq!(Revision(u64::MAX).next(), Revision(u64::MAX));
        assert_eq!(MessageNumber::NONE.next(), MessageNumber(1));
        assert_eq!(DescriptionNumber(7).next(), DescriptionNumber(8));
        assert_eq!(DescriptionNumber(u32::MAX).next(), DescriptionNumber(u32::MAX));
    }

    #[test]
    fn the_distance_of_two_descriptions_does_not_depend_on_which_came_first() {
        let (early, late) = (DescriptionNumber(3), DescriptionNumber(10));
        assert_eq!((early.distance(late), late.distance(early), late.distance(late)), (7, 7, 0));
    }

    #[test]
    fn a_number_and_a_name_are_shown_as_they_are() {
        let shown = [Generation(3).to_string(), Revision(4).to_string(), MessageNumber(5).to_string()];
        assert_eq!(shown, ["3", "4", "5"]);
        assert_eq!((DescriptionNumber(6).to_string().as_str(), DescriptionNumber(6).get()), ("6", 6));
        assert_eq!((Generation(3).get(), Revision(4).get(), MessageNumber(5).get()), (3, 4, 5));
        let mid = Mid::from("audio");
        assert_eq!((mid.as_str(), mid.to_string().as_str()), ("audio", "audio"));
        assert_eq!(String::from(Mid::from("audio".to_owned())), "audio");
        let by_name = std::collections::HashMap::from([(mid, 1)]);
        assert_eq!(by_name.get("audio"), Some(&1), "a name is found by its text");
    }
}
