//! What the machine looks at in a session description.

use holdfast_negotiation::{
    Action, Description, DescriptionKind, Input, Message, Tracks, TransportState, limits,
};
use holdfast_terms::{DescriptionNumber, Generation};

use crate::solo::{self, Solo};

/// Two descriptions of the remote, one after the other, with a zero byte between them: what of them is looked at,
/// and that the rest reaches the library as it came.
pub fn session_description(data: &[u8]) {
    let mut texts = data.splitn(2, |byte| *byte == 0).map(String::from_utf8_lossy);
    let mut solo = Solo::polite();
    solo.input(Input::Start);
    solo.answer_ops();
    for (index, text) in texts.by_ref().enumerate() {
        let before = solo.snapshot();
        let description = Description {
            kind: DescriptionKind::Offer,
            number: Some(DescriptionNumber(index as u32 + 1)),
            answers: None,
            sdp: text.clone().into_owned(),
            tracks: solo::map(Tracks::default()),
        };
        solo.remote(Generation::FIRST, Message::Description(description));
        let applied: Vec<String> = solo
            .answer_ops()
            .into_iter()
            .filter_map(|action| match action {
                Action::ApplyRemote { sdp, .. } => Some(sdp),
                _ => None,
            })
            .collect();
        let after = solo.snapshot();
        if !text.starts_with("v=0") || text.len() > limits::DESCRIPTION_BYTES {
            assert_eq!(after.counters.malformed, before.counters.malformed + 1);
            assert!(applied.is_empty());
        } else if after.counters.rebuilds > before.counters.rebuilds {
            // Other credentials than those the path works with: applying them would cut it, so the offer is met with
            // a new connection, and the path is kept until that works.
            assert!(index > 0 && applied.is_empty());
            assert!(after.previous.is_some());
            return;
        } else {
            assert_eq!(applied, [text]);
            assert_eq!(after.counters.negotiations, before.counters.negotiations + 1);
            assert_eq!(after.negotiated, Some(Tracks::default()));
        }
        // Credentials that are not there are no reason to touch a path that works.
        solo.transport(TransportState::Connected);
        assert_eq!(solo.snapshot().counters.rebuilds, 0);
    }
}
