//! What the two machines say to each other. Knows no wire format: the driver maps it to protocol messages.

use std::collections::BTreeMap;

pub use holdfast_terms::TrackSource;
use holdfast_terms::{DescriptionNumber, Mid};
use serde::{Deserialize, Serialize};

/// A set of own tracks. Muting is not part of it: a muted track stays, nothing is written to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Tracks {
    /// A microphone track is sent.
    pub microphone: bool,
    /// A camera track is sent.
    pub camera: bool,
    /// A screen track is sent.
    pub screen: bool,
    /// A track with the sound of the computer is sent.
    pub screen_sound: bool,
}

impl Tracks {
    /// No track at all.
    pub const NONE: Self = Self { microphone: false, camera: false, screen: false, screen_sound: false };

    /// Whether the set holds `source`.
    pub fn contains(self, source: TrackSource) -> bool {
        match source {
            TrackSource::Microphone => self.microphone,
            TrackSource::Camera => self.camera,
            TrackSource::Screen => self.screen,
            TrackSource::ScreenSound => self.screen_sound,
        }
    }

    /// The sources of the set in the order of the media sections.
    pub fn sources(self) -> impl Iterator<Item = TrackSource> {
        TrackSource::ALL.into_iter().filter(move |source| self.contains(*source))
    }

    /// The set with `source` put in or taken out.
    #[must_use]
    pub fn with(mut self, source: TrackSource, present: bool) -> Self {
        match source {
            TrackSource::Microphone => self.microphone = present,
            TrackSource::Camera => self.camera = present,
            TrackSource::Screen => self.screen = present,
            TrackSource::ScreenSound => self.screen_sound = present,
        }
        self
    }

    /// The sources a description names.
    pub fn of(map: &TrackMap) -> Self {
        map.values().fold(Self::NONE, |set, source| set.with(*source, true))
    }
}

impl Default for Tracks {
    /// Microphone and camera: both are there from the first offer, also when muted.
    fn default() -> Self {
        Self { microphone: true, camera: true, ..Self::NONE }
    }
}

/// Media section (mid) to what its **sender** sends on it; sections the sender only receives on are left out.
pub type TrackMap = BTreeMap<Mid, TrackSource>;

/// Which half of an exchange a description is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum DescriptionKind {
    /// Opens an exchange.
    Offer,
    /// Closes it.
    Answer,
}

/// A session description on its way to the other side.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Description {
    /// Offer or answer.
    pub kind: DescriptionKind,
    /// Grows with every description this side sends, from a random start; a receiver drops what is not greater than the last one it
    /// saw in the same generation. `None` from a remote that does not number.
    pub number: Option<DescriptionNumber>,
    /// In an answer: the `number` of the offer it answers. `None` in offers, and from a remote that does not
    /// number.
    pub answers: Option<DescriptionNumber>,
    /// The session description (SDP, RFC 8866), opaque but for `a=ice-ufrag`.
    pub sdp: String,
    /// What the sender sends, by mid.
    pub tracks: TrackMap,
}

/// One ICE candidate (RFC 8839), opaque.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Candidate {
    /// `candidate:…`, or empty for "no more".
    pub candidate: String,
    /// Media section it belongs to, by mid.
    pub sdp_mid: Option<Mid>,
    /// Media section it belongs to, by index.
    pub sdp_m_line_index: Option<u16>,
}

/// One message between the two machines of a pair.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Message {
    /// An offer or an answer.
    Description(Description),
    /// A trickled candidate.
    Candidate(Candidate),
}
