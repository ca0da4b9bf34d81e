//! How many more frames of one feed may be sent to a page. Pure: no clock, no I/O.
//!
//! The page acknowledges what it has decoded or drawn. Only a few frames may be on their way unacknowledged, so that a
//! page that is slow, hidden or gone costs neither memory nor latency. Knows the order of frames and what was dropped,
//! not what is in them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Encoded frames of one feed that may be unacknowledged: a quarter of a second at 30 frames/s. That covers a garbage
/// collection in the page, and a person does not notice it as lag.
pub(crate) const VP8_CREDITS: u32 = 8;

/// Decoded pictures of one feed that may be unacknowledged: one being drawn and one waiting. More would only add
/// latency, and one at 720p is 1.4 MB.
pub(crate) const I420_CREDITS: u32 = 2;

/// After an overflow we request a keyframe only when this few are unacknowledged. If we asked as soon as one is
/// acknowledged, a page that is always slow would request keyframes all the time.
const RESUME: u32 = VP8_CREDITS / 2;

/// After this many dropped frames we request the keyframe again: about a second. The network may have lost the request
/// or the keyframe.
const PATIENCE: u32 = 30;

/// A page that overflows again soon after it went on is slow, not interrupted, and every keyframe makes it slower. It
/// rests for this many frames (half a second) before the next request, then twice as many each time, up to eight
/// seconds.
const FIRST_REST: u32 = 15;

/// The longest such rest. With a longer one, a picture would look as if it never came back.
const LONGEST_REST: u32 = 240;

/// After this many frames without an overflow (five seconds), the next overflow counts as an interruption again.
const CALM: u32 = 150;

/// After this many frames decoded for a page that takes none of the pictures (two seconds), decoding stops until the
/// page takes one. A slow page takes one now and then. A page out of sight takes none, and must not cost a decoder.
const UNSEEN: u32 = 60;

/// What the payload of a frame message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FrameFormat {
    /// One encoded VP8 frame.
    Vp8,
    /// One decoded picture: the Y, U and V planes without padding, one after the other.
    I420,
}

/// What to do with an encoded frame that arrived for the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Send it as it is, with this sequence number.
    Send(u32),
    /// Give it to the decoder. Offer the picture that comes out with [`Flow::picture`].
    Decode,
    /// Drop it.
    Drop,
    /// Drop it and ask its sender for a keyframe.
    DropAndRequestKeyframe,
}

/// The flow of one feed to one page.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    format: FrameFormat,
    /// Sequence number of the last frame sent; the first is 1.
    sent: u32,
    acknowledged: u32,
    /// Something was dropped, or nothing was sent yet: nothing can be decoded before the next keyframe.
    waiting: bool,
    /// Frames still to drop before the next keyframe request; 0 asks at once.
    patience: u32,
    /// Frames to drop after the latest overflow before we request a keyframe.
    rest: u32,
    /// Frames sent since then.
    steady: u32,
    /// Frames decoded since the page last took a picture, while an acknowledgement from it is outstanding.
    unseen: u32,
}

impl Flow {
    pub(crate) fn new(format: FrameFormat) -> Self {
        Self {
            format,
            sent: 0,
            acknowledged: 0,
            waiting: true,
            patience: 0,
            rest: 0,
            steady: CALM,
            unseen: 0,
        }
    }

    pub(crate) fn format(&self) -> FrameFormat {
        self.format
    }

    /// An encoded frame arrived. `room` says whether its queue can take it.
    pub(crate) fn offer(&mut self, keyframe: bool, room: bool) -> Step {
        let credit = match self.format {
            FrameFormat::Vp8 => self.outstanding() < VP8_CREDITS,
            FrameFormat::I420 => self.is_looked_at(),
        };
        if !(room && credit) || (self.waiting && !keyframe) {
            if !self.waiting && !credit {
                self.overflow();
            }
            self.waiting = true;
            return if room && self.should_request() { Step::DropAndRequestKeyframe } else { Step::Drop };
        }
        self.waiting = false;
        self.patience = 0;
        self.steady = self.steady.saturating_add(1);
        match self.format {
            FrameFormat::Vp8 => Step::Send(self.next()),
            FrameFormat::I420 => {
                self.unseen += u32::from(self.outstanding() >= I420_CREDITS);
                Step::Decode
            }
        }
    }

    /// Whether the page takes decoded pictures.
    pub(crate) fn is_looked_at(&self) -> bool {
        self.unseen < UNSEEN
    }

    /// A decoded picture is there. Returns its sequence number if it may be sent now; `None` if it must wait, and a
    /// newer one may replace it meanwhile.
    pub(crate) fn picture(&mut self) -> Option<u32> {
        (self.format == FrameFormat::I420 && self.outstanding() < I420_CREDITS).then(|| self.next())
    }

    /// The page has handled everything up to `seq`. Returns whether to request a keyframe now. Numbers that were never
    /// sent, or were acknowledged before, are ignored.
    pub(crate) fn acknowledge(&mut self, seq: u32) -> bool {
        let step = seq.wrapping_sub(self.acknowledged);
        if step == 0 || step > self.outstanding() {
            return false;
        }
        self.acknowledged = seq;
        self.unseen = 0;
        self.waiting && self.patience == 0 && self.should_request()
    }

    /// Frames were lost before they got here, or the decoder failed: wait for a keyframe.
    pub(crate) fn lost(&mut self) {
        self.waiting = true;
    }

    /// The page starts its decoder again, perhaps in another format. It will not acknowledge what is on its way.
    pub(crate) fn restart(&mut self, format: FrameFormat) {
        self.format = format;
        self.acknowledged = self.sent;
        self.unseen = 0;
        self.rest = 0;
        self.steady = CALM;
        self.waiting = true;
        // The caller asks at once.
        self.patience = PATIENCE;
    }

    fn overflow(&mut self) {
        let again = (self.rest * 2).clamp(FIRST_REST, LONGEST_REST);
        self.rest = if self.steady >= CALM { 0 } else { again };
        self.steady = 0;
        self.patience = self.rest;
    }

    fn next(&mut self) -> u32 {
        self.sent = self.sent.wrapping_add(1);
        self.sent
    }

    fn outstanding(&self) -> u32 {
        self.sent.wrapping_sub(self.acknowledged)
    }

    fn should_request(&mut self) -> bool {
        let waits_for_page = match self.format {
            FrameFormat::Vp8 => self.outstanding() > RESUME,
            FrameFormat::I420 => !self.is_looked_at(),
        };
        if waits_for_page {
            return false;
        }
        if self.patience == 0 {
            self.patience = PATIENCE;
            return true;
        }
        self.patience -= 1;
        false
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_frame_must_be_a_keyframe_and_is_asked_for_once_a_second() {
        let mut flow = Flow::new(FrameFormat::Vp8);
        assert_eq!(flow.offer(false, true), Step::DropAndRequestKeyframe);
        let asked = (0..2 * (PATIENCE + 1))
            .filter(|_| flow.offer(false, true) == Step::DropAndRequestKeyframe)
            .count();
        assert_eq!(asked, 2);
        assert_eq!(flow.offer(true, true), Step::Send(1));
        assert_eq!(flow.offer(false, true), Step::Send(2));
    }

    #[test]
    fn over_credit_frames_are_dropped_until_a_keyframe_that_is_asked_for_when_the_page_caught_up() {
        let mut flow = Flow::new(FrameFormat::Vp8);
        for seq in 1..=VP8_CREDITS {
            assert_eq!(flow.offer(seq == 1, true), Step::Send(seq));
        }
        assert_eq!(flow.offer(false, true), Step::Drop);
        assert_eq!(flow.offer(true, true), Step::Drop, "not even a keyframe fits");
        assert!(!flow.acknowledge(1), "one credit is too little to start over");
        assert_eq!(flow.offer(false, true), Step::Drop);
        assert!(flow.acknowledge(VP8_CREDITS));
        assert_eq!(flow.offer(false, true), Step::Drop, "asked for already");
        assert_eq!(flow.offer(true, true), Step::Send(VP8_CREDITS + 1));
    }

    #[test]
    fn a_page_that_is_always_slow_is_sent_ever_fewer_keyframes_until_it_keeps_up() {
        let mut flow = Flow::new(FrameFormat::Vp8);
        // Uses up the credit after a keyframe, lets the page catch up, and counts the frames until a keyframe is
        // requested.
        let rest = |flow: &mut Flow| {
            assert!(matches!(flow.offer(true, true), Step::Send(_)));
            while matches!(flow.offer(false, true), Step::Send(_)) {}
            let sent = flow.sent;
            if flow.acknowledge(sent) {
                return 0;
            }
            (1..=LONGEST_REST + 2).find(|_| flow.offer(false, true) == Step::DropAndRequestKeyframe).unwrap()
        };
        assert_eq!(rest(&mut flow), 0, "one interruption costs nothing more");
        let rests: Vec<u32> = (0..8).map(|_| rest(&mut flow)).collect();
        assert_eq!(rests, [16, 31, 61, 121, 241, 241, 241, 241]);
        for frame in 0..CALM {
            assert!(matches!(flow.offer(frame == 0, true), Step::Send(_)));
            flow.acknowledge(flow.sent);
        }
        assert_eq!(rest(&mut flow), 0, "it kept up meanwhile");
    }

    #[test]
    fn decoded_pictures_wait_beyond_two_and_go_on_with_the_acknowledgement() {
        let mut flow = Flow::new(FrameFormat::I420);
        assert_eq!(flow.offer(true, true), Step::Decode);
        assert_eq!((flow.picture(), flow.picture(), flow.picture()), (Some(1), Some(2), None));
        assert_eq!(flow.offer(false, true), Step::Decode, "the decoder must see every frame");
        flow.acknowledge(1);
        assert_eq!((flow.picture(), flow.picture()), (Some(3), None));
    }

    #[test]
    fn nothing_is_decoded_for_long_for_a_page_out_of_sight() {
        let mut flow = Flow::new(FrameFormat::I420);
        let decoded = |flow: &mut Flow, frames: u32| {
            let count = (0..frames).filter(|_| flow.offer(false, true) == Step::Decode).count();
            while flow.picture().is_some() {}
            count as u32
        };
        flow.offer(true, true);
        assert_eq!((flow.picture(), flow.picture()), (Some(1), Some(2)));
        assert_eq!(decoded(&mut flow, 10_000), UNSEEN);
        assert_eq!(flow.offer(true, true), Step::Drop, "not even a keyframe");
        assert!(flow.acknowledge(2), "a keyframe is asked for when it is looked at again");
        assert_eq!(flow.offer(true, true), Step::Decode);
        assert_eq!(decoded(&mut flow, 30), 30);
    }

    #[test]
    fn a_page_that_draws_one_picture_a_second_is_not_out_of_sight() {
        let mut flow = Flow::new(FrameFormat::I420);
        flow.offer(true, true);
        let mut seq = 0;
        for frame in 0..1000 {
            assert_eq!(flow.offer(false, true), Step::Decode, "{frame}");
            while let Some(sent) = flow.picture() {
                seq = sent;
            }
            if frame % 30 == 29 {
                flow.acknowledge(seq);
            }
        }
    }

    #[test]
    fn a_restart_forgets_what_will_never_be_acknowledged() {
        let mut flow = Flow::new(FrameFormat::Vp8);
        for seq in 1..=VP8_CREDITS {
            flow.offer(seq == 1, true);
        }
        flow.restart(FrameFormat::I420);
        assert_eq!(flow.offer(false, true), Step::Drop);
        assert_eq!(flow.offer(true, true), Step::Decode);
        assert_eq!(flow.picture(), Some(VP8_CREDITS + 1));
        assert!(!flow.acknowledge(3), "an old acknowledgement counts no more");
        assert_eq!((flow.picture(), flow.picture()), (Some(VP8_CREDITS + 2), None));
    }

    #[derive(Clone, Debug)]
    enum Op {
        Frame {
            room: bool,
        },
        /// Acknowledge this many of those outstanding, newest last.
        Acknowledge(u32),
        Nonsense(u32),
        Lost,
        Restart(bool),
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            8 => proptest::bool::weighted(0.9).prop_map(|room| Op::Frame { room }),
            4 => (1..=VP8_CREDITS).prop_map(Op::Acknowledge),
            1 => any::<u32>().prop_map(Op::Nonsense),
            1 => Just(Op::Lost),
            1 => any::<bool>().prop_map(Op::Restart),
        ]
    }

    /// A sender that answers a request with its next frame, and a page that checks what it gets.
    struct Pair {
        flow: Flow,
        keyframe_wanted: bool,
        /// The page can decode: nothing was dropped since the last keyframe it got.
        continuous: bool,
        last_seq: u32,
    }

    impl Pair {
        fn frame(&mut self, room: bool) -> bool {
            let keyframe = std::mem::take(&mut self.keyframe_wanted);
            let step = self.flow.offer(keyframe, room);
            match step {
                Step::Send(_) | Step::Decode => {
                    assert!(room, "sent into a full queue");
                    assert!(keyframe || self.continuous, "the page cannot decode this");
                    self.continuous = true;
                    let seq = match step {
                        Step::Send(seq) => Some(seq),
                        _ => self.flow.picture(),
                    };
                    if let Some(seq) = seq {
                        assert_eq!(seq, self.last_seq + 1);
                        self.last_seq = seq;
                    }
                    return true;
                }
                Step::Drop => self.continuous = false,
                Step::DropAndRequestKeyframe => {
                    self.continuous = false;
                    self.keyframe_wanted = true;
                }
            }
            false
        }
    }

    proptest! {
        #[test]
        fn what_is_sent_can_be_decoded_is_bounded_and_never_stops_for_good(
            i420 in any::<bool>(),
            ops in proptest::collection::vec(op(), 1..200),
        ) {
            let format = if i420 { FrameFormat::I420 } else { FrameFormat::Vp8 };
            let flow = Flow::new(format);
            let mut pair = Pair { flow, keyframe_wanted: false, continuous: false, last_seq: 0 };
            for op in ops {
                match op {
                    Op::Frame { room } => { pair.frame(room); }
                    Op::Acknowledge(count) => {
                        let count = count.min(pair.flow.outstanding());
                        let seq = pair.flow.acknowledged + count;
                        pair.keyframe_wanted |= pair.flow.acknowledge(seq);
                    }
                    Op::Nonsense(seq) => { pair.flow.acknowledge(seq); }
                    Op::Lost => { pair.flow.lost(); pair.continuous = false; }
                    Op::Restart(i420) => {
                        pair.flow.restart(if i420 { FrameFormat::I420 } else { FrameFormat::Vp8 });
                        pair.keyframe_wanted = true;
                        pair.continuous = false;
                    }
                }
                let limit = match pair.flow.format { FrameFormat::Vp8 => VP8_CREDITS, FrameFormat::I420 => I420_CREDITS };
                prop_assert!(pair.flow.outstanding() <= limit);
            }
            // The page catches up: within its rest and the patience (and the keyframe that answers) it gets something.
            let all = pair.flow.sent;
            pair.keyframe_wanted |= pair.flow.acknowledge(all);
            let resumed = (0..LONGEST_REST + PATIENCE + 3).any(|_| pair.frame(true));
            prop_assert!(resumed, "stalled: {:?}", pair.flow);
        }
    }
}
