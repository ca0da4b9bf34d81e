//! From a source through the encoder, a playout with several remotes, to a file: what arrives is what was sent.

use holdfast_media::audio::{
    AudioCapture, AudioError, AudioSinkSpec, AudioSourceSpec, EncodedAudio, MicrophoneGate, Playout,
    RemoteAudio,
};
use holdfast_testkit::tone::Pcm;
use std::{path::PathBuf, sync::mpsc, time::Duration};

const PATIENCE: Duration = Duration::from_secs(30);

struct Sender {
    _capture: AudioCapture,
    packets: mpsc::Receiver<EncodedAudio>,
    sequence: u16,
}

impl Sender {
    fn start(spec: AudioSourceSpec) -> Self {
        let gate = MicrophoneGate::new();
        gate.set_open(true);
        let (sender, packets) = mpsc::channel();
        let sink = Box::new(move |packet| _ = sender.send(packet));
        let capture = AudioCapture::start(spec, gate, sink, Box::new(|error| panic!("{error}"))).unwrap();
        Self { _capture: capture, packets, sequence: 65_500 }
    }

    fn bring(&mut self, packets: usize, remote: &RemoteAudio) {
        for _ in 0..packets {
            let packet = self.packets.recv_timeout(PATIENCE).unwrap();
            remote.push(self.sequence, packet.timestamp, &packet.data);
            self.sequence = self.sequence.wrapping_add(1);
        }
    }
}

fn playout(spec: AudioSinkSpec) -> Playout {
    Playout::start(spec, Box::new(Result::unwrap)).unwrap()
}

#[test]
fn two_tones_are_mixed_each_at_its_own_volume() {
    let folder = tempfile::tempdir().unwrap();
    let (mix, own) = (folder.path().join("mix.wav"), folder.path().join("own.wav"));
    let playout = playout(AudioSinkSpec::File(mix.clone()));
    let mut senders = [440.0, 660.0, 1000.0].map(|hz| Sender::start(AudioSourceSpec::Tone { hz }));
    let remotes = [playout.add(), playout.add(), playout.add()];
    remotes[1].set_volume(0.5);
    remotes[2].set_muted(true);
    remotes[1].record_to(own.clone()).unwrap();
    for _ in 0..100 {
        senders.iter_mut().zip(&remotes).for_each(|(sender, remote)| sender.bring(1, remote));
    }
    for (remote, hz) in remotes.iter().zip([440.0, 660.0, 1000.0]) {
        let stats = remote.stats();
        assert!((stats.hz - hz).abs() < 0.01 * hz, "{stats:?}");
        assert!((stats.dbfs + 15.05).abs() < 1.0, "{stats:?}");
        assert!(stats.received >= 100 && stats.damaged == 0, "{stats:?}");
    }
    assert!(playout.level_dbfs() > -20.0);
    drop(remotes);
    drop(playout);

    // The middle of the file: both are settled by then.
    let mix = Pcm::read_wav(&mix).unwrap();
    let heard = mix.part(mix.seconds() * 0.5, mix.seconds() * 0.5 + 0.4);
    assert!((heard.level_of(440.0) + 15.05).abs() < 1.0, "{} dBFS", heard.level_of(440.0));
    assert!((heard.level_of(660.0) + 21.07).abs() < 1.0, "{} dBFS", heard.level_of(660.0));
    assert!(heard.level_of(1000.0) < -60.0, "the muted one is heard at {} dBFS", heard.level_of(1000.0));
    let own = Pcm::read_wav(&own).unwrap();
    let heard = own.part(own.seconds() * 0.5, own.seconds() * 0.5 + 0.4);
    assert!((heard.level_of(660.0) + 15.05).abs() < 1.0, "recorded at {} dBFS", heard.level_of(660.0));
    assert!(heard.level_of(440.0) < -60.0);
}

#[test]
fn a_remote_without_a_sink_still_has_statistics() {
    let playout = playout(AudioSinkSpec::None);
    let remote = playout.add();
    let stats = remote.stats();
    assert_eq!((stats.dbfs, stats.hz, stats.concealed), (-100.0, 0.0, 0.0));
    let mut sender = Sender::start(AudioSourceSpec::Tone { hz: 523.25 });
    sender.bring(60, &remote);
    remote.push(0, 0, &[]);
    remote.push(0, 0, &[0xff; 9000]);
    let stats = remote.stats();
    assert!((stats.hz - 523.25).abs() < 3.0 && stats.damaged == 2, "{stats:?}");
    assert!(stats.buffered_ms < 500.0, "{stats:?}");
    println!("{stats:?}");
}

#[test]
fn a_file_that_is_missing_or_cannot_be_written_is_named_as_such() {
    let start = |spec| {
        AudioCapture::start(spec, MicrophoneGate::new(), Box::new(|_| ()), Box::new(|_| ()))
            .err()
            .map(|e| e.code())
    };
    assert_eq!(start(AudioSourceSpec::File(PathBuf::from("/nonexistent.wav"))), Some("audio_file_not_found"));
    let refused = Playout::start(AudioSinkSpec::File(PathBuf::from("/nonexistent/x.wav")), Box::new(|_| ()));
    assert_eq!(refused.err(), Some(AudioError::FileUnwritable));
    let playout = playout(AudioSinkSpec::None);
    let unwritable = playout.add().record_to(PathBuf::from("/nonexistent/x.wav"));
    assert_eq!(unwritable, Err(AudioError::FileUnwritable));
}
