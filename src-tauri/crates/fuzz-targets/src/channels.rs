//! The frames of channels: a remote that says anything, on connections that come and go.

use holdfast_delivery::{CONTROL, ChannelBounds, EndId, Frame, Log, NEWEST_HEADER_BYTES, NewestReceiver};
use holdfast_terms::{Elapsed, Generation, MessageNumber};

const BOUNDS: ChannelBounds =
    ChannelBounds { message_bytes: 32, queue_bytes: 256, queue_messages: 12, ..CONTROL.bounds };

/// Operations, each with a length and so many bytes, on one end of a log and on a receiver of newest values.
pub fn channel_frames(data: &[u8]) {
    let own = EndId::from_random(1);
    let mut log = Log::new(own, BOUNDS);
    let mut newest = NewestReceiver::default();
    let mut now = Elapsed::ZERO;
    let mut rest = data;
    while let [operation, length, tail @ ..] = rest {
        let (bytes, after) = tail.split_at(usize::from(*length % 48).min(tail.len()));
        rest = after;
        let small = bytes.first().copied().unwrap_or_default();
        let generation = Generation(u32::from(small % 4) + 1);
        let remote = EndId::from_random(u64::from(small / 4 % 2) + 2);
        // Most numbers are small; some are the greatest there are.
        let number = bytes.get(1).map_or(1, |&byte| if byte < 250 { u64::from(byte % 32) } else { u64::MAX });
        let number = MessageNumber(number);
        match operation % 8 {
            0 => drop(log.push(bytes.to_vec(), now)),
            1 => log.handle_open(generation, now),
            2 => log.handle_close(generation),
            3 => {
                log.handle_frame(generation, bytes, now);
                if let Ok(frame) = Frame::parse(bytes) {
                    assert!(frame.to_bytes() == bytes, "what was read is not written again");
                }
            }
            4 => {
                let frame = Frame::Message { from: remote, to: own, number, payload: bytes };
                log.handle_frame(generation, &frame.to_bytes(), now);
            }
            5 => {
                let gap = small & 128 != 0;
                let frame = Frame::Acknowledgement { from: remote, to: Some(own), through: number, gap };
                log.handle_frame(generation, &frame.to_bytes(), now);
            }
            6 => {
                now += Elapsed::from_millis(u64::from(small) * 50);
                log.handle_timeout(now);
                let mut sent = 0;
                while let Some((_, bytes)) = log.poll_transmit(now) {
                    assert!(Frame::parse(&bytes).is_ok(), "a frame of ours cannot be read");
                    sent += 1;
                    assert!(sent <= 64, "it never ends");
                }
            }
            _ => {
                assert!(log.poll_message().is_none_or(|message| message.len() <= BOUNDS.message_bytes));
                if let Some(value) = newest.accept(generation, bytes) {
                    assert!(value.len() + NEWEST_HEADER_BYTES == bytes.len());
                }
            }
        }
        let snapshot = log.snapshot();
        for (messages, bytes) in [snapshot.unacknowledged, snapshot.waiting] {
            assert!(messages <= BOUNDS.queue_messages && bytes <= BOUNDS.queue_bytes, "{snapshot:?}");
        }
    }
}
