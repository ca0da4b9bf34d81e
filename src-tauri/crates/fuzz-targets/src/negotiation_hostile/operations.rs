//! Everything the machine can be told, as the fuzzer draws it.

use arbitrary::Arbitrary;
use holdfast_negotiation::{Candidate, TrackSource, TransportState, limits};

#[derive(Arbitrary, Debug)]
pub(super) enum OfGeneration {
    Current,
    Newer(u8),
    Older(u8),
    Any(u32),
}

#[derive(Arbitrary, Debug)]
pub(super) enum Sdp<'a> {
    Empty,
    Huge,
    Ufrag(u8),
    Text(&'a str),
}

#[derive(Arbitrary, Debug)]
pub(super) enum Number {
    None,
    Next,
    Any(u32),
}

#[derive(Arbitrary, Debug, Clone, Copy)]
pub(super) enum Source {
    Microphone,
    Camera,
    Screen,
}

#[derive(Arbitrary, Debug, Clone, Copy)]
pub(super) enum Transport {
    New,
    Connecting,
    Connected,
    Disconnected,
    Failed,
    Closed,
}

#[derive(Arbitrary, Debug)]
pub(super) enum Operation<'a> {
    Start,
    Wanted {
        microphone: bool,
        camera: bool,
        screen: bool,
    },
    Description {
        offer: bool,
        generation: OfGeneration,
        number: Number,
        answers: Number,
        sdp: Sdp<'a>,
        tracks: Vec<(&'a str, Source)>,
    },
    /// An answer as a working remote gives it.
    Answer,
    Candidate {
        generation: OfGeneration,
        text: &'a str,
    },
    Candidates {
        count: u8,
    },
    /// The driver finishes what it was asked, the n-th of what is outstanding.
    Done {
        which: u8,
    },
    Described {
        which: u8,
        sdp: Sdp<'a>,
        screen: bool,
    },
    Failed {
        which: u8,
    },
    /// The driver does everything it was asked, in order.
    DoneAll,
    /// An outcome of the wrong kind, or of nothing.
    Outcome {
        op: u16,
        described: bool,
    },
    LocalCandidates {
        generation: OfGeneration,
        count: u8,
    },
    Transport {
        generation: OfGeneration,
        state: Transport,
    },
    MediaReceived {
        generation: OfGeneration,
    },
    MediaExpected(bool),
    AddressChanged,
    Woke,
    Signaling(bool),
    ControlOpen {
        generation: OfGeneration,
        open: bool,
    },
    RemoteRestarted,
    Retry,
    Close,
    Pass {
        ms: u16,
    },
    /// To the next timer, as a driver does.
    Timer,
    /// A driver that calls without need.
    Timeout,
}

/// A description's text.
pub(super) fn text(sdp: &Sdp<'_>) -> String {
    match sdp {
        Sdp::Empty => String::new(),
        Sdp::Huge => format!("v=0{}", "x".repeat(limits::DESCRIPTION_BYTES)),
        Sdp::Ufrag(name) => format!("v=0\r\na=ice-ufrag:{name}\r\n"),
        Sdp::Text(text) => (*text).to_owned(),
    }
}

pub(super) fn candidate(text: &str) -> Candidate {
    Candidate { candidate: text.to_owned(), sdp_mid: None, sdp_m_line_index: Some(0) }
}

impl From<Source> for TrackSource {
    fn from(source: Source) -> Self {
        match source {
            Source::Microphone => Self::Microphone,
            Source::Camera => Self::Camera,
            Source::Screen => Self::Screen,
        }
    }
}

impl From<Transport> for TransportState {
    fn from(state: Transport) -> Self {
        match state {
            Transport::New => Self::New,
            Transport::Connecting => Self::Connecting,
            Transport::Connected => Self::Connected,
            Transport::Disconnected => Self::Disconnected,
            Transport::Failed => Self::Failed,
            Transport::Closed => Self::Closed,
        }
    }
}
