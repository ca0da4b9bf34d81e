//! Counts what passes, and reads RTCP, which the library does not give to the application.
//!
//! A stage of the interceptor chain, closest to the wire. Changes nothing and holds nothing back.

use holdfast_terms::Generation;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use rtc::interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::rtcp;
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtcp::reception_report::ReceptionReport;
use rtc::rtcp::sender_report::SenderReport;
use rtc::rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack;
use rtc::rtp;
use rtc::sansio::Protocol;
use rtc::shared::error::Error;
use rtc::shared::marshal::MarshalSize;

use holdfast_peer_machine::stats::ReceiverReport as ReportBlock;

use crate::traffic::Traffic;

/// The stage of one connection.
pub(super) struct WireCounter {
    generation: Generation,
    traffic: Arc<Traffic>,
    reads: VecDeque<TaggedPacket>,
    writes: VecDeque<TaggedPacket>,
}

impl WireCounter {
    pub(super) fn new(generation: Generation, traffic: Arc<Traffic>) -> Self {
        Self { generation, traffic, reads: VecDeque::new(), writes: VecDeque::new() }
    }

    fn read_rtcp(&self, packet: &dyn rtcp::Packet, now: Instant) {
        let packet = packet.as_any();
        if let Some(report) = packet.downcast_ref::<ReceiverReport>() {
            self.read_reports(&report.reports, now);
        } else if let Some(report) = packet.downcast_ref::<SenderReport>() {
            self.read_reports(&report.reports, now);
        } else if let Some(request) = packet.downcast_ref::<TransportLayerNack>() {
            let sequences = request.nacks.iter().flat_map(|pair| pair.into_iter());
            self.traffic.asked_again(request.media_ssrc, sequences);
        } else if let Some(request) = packet.downcast_ref::<PictureLossIndication>() {
            self.traffic.keyframe_requested(request.media_ssrc);
        } else if let Some(request) = packet.downcast_ref::<FullIntraRequest>() {
            for entry in &request.fir {
                self.traffic.keyframe_requested(entry.ssrc);
            }
        }
    }

    fn read_reports(&self, reports: &[ReceptionReport], now: Instant) {
        for report in reports {
            self.traffic.report_received(
                ReportBlock {
                    ssrc: report.ssrc,
                    highest_sequence: report.last_sequence_number,
                    total_lost: report.total_lost,
                    last_sender_report: report.last_sender_report,
                    delay: report.delay,
                },
                now,
            );
        }
    }
}

fn wire_size(packet: &rtp::Packet) -> usize {
    packet.header.marshal_size() + packet.payload.len()
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for WireCounter {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, message: TaggedPacket) -> Result<(), Error> {
        match &message.message.packet {
            Packet::Rtp(packet) => self.traffic.rtp_received(
                self.generation,
                packet.header.ssrc,
                packet.header.sequence_number,
                wire_size(packet),
                message.now,
            ),
            Packet::Rtcp(packets) => {
                for packet in packets {
                    self.read_rtcp(packet.as_ref(), message.now);
                }
            }
            _ => {}
        }
        self.reads.push_back(message);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.reads.pop_front()
    }

    fn handle_write(&mut self, message: TaggedPacket) -> Result<(), Error> {
        match &message.message.packet {
            Packet::Rtp(packet) => self.traffic.rtp_sent(wire_size(packet)),
            Packet::Rtcp(packets) => {
                for packet in packets {
                    if let Some(report) = packet.as_any().downcast_ref::<SenderReport>() {
                        self.traffic.report_sent(report.ssrc, report.ntp_time, message.now);
                    }
                }
            }
            _ => {}
        }
        self.writes.push_back(message);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.writes.pop_front()
    }
}

impl Interceptor for WireCounter {
    fn bind_local_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _info: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _info: &StreamInfo) {}
}
