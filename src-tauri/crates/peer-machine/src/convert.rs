//! Converts between messages on the wire (`holdfast-protocol`) and those that the negotiation decides about
//! (`holdfast-negotiation`).

use holdfast_negotiation as negotiation;
use holdfast_protocol as protocol;
use holdfast_protocol::{Generation, PeerMessage};

/// The message as it goes over the wire. The generation of its connection is sent separately.
pub fn to_wire(message: negotiation::Message) -> PeerMessage {
    match message {
        negotiation::Message::Description(description) => PeerMessage::Description {
            kind: match description.kind {
                negotiation::DescriptionKind::Offer => protocol::DescriptionKind::Offer,
                negotiation::DescriptionKind::Answer => protocol::DescriptionKind::Answer,
            },
            sdp: description.sdp,
            tracks: description.tracks,
            number: description.number,
            answers: description.answers,
            generation: None,
        },
        negotiation::Message::Candidate(candidate) => PeerMessage::Candidate {
            candidate: candidate.candidate,
            sdp_mid: candidate.sdp_mid,
            sdp_m_line_index: candidate.sdp_m_line_index,
            generation: None,
        },
    }
}

/// Adds the generation of its connection to a message that goes over another connection's control channel.
pub(crate) fn with_generation(mut message: PeerMessage, about: Generation) -> PeerMessage {
    if let PeerMessage::Description { generation, .. } | PeerMessage::Candidate { generation, .. } =
        &mut message
    {
        *generation = Some(about);
    }
    message
}

/// The connection that a control message names. `None` means the connection it came on.
pub(crate) fn named_generation(message: &PeerMessage) -> Option<Generation> {
    match message {
        PeerMessage::Description { generation, .. } | PeerMessage::Candidate { generation, .. } => {
            *generation
        }
        _ => None,
    }
}

/// The message as the negotiation knows it.
///
/// # Errors
/// Gives back a message that is not about a connection.
pub fn from_wire(message: PeerMessage) -> Result<negotiation::Message, PeerMessage> {
    match message {
        PeerMessage::Description { kind, sdp, tracks, number, answers, .. } => {
            Ok(negotiation::Message::Description(negotiation::Description {
                kind: match kind {
                    protocol::DescriptionKind::Offer => negotiation::DescriptionKind::Offer,
                    protocol::DescriptionKind::Answer => negotiation::DescriptionKind::Answer,
                },
                number,
                answers,
                sdp,
                tracks,
            }))
        }
        PeerMessage::Candidate { candidate, sdp_mid, sdp_m_line_index, .. } => {
            Ok(negotiation::Message::Candidate(negotiation::Candidate {
                candidate,
                sdp_mid,
                sdp_m_line_index,
            }))
        }
        other => Err(other),
    }
}
