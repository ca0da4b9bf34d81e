//! How the library is configured.
//!
//! # What it does while a path is down (read and measured, 0.21.1)
//!
//! - Disconnected: the library still checks the selected pair every [`KEEPALIVE`], and still sends media. Anything that
//!   comes from the other side counts as an answer. Failed: it throws candidates and pairs away, and sends nothing
//!   again without a restart. [`FAILED_AFTER`] prevents that.
//! - A restart drops pair, sockets and remote credentials when its offer becomes the local description. Nothing is sent
//!   until the answer is applied. The module `restart` works around that.
//! - While connecting, it checks every pair once per [`CHECK_INTERVAL`], [`CHECKS`] times. After that it checks a pair
//!   again only if a check of the other side comes in.
//! - DTLS has no idle timeout and survives. SCTP retransmits after 1, 2, 4, 8, 16, 32 s and gives the association up at
//!   63 s. A path that comes back does not shorten a pause, and new messages wait behind the old one.
//! - SRTP cannot decrypt a stream any more after it lost 2^15 packets in a row (RFC 3711, 3.3.1): 3 to 10 minutes. The
//!   connection is replaced long before.
//!
//! Measured with these settings: two peers in a network namespace, 200 packets a second each way. The time counts from
//! the moment the path is whole to the next packet of sound and the next whole picture, at the slower end. UDP was
//! blocked for 1.3, 5.4, 9.1, 13.2, 15.7, 21.3, 44.6 s; media was back after 29, 9, 36, 31, 27, 33, 46 ms, with
//! restarts and rebuilds meanwhile. Without signaling, or with the link down, it was back after at most 78 ms, over the
//! old connection. A control message took 0.5 to 4.4 s if another message was on its way when the path went down, and
//! 11 s after 44.6 s without a path. Meanwhile signaling has to carry it.
//! `cargo test -p holdfast-peer --test peers -- --ignored outage` measures it again.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rtc::ice::mdns::MulticastDnsMode;
use rtc::interceptor::NackResponderBuilder;
use rtc::peer_connection::configuration::RTCIceTransportPolicy;
use rtc::peer_connection::configuration::interceptor_registry::{
    Registry, Slot, configure_rtcp_reports, configure_simulcast_extension_headers,
    configure_twcc_receiver_only,
};
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_OPUS, MIME_TYPE_VP8, MediaEngine};
use rtc::rtp_transceiver::rtp_sender::{RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RtpCodecKind};
use rtc::shared::error::Error;
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, RTCConfigurationBuilder, RTCIceServer, SettingEngine,
    SettingEngineBuilder,
};

use super::ConnectionConfig;
use super::addresses::media_addresses;
use super::events::Handler;
use super::impaired::ImpairedRuntime;
use super::repair::Repair;
use super::wire_counter::WireCounter;
use crate::intake::Intake;

/// A path on which nothing came for this long is in trouble. Recovery starts here, and the badge must show within
/// 2.5 s.
const DISCONNECTED_AFTER: Duration = Duration::from_secs(2);
/// Zero tells the library that ICE never gives up, so it checks the selected pair as long as the connection lives. If
/// it gave up, it would throw its candidates away, and a path that comes back could not be used. The recovery ladder
/// decides what has failed.
const FAILED_AFTER: Duration = Duration::ZERO;
/// Time between consent checks (RFC 7675), also on a path that does not answer. So both ends know within this time that
/// a path is whole again. A check and its answer are about 200 bytes, so this is 8 kbit/s per remote.
const KEEPALIVE: Duration = Duration::from_millis(200);

/// How often a candidate pair is checked while connecting. The library's 200 ms shows in the join time as steps
/// of 200 ms, since a candidate that comes in waits for the next round. A check is about 100 bytes.
const CHECK_INTERVAL: Duration = Duration::from_millis(20);
/// Checks per pair before the library gives the pair up and does not try it again. They take 36 s, so that they never
/// stop before the next attempt of the recovery ladder: its longest pause is 30 s and one attempt.
const CHECKS: u16 = 1800;

/// A pair found by the remote's check (peer reflexive) is as good as any: on a fast path the check outruns the
/// candidate on its way through the signaling server. The library would wait a second for a better one.
const PRFLX_WAIT: Duration = Duration::ZERO;
/// A server reflexive pair waits this long for a host pair, which is checked at the same time.
const SRFLX_WAIT: Duration = Duration::from_millis(100);
/// A relayed pair waits this long for a direct one, which is checked every 20 ms meanwhile: a direct path between two
/// continents answers in less.
const RELAY_WAIT: Duration = Duration::from_millis(500);

/// Browsers use the same payload types. Other types that the remote chooses work as well.
const OPUS_PAYLOAD_TYPE: u8 = 111;
const VP8_PAYLOAD_TYPE: u8 = 96;
pub(super) const OPUS_FMTP: &str = "minptime=10;useinbandfec=1";

/// A packet that is sent again is refused as a replay if it is this many packets late (RFC 3711, 3.3.2). The library's
/// 64 is less than one large keyframe, and a repaired packet may be that late.
const SRTP_REPLAY_WINDOW: usize = 1024;

/// Our counter sits closest to the wire, so that it counts what is retransmitted and sees every report.
const COUNTER_SLOT: usize = 500;

pub(super) async fn build(
    config: &ConnectionConfig,
    handler: Arc<Handler>,
    intake: Arc<Intake>,
    servers: Vec<RTCIceServer>,
) -> Result<Arc<dyn PeerConnection>, Error> {
    let mut media = media_engine()?;
    let registry = interceptors(&mut media)?
        .with(Slot::NackGenerator, Repair::new(Arc::clone(intake.traffic())))
        .with(Slot::from(COUNTER_SLOT), WireCounter::new(intake.generation(), Arc::clone(intake.traffic())));
    let addresses = media_addresses(&config.bind);
    let connection = PeerConnectionBuilder::new()
        .with_configuration(configuration(config.relay_only, servers))
        .with_media_engine(media)
        .with_setting_engine(settings(config, &addresses))
        .with_interceptor_registry(registry)
        .with_handler(handler)
        .with_runtime(Arc::new(ImpairedRuntime::new(config.path.clone())))
        .with_udp_addrs(addresses.iter().map(|&address| SocketAddr::new(address, 0).to_string()).collect())
        .build()
        .await?;
    Ok(Arc::new(connection))
}

/// Only Opus and VP8. No RTX, because this version of the library floods the path with its retransmissions. Only one
/// video codec, because a second one confuses the answer.
fn media_engine() -> Result<MediaEngine, Error> {
    let mut media = MediaEngine::default();
    media.register_codec(
        RTCRtpCodecParameters {
            rtp_codec: RTCRtpCodec {
                mime_type: MIME_TYPE_OPUS.to_owned(),
                clock_rate: 48_000,
                channels: 2,
                sdp_fmtp_line: OPUS_FMTP.to_owned(),
                rtcp_feedback: Vec::new(),
            },
            payload_type: OPUS_PAYLOAD_TYPE,
        },
        RtpCodecKind::Audio,
    )?;
    media.register_codec(
        RTCRtpCodecParameters {
            rtp_codec: RTCRtpCodec {
                mime_type: MIME_TYPE_VP8.to_owned(),
                clock_rate: 90_000,
                channels: 0,
                sdp_fmtp_line: String::new(),
                rtcp_feedback: vec![RTCPFeedback { typ: "ccm".to_owned(), parameter: "fir".to_owned() }],
            },
            payload_type: VP8_PAYLOAD_TYPE,
        },
        RtpCodecKind::Video,
    )?;
    Ok(media)
}

/// The library's defaults without its requests for lost packets, which [`Repair`] makes, for sound too.
fn interceptors(media: &mut MediaEngine) -> Result<Registry, Error> {
    let nack = RTCPFeedback { typ: "nack".to_owned(), parameter: String::new() };
    media.register_feedback(nack, RtpCodecKind::Audio);
    for parameter in ["", "pli"] {
        let feedback = RTCPFeedback { typ: "nack".to_owned(), parameter: parameter.to_owned() };
        media.register_feedback(feedback, RtpCodecKind::Video);
    }
    configure_simulcast_extension_headers(media)?;
    let registry = configure_twcc_receiver_only(Registry::new(), media)?
        .with(Slot::NackResponder, NackResponderBuilder::new().build());
    Ok(configure_rtcp_reports(registry))
}

fn configuration(relay_only: bool, servers: Vec<RTCIceServer>) -> webrtc::peer_connection::RTCConfiguration {
    let policy = if relay_only { RTCIceTransportPolicy::Relay } else { RTCIceTransportPolicy::All };
    RTCConfigurationBuilder::new().with_ice_servers(servers).with_ice_transport_policy(policy).build()
}

fn settings(config: &ConnectionConfig, addresses: &[IpAddr]) -> SettingEngine {
    let relay_wait = if config.relay_only { Duration::ZERO } else { RELAY_WAIT };
    SettingEngineBuilder::new()
        .with_ice_timeouts(Some(DISCONNECTED_AFTER), Some(FAILED_AFTER), Some(KEEPALIVE))
        .with_ice_connection_attempts(Some(CHECK_INTERVAL), Some(CHECKS))
        .with_prflx_acceptance_min_wait(Some(PRFLX_WAIT))
        .with_srflx_acceptance_min_wait(Some(SRFLX_WAIT))
        .with_relay_acceptance_min_wait(Some(relay_wait))
        .with_srtp_replay_protection_window(SRTP_REPLAY_WINDOW)
        // A change of network is survived only with fresh sockets.
        .with_discard_local_candidates_during_ice_restart(true)
        .with_include_loopback_candidate(addresses.iter().any(IpAddr::is_loopback))
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        .build()
}
