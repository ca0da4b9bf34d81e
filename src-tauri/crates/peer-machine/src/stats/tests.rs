//! How the numbers are computed.

use std::time::Duration;

use holdfast_negotiation::TrackSource;
use holdfast_terms::{Elapsed, Generation};

use super::ledger::MAX_STREAMS;
use super::*;

const SSRC: u32 = 7;
const SECOND: Duration = Duration::from_secs(1);

fn report(highest_sequence: u32, total_lost: u32) -> ReceiverReport {
    ReceiverReport { ssrc: SSRC, highest_sequence, total_lost, last_sender_report: 0, delay: 0 }
}

#[test]
fn rates_are_of_the_window_and_totals_of_the_whole() {
    let mut ledger = Ledger::default();
    let mut window = Window::default();
    for sequence in 0..100 {
        ledger.rtp_received(Generation(1), SSRC, sequence, 125, Duration::ZERO);
    }
    let stats = window.close(ledger.totals(), SECOND);
    assert_eq!(stats.kbps_in, 100.0);
    assert_eq!(stats.loss_in, Some(0.0));
    let stats = window.close(ledger.totals(), SECOND);
    assert_eq!((stats.kbps_in, stats.bytes_in, stats.loss_in), (0.0, 12_500, None));
}

#[test]
fn incoming_loss_counts_missing_and_repeated_packets_but_not_overtaken_ones() {
    let mut ledger = Ledger::default();
    let mut window = Window::default();
    let now = Duration::ZERO;
    let mut came = |step: u16, at: Elapsed| {
        ledger.rtp_received(Generation(1), SSRC, 65_530u16.wrapping_add(step), 100, at)
    };
    (0..20).filter(|step| ![5, 6, 7].contains(step)).for_each(|step| came(step, now));
    came(5, now);
    came(6, now + Duration::from_millis(50));
    assert_eq!(window.close(ledger.totals(), SECOND).loss_in, Some(0.1));
}

#[test]
fn outgoing_loss_is_what_the_remote_reports() {
    let mut ledger = Ledger::default();
    let mut window = Window::default();
    ledger.name_outgoing(Generation(1), SSRC, TrackSource::Camera);
    let now = Duration::ZERO;
    ledger.report_received(report(100, 4), now);
    assert_eq!(window.close(ledger.totals(), SECOND).loss_out, None);
    ledger.report_received(report(200, 14), now);
    assert_eq!(window.close(ledger.totals(), SECOND).loss_out, Some(0.1));
    assert_eq!(window.close(ledger.totals(), SECOND).loss_out, Some(0.1), "kept until the next report");
    ledger.asked_again(SSRC, 210..240);
    ledger.asked_again(99, 0..1);
    ledger.report_received(report(300, 16), now);
    assert_eq!(window.close(ledger.totals(), SECOND).loss_out, Some(0.3), "also what was sent again");
}

#[test]
fn the_round_trip_leaves_out_the_time_the_remote_held_the_report() {
    let mut ledger = Ledger::default();
    ledger.name_outgoing(Generation(1), SSRC, TrackSource::Microphone);
    let sent = Duration::ZERO;
    ledger.report_sent(SSRC, 0x1122_3344_5566_7788, sent);
    let answer = ReceiverReport { last_sender_report: 0x3344_5566, delay: 65_536 / 2, ..report(1, 0) };
    ledger.report_received(answer, sent + Duration::from_millis(540));
    let stats = Window::default().close(ledger.totals(), SECOND);
    assert_eq!(stats.rtt_ms, Some(40.0));
    // An answer to a report that we never sent has no effect.
    ledger.report_received(ReceiverReport { last_sender_report: 1, ..answer }, sent + SECOND);
    assert_eq!(Window::default().close(ledger.totals(), SECOND).rtt_ms, Some(40.0));
}

#[test]
fn only_our_video_can_be_asked_for_a_keyframe() {
    let mut ledger = Ledger::default();
    ledger.name_outgoing(Generation(1), SSRC, TrackSource::Microphone);
    assert_eq!(ledger.keyframe_requested(SSRC), None);
    assert_eq!(ledger.keyframe_requested(99), None);
    ledger.name_outgoing(Generation(1), 99, TrackSource::Screen);
    assert_eq!(ledger.keyframe_requested(99), Some(TrackSource::Screen));
    let stats = Window::default().close(ledger.totals(), SECOND);
    assert_eq!(stats.of(TrackSource::Screen).keyframes_requested, 1);
    assert_eq!(stats.sum(|counts| counts.keyframes_requested), 1);
}

#[test]
fn every_count_says_of_which_source_it_is() {
    use TrackSource::{Camera, Microphone, Screen, ScreenSound};
    let mut ledger = Ledger::default();
    ledger.audio_received(Microphone);
    ledger.audio_received(ScreenSound);
    ledger.assembled(Camera, 30, 2, 1);
    ledger.assembled(Screen, 5, 0, 0);
    ledger.keyframe_asked(Screen);
    ledger.media_dropped(Camera);
    ledger.media_duplicate(Microphone);
    ledger.batch_dropped(Screen);
    ledger.batch_skipped(Camera);
    let stats = Window::default().close(ledger.totals(), SECOND);
    let sources: Vec<_> = stats.sources.iter().map(|of| of.source).collect();
    assert_eq!(sources, TrackSource::ALL);
    let camera = SourceCounts {
        received: 30,
        interruptions: 2,
        useless_packets: 1,
        dropped: 1,
        batches_skipped: 1,
        ..SourceCounts::default()
    };
    assert_eq!(stats.of(Camera), camera);
    let screen =
        SourceCounts { received: 5, keyframes_asked: 1, batches_dropped: 1, ..SourceCounts::default() };
    assert_eq!(stats.of(Screen), screen);
    assert_eq!(stats.of(Microphone), SourceCounts { received: 1, duplicate: 1, ..SourceCounts::default() });
    assert_eq!(stats.of(ScreenSound), SourceCounts { received: 1, ..SourceCounts::default() });
    assert_eq!(ledger.totals().media_received(), 37);
}

#[test]
fn a_remote_cannot_make_us_keep_endless_streams() {
    let mut ledger = Ledger::default();
    for ssrc in 0..1000 {
        ledger.rtp_received(Generation(1), ssrc, 1, 10, Duration::ZERO);
    }
    assert_eq!(ledger.streams(), MAX_STREAMS);
    assert_eq!(ledger.totals().packets_in, 1000);
}

#[test]
fn loss_and_round_trip_are_those_of_the_newest_connection_that_carries_media() {
    let mut ledger = Ledger::default();
    let mut window = Window::default();
    ledger.name_outgoing(Generation(1), SSRC, TrackSource::Camera);
    ledger.carried_by(Generation(1));
    ledger.rtp_received(Generation(1), 70, 10, 100, Duration::ZERO);
    ledger.rtp_received(Generation(2), 80, 10, 100, Duration::ZERO);
    ledger.carried_by(Generation(2));
    // The old path loses everything; that is why there is a new one.
    ledger.rtp_received(Generation(1), 70, 1000, 100, Duration::ZERO);
    ledger.rtp_received(Generation(2), 80, 11, 100, Duration::ZERO);
    ledger.report_received(report(100, 0), Duration::ZERO);
    ledger.report_received(report(200, 100), Duration::ZERO);
    let stats = window.close(ledger.totals(), SECOND);
    assert_eq!((stats.packets_in, stats.loss_in, stats.loss_out), (4, Some(0.0), None));
    // Requests for the old one's pictures still count while it exists.
    assert_eq!(ledger.keyframe_requested(SSRC), Some(TrackSource::Camera));
    ledger.forget_streams(Generation(1));
    assert_eq!(ledger.keyframe_requested(SSRC), None);
}
