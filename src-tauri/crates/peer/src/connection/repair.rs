//! Keeps an outage from being repaired packet by packet.
//!
//! The library asks for every missing packet among the last 512 again, ten times a second. After five seconds without
//! a path that is the whole memory of the sender, several times over, just when the path is back: 30 Mbit/s for a
//! video of one. Nothing of it can be shown any more, as the receiver goes on at the next keyframe. A stage of the
//! interceptor chain between those requests and the wire leaves out what was lost before the path was back.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use rtc::interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::rtcp;
use rtc::rtcp::transport_feedbacks::transport_layer_nack::{
    TransportLayerNack, nack_pairs_from_sequence_numbers,
};
use rtc::sansio::Protocol;
use rtc::shared::error::Error;

use crate::assembler::OUTAGE;

/// Streams a remote may have; three in practice.
const MAX_STREAMS: usize = 16;

#[derive(Debug, Clone, Copy)]
struct Stream {
    arrived: Instant,
    /// First packet after the latest outage.
    resumed_at: u16,
}

#[derive(Default)]
pub(super) struct Repair {
    streams: HashMap<u32, Stream>,
    reads: VecDeque<TaggedPacket>,
    writes: VecDeque<TaggedPacket>,
}

impl Repair {
    fn arrived(&mut self, ssrc: u32, sequence: u16, now: Instant) {
        let room = self.streams.len() < MAX_STREAMS;
        if let Some(stream) = self.streams.get_mut(&ssrc) {
            if now.saturating_duration_since(stream.arrived) >= OUTAGE {
                stream.resumed_at = sequence;
            }
            stream.arrived = now;
        } else if room {
            self.streams.insert(ssrc, Stream { arrived: now, resumed_at: sequence });
        }
    }

    /// The request without what was lost in the outage; none if nothing is left.
    fn reduced(&self, request: &TransportLayerNack) -> Option<TransportLayerNack> {
        let Some(stream) = self.streams.get(&request.media_ssrc) else { return Some(request.clone()) };
        let wanted: Vec<u16> = request
            .nacks
            .iter()
            .flat_map(|pair| pair.packet_list())
            .filter(|sequence| sequence.wrapping_sub(stream.resumed_at).cast_signed() >= 0)
            .collect();
        (!wanted.is_empty()).then(|| TransportLayerNack {
            nacks: nack_pairs_from_sequence_numbers(&wanted),
            ..request.clone()
        })
    }

    fn reduce(&self, packets: &mut Vec<Box<dyn rtcp::Packet>>) {
        packets.retain_mut(|packet| {
            let Some(request) = packet.as_any().downcast_ref::<TransportLayerNack>() else { return true };
            match self.reduced(request) {
                Some(reduced) => {
                    *packet = Box::new(reduced);
                    true
                }
                None => false,
            }
        });
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Repair {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, message: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtp(packet) = &message.message.packet {
            self.arrived(packet.header.ssrc, packet.header.sequence_number, message.now);
        }
        self.reads.push_back(message);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.reads.pop_front()
    }

    fn handle_write(&mut self, mut message: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtcp(packets) = &mut message.message.packet {
            let any = !packets.is_empty();
            self.reduce(packets);
            if any && packets.is_empty() {
                return Ok(());
            }
        }
        self.writes.push_back(message);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.writes.pop_front()
    }
}

impl Interceptor for Repair {
    fn bind_local_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _info: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, info: &StreamInfo) {
        self.streams.remove(&info.ssrc);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::time::Duration;

    fn asks(repair: &Repair, sequences: &[u16]) -> Vec<u16> {
        let request = TransportLayerNack {
            sender_ssrc: 1,
            media_ssrc: 7,
            nacks: nack_pairs_from_sequence_numbers(sequences),
        };
        let mut packets: Vec<Box<dyn rtcp::Packet>> = vec![Box::new(request)];
        repair.reduce(&mut packets);
        packets
            .iter()
            .flat_map(|packet| packet.as_any().downcast_ref::<TransportLayerNack>().unwrap().nacks.clone())
            .flat_map(|pair| pair.packet_list())
            .collect()
    }

    #[test]
    fn what_was_lost_in_an_outage_is_not_asked_for_and_everything_else_is() {
        let mut repair = Repair::default();
        let now = Instant::now();
        repair.arrived(7, 65_530, now);
        repair.arrived(7, 65_533, now + Duration::from_millis(20));
        assert_eq!(asks(&repair, &[65_531, 65_532]), [65_531, 65_532]);
        repair.arrived(7, 300, now + Duration::from_millis(20) + OUTAGE);
        repair.arrived(7, 303, now + Duration::from_millis(30) + OUTAGE);
        assert_eq!(asks(&repair, &[65_531, 65_534, 5, 299, 301, 302]), [301, 302]);
        assert!(asks(&repair, &[5]).is_empty());
    }
}
