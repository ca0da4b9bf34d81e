//! What the page says on the frame socket, and the credits that follow from it.
//!
//! The app's own files; the session that joins them needs the meeting crate and is not here.

#[path = "../../../src/frames/credit.rs"]
#[allow(dead_code, missing_docs)]
mod credit;
#[path = "../../../src/frames/header.rs"]
#[allow(dead_code, missing_docs)]
mod header;
#[path = "../../../src/frames/request.rs"]
#[allow(dead_code, missing_docs)]
mod request;
#[path = "../../../src/frames/timeline.rs"]
#[allow(dead_code, missing_docs)]
mod timeline;

use credit::{Flow, FrameFormat, I420_CREDITS, Step, VP8_CREDITS};
use header::{Header, LENGTH};
use request::{FrameHello, FrameRequest};
use timeline::Timeline;

use crate::payloads::pieces;

/// Messages, each behind its length in two bytes. An empty one stands for a frame that comes from the network, one
/// of a single byte for frames of a given kind and room, anything longer is what the page says.
pub fn page_messages(data: &[u8]) {
    let mut page = Page {
        flow: Flow::new(FrameFormat::Vp8),
        timeline: Timeline::default(),
        sent: 0,
        acknowledged: 0,
        decodable: false,
    };
    for message in pieces(data) {
        match message {
            [] => page.frame(false, true),
            [kind] => {
                for _ in 0..=kind >> 3 {
                    page.frame(kind & 1 == 1, kind & 2 == 0);
                }
                if kind & 4 == 4 {
                    page.flow.lost();
                    page.decodable = false;
                }
            }
            text => {
                let _ = serde_json::from_slice::<FrameHello>(text);
                if let Ok(request) = serde_json::from_slice(text) {
                    page.hear(request);
                }
            }
        }
    }
}

/// The page's feed, and what it knows to be true.
struct Page {
    flow: Flow,
    timeline: Timeline,
    sent: u32,
    acknowledged: u32,
    decodable: bool,
}

impl Page {
    fn frame(&mut self, keyframe: bool, room: bool) {
        let step = self.flow.offer(keyframe, room);
        let seq = match step {
            Step::Send(seq) => Some(seq),
            Step::Decode => self.flow.picture(),
            Step::Drop | Step::DropAndRequestKeyframe => {
                self.decodable = false;
                return;
            }
        };
        assert!(room, "sent into a full queue");
        assert!(keyframe || self.decodable, "the page cannot decode this");
        self.decodable = true;
        let Some(seq) = seq else { return };
        assert_eq!(seq, self.sent + 1);
        self.sent = seq;
        let credits = match self.flow.format() {
            FrameFormat::Vp8 => VP8_CREDITS,
            FrameFormat::I420 => I420_CREDITS,
        };
        assert!(self.sent - self.acknowledged <= credits, "more on the way than was granted");
        let timestamp_us = self.timeline.microseconds(seq.wrapping_mul(0x0101_0101));
        let header = Header {
            format: self.flow.format(),
            keyframe,
            undecodable: false,
            feed: 1,
            seq,
            timestamp_us,
            width: 64,
            height: 48,
        };
        assert_eq!(header.message(&[&[1, 2], &[3]]).len(), LENGTH + 3);
    }

    fn hear(&mut self, request: FrameRequest) {
        match request {
            FrameRequest::Credit { seq, .. } => {
                self.flow.acknowledge(seq);
                if (self.acknowledged..=self.sent).contains(&seq) {
                    self.acknowledged = seq;
                }
            }
            FrameRequest::Format { format, .. } => self.restart(format),
            FrameRequest::Keyframe { .. } => self.restart(self.flow.format()),
        }
    }

    fn restart(&mut self, format: FrameFormat) {
        self.flow.restart(format);
        self.acknowledged = self.sent;
        self.decodable = false;
    }
}
