//! Real devices of a real sound server that belongs to the test alone.
//!
//! The server is chosen by environment variables, which a process cannot change for itself safely: every test
//! starts a server and runs itself again as a child that uses it.

use holdfast_media::audio::{
    AudioCapture, AudioError, AudioSinkSpec, AudioSourceSpec, DeviceUse, EncodedAudio, MicrophoneGate,
    OpusDecoder, Playout, RemoteAudio, microphones, speakers,
};
use holdfast_testkit::one_test;
use holdfast_testkit::pulse::{self, MICROPHONE_BUS, Pulse, PulseClient, SPEAKER};
use holdfast_testkit::tone::Pcm;
use std::{
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_secs(30);
const NO_SERVER: &str = "HOLDFAST_TEST_NO_SOUND_SERVER";

fn again(test: &str, env: &[(String, String)]) {
    holdfast_testkit::assert_passes(one_test(module_path!(), test).envs(env.iter().cloned()));
}

fn with_pulse(test: &str, body: impl FnOnce(&PulseClient)) {
    if let Some(client) = PulseClient::from_env() {
        return body(&client);
    }
    let pulse = Pulse::start().unwrap();
    again(test, &pulse.env());
}

struct Capture {
    _capture: AudioCapture,
    packets: mpsc::Receiver<EncodedAudio>,
    errors: mpsc::Receiver<AudioError>,
}

fn capture(spec: AudioSourceSpec) -> Result<Capture, AudioError> {
    let gate = MicrophoneGate::new();
    gate.set_open(true);
    let (sender, packets) = mpsc::channel();
    let (failed, errors) = mpsc::channel();
    let sink = Box::new(move |packet| _ = sender.send(packet));
    let capture = AudioCapture::start(spec, gate, sink, Box::new(move |error| _ = failed.send(error)))?;
    Ok(Capture { _capture: capture, packets, errors })
}

fn microphone() -> Result<Capture, AudioError> {
    capture(AudioSourceSpec::Microphone { device: None })
}

impl Capture {
    /// Decodes what is captured until the last 300 ms are a tone of `hz`.
    fn wait_for_tone(&self, hz: f64) -> Pcm {
        let mut decoder = OpusDecoder::new().unwrap();
        let mut heard = Pcm { rate: 48_000, samples: Vec::new() };
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let packet = self.packets.recv_timeout(PATIENCE).unwrap();
            assert!(decoder.decode(&packet.data, &mut heard.samples));
            let seconds = heard.seconds();
            if heard.samples.len().is_multiple_of(4800) && seconds >= 0.3 {
                let last = heard.part(seconds - 0.3, seconds);
                if last.dbfs() > -40.0
                    && (last.dominant_hz() - hz).abs() < 5.0
                    && last.longest_silence(-50.0) < 0.01
                {
                    return last;
                }
            }
        }
        panic!("no tone of {hz} Hz was captured, but {:.1} dBFS", heard.dbfs());
    }
}

/// Brings a tone to `remote` for as long as the returned capture lives.
fn speak(hz: f32, remote: Arc<RemoteAudio>) -> AudioCapture {
    let gate = MicrophoneGate::new();
    gate.set_open(true);
    let mut sequence = 0u16;
    let sink = Box::new(move |packet: EncodedAudio| {
        remote.push(sequence, packet.timestamp, &packet.data);
        sequence = sequence.wrapping_add(1);
    });
    AudioCapture::start(AudioSourceSpec::Tone { hz }, gate, sink, Box::new(|_| ())).unwrap()
}

fn play(client: &PulseClient, hz: f64, seconds: f64) -> (pulse::Playing, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tone.wav");
    Pcm::tone(hz, seconds, 0.5, 44_100).write_wav(&path, 2).unwrap();
    (client.play(&path).unwrap(), folder)
}

#[test]
fn devices_are_listed_without_the_monitors_of_speakers() {
    with_pulse("devices_are_listed_without_the_monitors_of_speakers", |_| {
        let names = |devices: Vec<holdfast_media::Device>| {
            devices.into_iter().map(|device| device.id).collect::<Vec<_>>()
        };
        assert_eq!(names(microphones()), ["pulseaudio:mic"]);
        assert_eq!(names(speakers()), ["pulseaudio:spk", "pulseaudio:micbus"]);
    });
}

#[test]
fn what_is_said_into_the_microphone_is_captured() {
    with_pulse("what_is_said_into_the_microphone_is_captured", |client| {
        let capture = microphone().unwrap();
        let (_playing, _folder) = play(client, 700.0, 60.0);
        let heard = capture.wait_for_tone(700.0);
        assert!((heard.dbfs() + 9.0).abs() < 1.5, "{} dBFS", heard.dbfs());
    });
}

#[test]
fn a_remote_is_heard_from_the_speaker_without_gaps() {
    with_pulse("a_remote_is_heard_from_the_speaker_without_gaps", |client| {
        let playout =
            Playout::start(AudioSinkSpec::Speaker { device: None }, Box::new(Result::unwrap)).unwrap();
        let remotes = [440.0, 620.0].map(|hz| {
            let remote = Arc::new(playout.add());
            (speak(hz, Arc::clone(&remote)), remote)
        });
        let recording = client.record().unwrap();
        let heard = recording
            // Gaps at first are what the margin is learned from on a busy machine.
            .wait_for(1.0, |pcm| {
                pcm.level_of(440.0) > -17.0
                    && pcm.level_of(620.0) > -17.0
                    && pcm.longest_silence(-40.0) < 0.01
            })
            .unwrap();
        assert!(heard.level_of(530.0) < -45.0, "{} dBFS between the tones", heard.level_of(530.0));
        for (_, remote) in &remotes {
            println!("{:?}", remote.stats());
        }
    });
}

#[test]
fn a_microphone_that_is_unplugged_comes_back() {
    with_pulse("a_microphone_that_is_unplugged_comes_back", |client| {
        let capture = microphone().unwrap();
        let (_playing, _folder) = play(client, 700.0, 120.0);
        capture.wait_for_tone(700.0);
        // The server moves the stream to the only source that is left: a monitor, which must not be used.
        client.unplug("mic").unwrap();
        assert_eq!(capture.errors.recv_timeout(PATIENCE).unwrap(), AudioError::MicrophoneLost);
        let before = capture.packets.try_iter().last();
        let unplugged = Instant::now();
        client.plug_microphone().unwrap();
        capture.wait_for_tone(700.0);
        println!("captured again {:?} after plugging in", unplugged.elapsed());
        assert!(before.is_none_or(|last| last.timestamp < u32::MAX));
        assert_eq!(capture.errors.try_iter().count(), 0, "one loss is one error");
    });
}

#[test]
fn a_speaker_that_is_unplugged_comes_back_and_the_mix_goes_on() {
    with_pulse("a_speaker_that_is_unplugged_comes_back_and_the_mix_goes_on", |client| {
        // No other speaker to fall back to.
        client.unplug("mic").unwrap();
        client.unplug(MICROPHONE_BUS).unwrap();
        let (told, news) = mpsc::channel();
        let spec = AudioSinkSpec::Speaker { device: Some(format!("pulseaudio:{SPEAKER}")) };
        let playout = Playout::start(spec, Box::new(move |works| _ = told.send(works))).unwrap();
        let remote = Arc::new(playout.add());
        let _speaking = speak(440.0, Arc::clone(&remote));
        let is_heard = |pcm: &Pcm| pcm.level_of(440.0) > -17.0;
        client.record().unwrap().wait_for(0.5, is_heard).unwrap();
        client.unplug(SPEAKER).unwrap();
        assert_eq!(news.recv_timeout(PATIENCE).unwrap(), Ok(()));
        assert_eq!(news.recv_timeout(PATIENCE).unwrap(), Err(AudioError::SpeakerLost));
        let received = remote.stats().received;
        let deadline = Instant::now() + PATIENCE;
        while remote.stats().received < received + 100 {
            assert!(Instant::now() < deadline);
            std::thread::yield_now();
        }
        let stats = remote.stats();
        assert!((stats.hz - 440.0).abs() < 5.0 && stats.buffered_ms < 500.0, "without a speaker: {stats:?}");
        client.plug_speaker().unwrap();
        client.record().unwrap().wait_for(0.5, is_heard).unwrap();
        assert_eq!(news.recv_timeout(PATIENCE).unwrap(), Ok(()));
        assert_eq!(news.try_iter().count(), 0, "one loss is told once, and one return");
    });
}

/// Waits for a device to be in use.
fn wait_for_use(used: &mpsc::Receiver<DeviceUse>, wanted: Option<&str>, replaced: bool) {
    let wanted = wanted.map(|name| format!("pulseaudio:{name}"));
    loop {
        let told = used.recv_timeout(PATIENCE).unwrap();
        if told == (DeviceUse { wanted: wanted.clone(), replaced }) {
            return;
        }
    }
}

#[test]
fn another_microphone_is_captured_once_chosen_and_the_default_when_it_is_gone() {
    let test = "another_microphone_is_captured_once_chosen_and_the_default_when_it_is_gone";
    with_pulse(test, |client| {
        client.load_module(&["module-null-sink", "sink_name=headset", "rate=48000"]).unwrap();
        let source = ["module-remap-source", "master=headset.monitor", "source_name=mouthpiece"];
        client.load_module(&source).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("headset.wav");
        Pcm::tone(900.0, 120.0, 0.5, 48_000).write_wav(&path, 2).unwrap();
        let _default = play(client, 700.0, 120.0);
        let _chosen = client.play_to("headset", &path).unwrap();

        let capture = microphone().unwrap();
        let (told, used) = mpsc::channel();
        capture._capture.on_device(Box::new(move |device| _ = told.send(device)));
        wait_for_use(&used, None, false);
        capture.wait_for_tone(700.0);
        let timestamps = |capture: &Capture| capture.packets.try_iter().last().map(|last| last.timestamp);
        let before = timestamps(&capture);
        capture._capture.choose(Some("pulseaudio:mouthpiece".into()));
        wait_for_use(&used, Some("mouthpiece"), false);
        capture.wait_for_tone(900.0);
        assert!(timestamps(&capture) >= before, "one clock for all devices");
        // Gone: the default takes its place, and it is used again when it is back.
        client.unplug("mouthpiece").unwrap();
        wait_for_use(&used, Some("mouthpiece"), true);
        capture.wait_for_tone(700.0);
        client.load_module(&source).unwrap();
        wait_for_use(&used, Some("mouthpiece"), false);
        capture.wait_for_tone(900.0);
        assert_eq!(capture.errors.try_iter().count(), 0, "nothing was lost");
    });
}

#[test]
fn another_speaker_plays_at_once_and_the_default_when_it_is_gone() {
    let test = "another_speaker_plays_at_once_and_the_default_when_it_is_gone";
    with_pulse(test, |client| {
        client.load_module(&["module-null-sink", "sink_name=headphones", "rate=48000"]).unwrap();
        let (told, news) = mpsc::channel();
        let spec = AudioSinkSpec::Speaker { device: None };
        let playout = Playout::start(spec, Box::new(move |works| _ = told.send(works))).unwrap();
        let (told, used) = mpsc::channel();
        playout.on_device(Box::new(move |device| _ = told.send(device)));
        wait_for_use(&used, None, false);
        let remote = Arc::new(playout.add());
        let _speaking = speak(440.0, Arc::clone(&remote));
        let is_heard = |pcm: &Pcm| pcm.level_of(440.0) > -17.0;
        let first = client.record().unwrap();
        let second = client.record_from("headphones.monitor").unwrap();
        first.wait_for(0.5, is_heard).unwrap();

        let chosen = Instant::now();
        playout.choose(Some("pulseaudio:headphones".into())).unwrap();
        wait_for_use(&used, Some("headphones"), false);
        second.wait_for(0.3, is_heard).unwrap();
        println!(
            "heard at the other speaker {:?} after it was chosen",
            second.first_louder(0.1, chosen).map(|at| at - chosen)
        );
        first.wait_for(0.3, |pcm| pcm.dbfs() < -60.0).unwrap();
        client.unplug("headphones").unwrap();
        wait_for_use(&used, Some("headphones"), true);
        first.wait_for(0.5, is_heard).unwrap();
        assert_eq!(news.try_iter().collect::<Vec<_>>(), [Ok(())], "nothing was lost");
    });
}

#[test]
fn a_playout_without_a_speaker_plays_once_one_is_chosen() {
    with_pulse("a_playout_without_a_speaker_plays_once_one_is_chosen", |client| {
        let spec = AudioSinkSpec::Speaker { device: None };
        let playout = Playout::start_silent(spec, Box::new(Result::unwrap)).unwrap();
        let speaker = client.record().unwrap();
        playout.choose(Some(format!("pulseaudio:{SPEAKER}"))).unwrap();
        playout.play(Pcm::tone(440.0, 60.0, 0.25, 48_000).samples);
        speaker.wait_for(0.3, |pcm| pcm.level_of(440.0) > -17.0).unwrap();
    });
}

#[test]
fn a_sound_server_that_ends_is_survived() {
    with_pulse("a_sound_server_that_ends_is_survived", |client| {
        let capture = microphone().unwrap();
        let (told, news) = mpsc::channel();
        let spec = AudioSinkSpec::Speaker { device: None };
        let playout = Playout::start(spec, Box::new(move |works| _ = told.send(works))).unwrap();
        capture.packets.recv_timeout(PATIENCE).unwrap();
        client.pactl(&["exit"]).unwrap();
        assert_eq!(capture.errors.recv_timeout(PATIENCE).unwrap(), AudioError::MicrophoneLost);
        assert_eq!(news.recv_timeout(PATIENCE).unwrap(), Ok(()));
        assert_eq!(news.recv_timeout(PATIENCE).unwrap(), Err(AudioError::SpeakerLost));
        let remote = Arc::new(playout.add());
        let _speaking = speak(440.0, Arc::clone(&remote));
        let deadline = Instant::now() + PATIENCE;
        while (remote.stats().hz - 440.0).abs() > 5.0 {
            assert!(Instant::now() < deadline, "the mix stopped: {:?}", remote.stats());
        }
        let begin = Instant::now();
        drop((capture, playout));
        println!("ended in {:?} without a server", begin.elapsed());
        assert!(begin.elapsed() < PATIENCE);
    });
}

#[test]
fn without_a_sound_server_there_is_no_microphone_and_no_speaker() {
    let test = "without_a_sound_server_there_is_no_microphone_and_no_speaker";
    if std::env::var_os(NO_SERVER).is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display().to_string();
        let nothing = format!("unix:{path}/native");
        return again(
            test,
            &[
                ("PULSE_SERVER", nothing),
                ("PULSE_RUNTIME_PATH", path.clone()),
                ("XDG_RUNTIME_DIR", path),
                // Without a configuration ALSA knows no sound card either, where there is one.
                ("ALSA_CONFIG_PATH", "/dev/null".into()),
                (NO_SERVER, "1".into()),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
    }
    let begin = Instant::now();
    assert_eq!(microphone().err(), Some(AudioError::NoMicrophone));
    let spec = AudioSinkSpec::Speaker { device: None };
    assert_eq!(Playout::start(spec, Box::new(|_| ())).err(), Some(AudioError::NoSpeaker));
    println!("both refused within {:?}", begin.elapsed());
    assert!(begin.elapsed() < PATIENCE);
}

#[test]
fn from_the_microphone_to_the_speaker_takes_a_fraction_of_a_second() {
    with_pulse("from_the_microphone_to_the_speaker_takes_a_fraction_of_a_second", |client| {
        let playout =
            Playout::start(AudioSinkSpec::Speaker { device: None }, Box::new(Result::unwrap)).unwrap();
        let remote = Arc::new(playout.add());
        let gate = MicrophoneGate::new();
        gate.set_open(true);
        let (theirs, mut sequence) = (Arc::clone(&remote), 0u16);
        let (encoded, encoded_at) = mpsc::channel();
        let (mut decoder, mut decoded) = (OpusDecoder::new().unwrap(), Vec::new());
        let sink = Box::new(move |packet: EncodedAudio| {
            theirs.push(sequence, packet.timestamp, &packet.data);
            sequence = sequence.wrapping_add(1);
            decoded.clear();
            if decoder.decode(&packet.data, &mut decoded) && decoded.iter().any(|s| s.abs() > 0.05) {
                _ = encoded.send(Instant::now());
            }
        });
        let spec = AudioSourceSpec::Microphone { device: None };
        let _capture = AudioCapture::start(spec, gate, sink, Box::new(|_| ())).unwrap();
        // Everything settles in silence first, so that only the tone's beginning is looked for.
        let (said, heard) = (client.record_from("micbus.monitor").unwrap(), client.record().unwrap());
        said.wait_for(2.0, |_| true).unwrap();
        heard.wait_for(2.0, |_| true).unwrap();
        let begin = Instant::now();
        let (_playing, _folder) = play(client, 900.0, 20.0);
        heard.wait_for(0.3, |pcm| pcm.level_of(900.0) > -30.0).unwrap();
        let said = said.first_louder(0.05, begin).unwrap();
        let encoded = encoded_at.recv_timeout(PATIENCE).unwrap();
        let heard = heard.first_louder(0.05, begin).unwrap();
        let (capture, playout) =
            (encoded.saturating_duration_since(said), heard.saturating_duration_since(encoded));
        println!("said to encoded {capture:?}, encoded to heard {playout:?}; {:?}", remote.stats());
        assert!(capture + playout < Duration::from_secs(2));
    });
}
