//! Asks for lost packets again (generic NACK, RFC 4585), for sound and pictures.
//!
//! A stage of the interceptor chain, in place of the library's, which looks ten times a second on any path. There, a
//! lost packet may stay unnoticed for 100 ms, and a lost request for another 100. With one packet in seven lost, the
//! picture freezes every few seconds. And after an outage it requests all of its memory of 512 packets, several times,
//! just when the path is back.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use holdfast_peer_machine::losses::Losses;
use rtc::interceptor::{AttributedPacket, Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::rtcp::transport_feedbacks::transport_layer_nack::{
    TransportLayerNack, nack_pairs_from_sequence_numbers,
};
use rtc::sansio::Protocol;
use rtc::shared::TransportContext;
use rtc::shared::error::Error;

use crate::assembler::REPAIR_WAIT;
use crate::traffic::Traffic;

/// Most streams of a remote; in practice there are three. Further streams are not repaired.
const MAX_STREAMS: usize = 16;

/// How long to ask for lost sound: the jitter buffer waits for packets that often come late, and a longer wait would be
/// audible as delay. On a long path sound is not requested, and Opus fills in from its own redundancy.
const SOUND_WAIT: Duration = Duration::from_millis(150);

/// The assumed round trip until it is measured, and if nothing is sent to measure it with.
const USUAL_ROUND_TRIP: Duration = Duration::from_millis(60);

struct Stream {
    patience: Duration,
    losses: Option<Losses>,
}

pub(super) struct Repair {
    traffic: Arc<Traffic>,
    streams: HashMap<u32, Stream>,
    reads: VecDeque<TaggedPacket>,
    writes: VecDeque<TaggedPacket>,
}

impl Repair {
    pub(super) fn new(traffic: Arc<Traffic>) -> Self {
        Self { traffic, streams: HashMap::new(), reads: VecDeque::new(), writes: VecDeque::new() }
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Repair {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, message: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtp(packet) = &message.message.packet
            && let Some(stream) = self.streams.get_mut(&packet.header.ssrc)
        {
            let (sequence, now) = (packet.header.sequence_number, self.traffic.at(message.now));
            match &mut stream.losses {
                Some(losses) => losses.arrived(sequence, now),
                None => stream.losses = Some(Losses::new(sequence, stream.patience, now)),
            }
        }
        self.reads.push_back(message);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.reads.pop_front()
    }

    fn handle_write(&mut self, message: TaggedPacket) -> Result<(), Error> {
        self.writes.push_back(message);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.writes.pop_front()
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), Error> {
        if self.poll_timeout().is_none_or(|due| due > now) {
            return Ok(());
        }
        let round_trip = self.traffic.round_trip().unwrap_or(USUAL_ROUND_TRIP);
        for (&ssrc, stream) in &mut self.streams {
            let Some(losses) = &mut stream.losses else { continue };
            let due = losses.take_due(self.traffic.at(now), round_trip);
            if due.is_empty() {
                continue;
            }
            let request = TransportLayerNack {
                sender_ssrc: 0,
                media_ssrc: ssrc,
                nacks: nack_pairs_from_sequence_numbers(&due),
            };
            self.writes.push_back(TaggedPacket {
                now,
                transport: TransportContext::default(),
                message: AttributedPacket::new(Packet::Rtcp(vec![Box::new(request)])),
            });
        }
        Ok(())
    }

    fn poll_timeout(&mut self) -> Option<Instant> {
        let due = self.streams.values().filter_map(|stream| stream.losses.as_ref()?.poll_timeout()).min();
        due.map(|at| self.traffic.instant(at))
    }
}

/// Whether the other side sends packets of this stream again on request.
fn is_repaired(info: &StreamInfo) -> bool {
    info.rtcp_feedback.iter().any(|feedback| feedback.typ == "nack" && feedback.parameter.is_empty())
}

impl Interceptor for Repair {
    fn bind_local_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _info: &StreamInfo) {}

    fn bind_remote_stream(&mut self, info: &StreamInfo) {
        if is_repaired(info) && self.streams.len() < MAX_STREAMS {
            let is_sound = info.mime_type.to_ascii_lowercase().starts_with("audio/");
            let patience = if is_sound { SOUND_WAIT } else { REPAIR_WAIT };
            self.streams.insert(info.ssrc, Stream { patience, losses: None });
        }
    }

    fn unbind_remote_stream(&mut self, info: &StreamInfo) {
        self.streams.remove(&info.ssrc);
    }
}
