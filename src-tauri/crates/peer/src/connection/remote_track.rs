//! Reads one remote track: passes sound on packet by packet, and pictures frame by frame.

use std::sync::{Arc, Weak};
use std::time::Instant;

use rtc::peer_connection::event::RTCTrackEventInit;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtp;
use rtc::rtp_transceiver::rtp_sender::RtpCodecKind;
use tokio::sync::broadcast::error::RecvError;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::PeerConnection;

use crate::assembler::{FrameAssembler, VideoPacket};
use crate::event::AudioPacket;
use crate::intake::Intake;

/// Runs until the track or its connection ends.
pub(super) async fn read(
    track: Arc<dyn TrackRemote>,
    connection: Weak<dyn PeerConnection>,
    intake: Arc<Intake>,
) {
    match track.kind().await {
        RtpCodecKind::Audio => read_audio(&*track, &connection, &intake).await,
        RtpCodecKind::Video => read_video(&*track, &connection, &intake).await,
        _ => {}
    }
}

async fn read_audio(track: &dyn TrackRemote, connection: &Weak<dyn PeerConnection>, intake: &Intake) {
    let mut mid = None;
    while let Some(event) = track.poll().await {
        match event {
            TrackRemoteEvent::OnOpen(opened) => mid = find_mid(connection, &opened).await,
            TrackRemoteEvent::OnRtpPacket(packet) if !packet.payload.is_empty() => {
                intake.note_packet();
                intake.audio(AudioPacket {
                    source: intake.audio_source(mid.as_deref()),
                    sequence: packet.header.sequence_number,
                    timestamp: packet.header.timestamp,
                    payload: packet.payload,
                });
            }
            TrackRemoteEvent::OnEnded => return,
            _ => {}
        }
    }
}

async fn read_video(track: &dyn TrackRemote, connection: &Weak<dyn PeerConnection>, intake: &Intake) {
    let epoch = Instant::now();
    let mut assembler = FrameAssembler::new();
    let mut mid = None;
    let mut ssrc = 0;
    let mut wishes = intake.keyframe_wishes();
    loop {
        let deadline = assembler.poll_timeout().map(|at| tokio::time::Instant::from_std(epoch + at));
        let timer = async {
            match deadline {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            event = track.poll() => match event {
                Some(TrackRemoteEvent::OnOpen(opened)) => {
                    ssrc = opened.ssrc;
                    mid = find_mid(connection, &opened).await;
                }
                Some(TrackRemoteEvent::OnRtpPacket(packet)) => {
                    intake.note_packet();
                    if packet.header.ssrc != ssrc {
                        // The remote began anew on the same section.
                        ssrc = packet.header.ssrc;
                        assembler = FrameAssembler::new();
                    }
                    assembler.handle_packet(video_packet(packet), epoch.elapsed());
                }
                Some(TrackRemoteEvent::OnEnded) | None => return,
                Some(_) => {}
            },
            () = timer => assembler.handle_timeout(epoch.elapsed()),
            wish = wishes.recv(), if !wishes.is_closed() => {
                let is_ours = match wish {
                    Ok(Some(source)) => intake.video_source(mid.as_deref()) == source,
                    // A wish for all sources, or a wish was missed.
                    Ok(None) | Err(RecvError::Lagged(_)) => true,
                    // The peer is gone, so the track ends too.
                    Err(RecvError::Closed) => false,
                };
                if is_ours {
                    assembler.want_keyframe();
                }
            }
        }
        while let Some(frame) = assembler.poll_frame() {
            if !intake.video(mid.as_deref(), frame) {
                assembler.interrupt();
            }
        }
        if assembler.poll_keyframe_request(epoch.elapsed()) {
            let request = PictureLossIndication { sender_ssrc: 0, media_ssrc: ssrc };
            if track.write_rtcp(vec![Box::new(request)]).await.is_err() {
                return;
            }
            intake.traffic().keyframe_asked(intake.video_source(mid.as_deref()));
        }
        intake.traffic().note_assembly(intake.video_source(mid.as_deref()), assembler.take_counters());
    }
}

fn video_packet(packet: rtp::Packet) -> VideoPacket {
    VideoPacket {
        sequence: packet.header.sequence_number,
        timestamp: packet.header.timestamp,
        marker: packet.header.marker,
        payload: packet.payload,
    }
}

/// The section on which a track came. In the library, receivers and transceivers share their number.
async fn find_mid(connection: &Weak<dyn PeerConnection>, opened: &RTCTrackEventInit) -> Option<String> {
    let connection = connection.upgrade()?;
    let id: usize = opened.receiver_id.into();
    for transceiver in connection.get_transceivers().await {
        if transceiver.id() == id {
            return transceiver.mid().await.ok().flatten();
        }
    }
    None
}
