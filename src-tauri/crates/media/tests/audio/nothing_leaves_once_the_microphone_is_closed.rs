//! Once the microphone is closed, nothing leaves any more: not the frame under way, not what was captured before.

use holdfast_media::audio::{AudioCapture, AudioSourceSpec, EncodedAudio, MicrophoneGate, Passage};
use proptest::prelude::*;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

#[derive(Debug, Clone, Copy)]
enum Step {
    Open,
    Close,
    Frame,
}

proptest! {
    /// A frame passes exactly when the gate is open and has been since before the frame began.
    #[test]
    fn only_frames_captured_wholly_while_open_pass(
        steps in prop::collection::vec(prop_oneof![1 => Just(Step::Open), 1 => Just(Step::Close), 3 => Just(Step::Frame)], 0..200),
    ) {
        let gate = MicrophoneGate::new();
        let (mut open, mut whole) = (false, false);
        for step in steps {
            match step {
                Step::Open => {
                    whole &= open;
                    open = true;
                    gate.set_open(true);
                }
                Step::Close => {
                    (open, whole) = (false, false);
                    gate.set_open(false);
                }
                Step::Frame => {
                    let mut frame = [0.5; 4];
                    let mut passed = false;
                    let passage = gate.pass(&mut frame, |frame| passed = frame == [0.5; 4]);
                    prop_assert_eq!(passed, open && whole);
                    prop_assert_eq!(passage == Passage::Passed, passed);
                    prop_assert_eq!(passage == Passage::JustOpened, open && !whole);
                    // What did not pass is gone from the frame, too.
                    prop_assert!(passed || frame == [0.0; 4]);
                    whole = open;
                }
            }
            prop_assert_eq!(gate.is_open(), open);
        }
    }
}

#[test]
fn the_frame_under_way_is_finished_before_closing_returns() {
    let gate = MicrophoneGate::new();
    let (asked, sent) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let stop = Arc::new(AtomicBool::new(false));
    let capture = thread::spawn({
        let (gate, asked, sent, stop) = (gate.clone(), asked.clone(), sent.clone(), stop.clone());
        move || {
            while !stop.load(Ordering::SeqCst) {
                gate.pass(&mut [0.5; 960], |_| {
                    // Stands for the encoder: long enough that closing often falls into it.
                    (0..2000).for_each(|_| std::hint::spin_loop());
                    sent.fetch_add(1, Ordering::SeqCst);
                });
                asked.fetch_add(1, Ordering::SeqCst);
                thread::yield_now();
            }
        }
    });
    let let_pass = |frames: u64| {
        let from = asked.load(Ordering::SeqCst);
        while asked.load(Ordering::SeqCst) < from + frames {
            thread::yield_now();
        }
    };
    for round in 0..300 {
        gate.set_open(true);
        let_pass(2 + round % 3);
        gate.set_open(false);
        let at_close = sent.load(Ordering::SeqCst);
        let_pass(3);
        assert_eq!(sent.load(Ordering::SeqCst), at_close, "round {round}: sound left after closing");
    }
    assert!(sent.load(Ordering::SeqCst) > 0);
    stop.store(true, Ordering::SeqCst);
    capture.join().unwrap();
}

#[test]
fn a_closed_capture_sends_nothing_and_its_timestamps_tell_how_long() {
    let gate = MicrophoneGate::new();
    let (sender, packets) = mpsc::channel::<EncodedAudio>();
    let spec = AudioSourceSpec::Tone { hz: 440.0 };
    let sink = Box::new(move |packet| _ = sender.send(packet));
    let capture = AudioCapture::start(spec, gate.clone(), sink, Box::new(|_| ())).unwrap();
    let patience = Duration::from_secs(30);
    assert!(packets.recv_timeout(Duration::from_millis(100)).is_err(), "a new gate is closed");

    gate.set_open(true);
    let mut last = packets.recv_timeout(patience).unwrap();
    for _ in 0..5 {
        let next = packets.recv_timeout(patience).unwrap();
        assert_eq!(next.timestamp.wrapping_sub(last.timestamp) % 960, 0);
        last = next;
    }
    gate.set_open(false);
    // Everything that was sent is already here.
    while let Ok(packet) = packets.try_recv() {
        last = packet;
    }
    assert!(packets.recv_timeout(Duration::from_millis(200)).is_err(), "sound left a closed microphone");
    assert!(capture.level_dbfs() > -20.0, "the meter goes on while muted");

    gate.set_open(true);
    let next = packets.recv_timeout(patience).unwrap();
    let pause = next.timestamp.wrapping_sub(last.timestamp);
    assert!(pause >= 960 * 9 && pause % 960 == 0, "{pause} samples for a pause of 200 ms");
    drop(capture);
    assert!(packets.iter().count() < 1000, "the sink outlived the capture");
}

#[test]
fn no_source_sends_nothing() {
    let gate = MicrophoneGate::new();
    gate.set_open(true);
    let (sender, packets) = mpsc::channel::<EncodedAudio>();
    let sink = Box::new(move |packet| _ = sender.send(packet));
    let capture = AudioCapture::start(AudioSourceSpec::None, gate, sink, Box::new(|_| ())).unwrap();
    assert_eq!(capture.level_dbfs(), -100.0);
    assert!(packets.recv().is_err(), "no capture is left that could send");
}
