//! A PulseAudio server that belongs to one test: a speaker and a microphone without hardware.
//!
//! ```text
//! the program plays ─▶ spk ─▶ spk.monitor ─▶ record()
//! play() ─▶ micbus ─▶ micbus.monitor ─▶ mic ─▶ the program captures
//! ```
//!
//! Needs the packages `pulseaudio` and `pulseaudio-utils`; runs as root too, without D-Bus and without hardware.

use crate::tone::Pcm;
use std::{
    io::{self, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// The sink programs play to: the default one.
pub const SPEAKER: &str = "spk";
/// The microphone hears what is played to this sink.
pub const MICROPHONE_BUS: &str = "micbus";
/// The source programs capture from: the default one.
pub const MICROPHONE: &str = "mic";

/// How long the server may take until its first answer.
const START_PATIENCE: Duration = Duration::from_secs(20);
/// How long an expected sound may take to come.
const SOUND_PATIENCE: Duration = Duration::from_secs(30);
/// If its test is killed, the server ends by itself after this many seconds without clients.
const IDLE_SECONDS: u32 = 600;
/// Rate of recordings.
const RATE: u32 = 48_000;

/// A running server; dropping it ends it.
#[derive(Debug)]
pub struct Pulse {
    server: Child,
    client: PulseClient,
    _folder: tempfile::TempDir,
}

/// A client of a running server.
#[derive(Debug, Clone)]
pub struct PulseClient {
    folder: PathBuf,
}

impl Pulse {
    /// Starts a server in a folder of its own, with the sinks [`SPEAKER`] and [`MICROPHONE_BUS`] and the source
    /// [`MICROPHONE`].
    ///
    /// # Errors
    /// When PulseAudio is not installed or does not answer.
    pub fn start() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("pulse").tempdir()?;
        let client = PulseClient { folder: folder.path().to_owned() };
        let socket = client.socket();
        let mut command = Command::new("pulseaudio");
        command.args(["-n", "--daemonize=no", "--use-pid-file=no", "--disable-shm=yes"]);
        command.arg(format!("--exit-idle-time={IDLE_SECONDS}"));
        for module in [
            format!("module-native-protocol-unix auth-anonymous=1 socket={}", socket.display()),
            format!("module-null-sink sink_name={SPEAKER} rate={RATE}"),
            format!("module-null-sink sink_name={MICROPHONE_BUS} rate={RATE}"),
            format!("module-remap-source master={MICROPHONE_BUS}.monitor source_name={MICROPHONE}"),
        ] {
            command.arg("-L").arg(module);
        }
        command.envs(client.env()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = command.spawn().map_err(|error| {
            let text = format!("pulseaudio does not start: {error}; `cargo xtask setup` installs it");
            io::Error::new(error.kind(), text)
        })?;
        let mut pulse = Self { server, client, _folder: folder };
        let deadline = Instant::now() + START_PATIENCE;
        while let Err(error) = pulse.client.pactl(&["info"]) {
            let ended = pulse.server.try_wait()?.is_some();
            if ended || Instant::now() > deadline {
                return Err(io::Error::other(format!("the sound server did not start: {error}")));
            }
            // The server cannot report that it is ready, so we ask until it answers.
            thread::sleep(Duration::from_millis(20));
        }
        pulse.client.pactl(&["set-default-sink", SPEAKER])?;
        pulse.client.pactl(&["set-default-source", MICROPHONE])?;
        Ok(pulse)
    }

    /// The variables that make a child process use only this server.
    #[must_use]
    pub fn env(&self) -> Vec<(String, String)> {
        self.client.env()
    }

    /// A client of this server, usable as long as the server runs.
    #[must_use]
    pub fn client(&self) -> &PulseClient {
        &self.client
    }

    /// Ends the server at once, as a crash would.
    ///
    /// # Errors
    /// When it cannot be ended.
    pub fn kill(&mut self) -> io::Result<()> {
        self.server.kill()?;
        self.server.wait().map(drop)
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        _ = self.kill();
    }
}

impl PulseClient {
    /// The server from the variables in this process's environment ([`Pulse::env`]); `None` if there are none.
    #[must_use]
    pub fn from_env() -> Option<Self> {
        let folder = PathBuf::from(std::env::var_os("PULSE_RUNTIME_PATH")?);
        let client = Self { folder };
        (std::env::var_os("PULSE_SERVER")? == client.address().as_str()).then_some(client)
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("native")
    }

    fn address(&self) -> String {
        format!("unix:{}", self.socket().display())
    }

    fn env(&self) -> Vec<(String, String)> {
        let folder = self.folder.display().to_string();
        [
            ("PULSE_SERVER", self.address()),
            ("PULSE_RUNTIME_PATH", folder.clone()),
            ("PULSE_STATE_PATH", folder.clone()),
            ("PULSE_COOKIE", format!("{folder}/cookie")),
            ("XDG_RUNTIME_DIR", folder),
            // Without this, libpulse tries to start a session bus.
            ("DBUS_SESSION_BUS_ADDRESS", "disabled:".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.envs(self.env()).stdin(Stdio::null());
        command
    }

    /// Runs `pactl` and returns what it printed.
    ///
    /// # Errors
    /// When it fails; the message says what it printed.
    pub fn pactl(&self, arguments: &[&str]) -> io::Result<String> {
        let output = self.command("pactl").args(arguments).output()?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let told = String::from_utf8_lossy(&output.stderr);
        Err(io::Error::other(format!("pactl {}: {}", arguments.join(" "), told.trim())))
    }

    /// Loads a module ("plugs in" a device) and returns its number.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn load_module(&self, description: &[&str]) -> io::Result<u32> {
        let arguments = [&["load-module"], description].concat();
        self.pactl(&arguments)?.trim().parse().map_err(io::Error::other)
    }

    /// Unloads the module that made a sink or a source of this name: "unplugs" it.
    ///
    /// # Errors
    /// When there is none.
    pub fn unplug(&self, name: &str) -> io::Result<()> {
        let modules = self.pactl(&["list", "short", "modules"])?;
        let made_it = [format!("sink_name={name}"), format!("source_name={name}")];
        let number = modules
            .lines()
            .find(|line| line.split_whitespace().any(|word| made_it.iter().any(|made| made == word)))
            .and_then(|line| line.split_whitespace().next())
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("no device {name}")))?;
        self.pactl(&["unload-module", number]).map(drop)
    }

    /// Plugs the speaker in again after [`Self::unplug`].
    ///
    /// # Errors
    /// When the server refuses.
    pub fn plug_speaker(&self) -> io::Result<()> {
        self.load_module(&["module-null-sink", &format!("sink_name={SPEAKER}"), &format!("rate={RATE}")])?;
        self.pactl(&["set-default-sink", SPEAKER]).map(drop)
    }

    /// Plugs the microphone in again after [`Self::unplug`].
    ///
    /// # Errors
    /// When the server refuses.
    pub fn plug_microphone(&self) -> io::Result<()> {
        let master = format!("master={MICROPHONE_BUS}.monitor");
        self.load_module(&["module-remap-source", &master, &format!("source_name={MICROPHONE}")])?;
        self.pactl(&["set-default-source", MICROPHONE]).map(drop)
    }

    /// Plays a sound file into the microphone, once, until it ends or the returned value is dropped.
    ///
    /// # Errors
    /// When `paplay` cannot be started.
    pub fn play(&self, path: &Path) -> io::Result<Playing> {
        self.play_to(MICROPHONE_BUS, path)
    }

    /// The same to any sink.
    ///
    /// # Errors
    /// When `paplay` cannot be started.
    pub fn play_to(&self, sink: &str, path: &Path) -> io::Result<Playing> {
        let device = format!("--device={sink}");
        let child = self.command("paplay").args([&device, "--latency-msec=50"]).arg(path).spawn()?;
        Ok(Playing { child })
    }

    /// Records what the speaker plays from now on.
    ///
    /// # Errors
    /// When `parec` cannot be started.
    pub fn record(&self) -> io::Result<Recording> {
        self.record_from(&format!("{SPEAKER}.monitor"))
    }

    /// The same from any source.
    ///
    /// # Errors
    /// When `parec` cannot be started.
    pub fn record_from(&self, source: &str) -> io::Result<Recording> {
        let device = format!("--device={source}");
        let rate = format!("--rate={RATE}");
        let mut child = self
            .command("parec")
            .args([&device, &rate, "--format=float32le", "--channels=1", "--raw", "--latency-msec=10"])
            .stdout(Stdio::piped())
            .spawn()?;
        let heard = Arc::new(Heard::default());
        let theirs = Arc::clone(&heard);
        let mut stdout = child.stdout.take().ok_or_else(|| io::Error::other("no pipe"))?;
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            let mut rest = Vec::new();
            while let Ok(count @ 1..) = stdout.read(&mut bytes) {
                rest.extend_from_slice(&bytes[..count]);
                let whole = rest.len() / 4 * 4;
                let samples = rest.drain(..whole).collect::<Vec<u8>>();
                let samples = samples.chunks_exact(4).map(|s| f32::from_le_bytes([s[0], s[1], s[2], s[3]]));
                let mut heard = theirs.samples.lock().unwrap_or_else(PoisonError::into_inner);
                heard.extend(samples);
                let so_far = heard.len();
                drop(heard);
                theirs.arrivals.lock().unwrap_or_else(PoisonError::into_inner).push((so_far, Instant::now()));
                theirs.grown.notify_all();
            }
        });
        Ok(Recording { child, heard, reader: Some(reader) })
    }
}

/// A sound on its way into the microphone.
#[derive(Debug)]
pub struct Playing {
    child: Child,
}

impl Playing {
    /// Waits for the end of the file.
    ///
    /// # Errors
    /// When it could not be played.
    pub fn wait(mut self) -> io::Result<()> {
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { Err(io::Error::other(format!("paplay: {status}"))) }
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

#[derive(Debug, Default)]
struct Heard {
    samples: Mutex<Vec<f32>>,
    /// How many samples had come, and when.
    arrivals: Mutex<Vec<(usize, Instant)>>,
    grown: Condvar,
}

/// A recording in progress.
#[derive(Debug)]
pub struct Recording {
    child: Child,
    heard: Arc<Heard>,
    reader: Option<JoinHandle<()>>,
}

impl Recording {
    /// What was heard so far.
    #[must_use]
    pub fn so_far(&self) -> Pcm {
        let samples = self.heard.samples.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Pcm { rate: RATE, samples }
    }

    /// When a sample louder than `threshold` (full scale is 1) first came at or after `since`; exact to about 20 ms,
    /// the recorder's own delay.
    #[must_use]
    pub fn first_louder(&self, threshold: f32, since: Instant) -> Option<Instant> {
        let samples = self.heard.samples.lock().unwrap_or_else(PoisonError::into_inner);
        let arrivals = self.heard.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        let mut from = 0;
        for &(until, at) in arrivals.iter() {
            if at >= since && samples[from..until].iter().any(|sample| sample.abs() > threshold) {
                return Some(at);
            }
            from = until;
        }
        None
    }

    /// Waits until `wanted` accepts the last `seconds` of what was heard, and returns them.
    ///
    /// # Errors
    /// When that takes longer than half a minute; the message says what was heard instead.
    pub fn wait_for(&self, seconds: f64, wanted: impl Fn(&Pcm) -> bool) -> io::Result<Pcm> {
        let window = (seconds * f64::from(RATE)) as usize;
        let deadline = Instant::now() + SOUND_PATIENCE;
        let mut looked_at = 0;
        let mut samples = self.heard.samples.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            // A new check is worth it once a tenth of a second is new.
            if samples.len() >= window && samples.len() >= looked_at + RATE as usize / 10 {
                looked_at = samples.len();
                let last = Pcm { rate: RATE, samples: samples[samples.len() - window..].to_vec() };
                drop(samples);
                if wanted(&last) {
                    return Ok(last);
                }
                if Instant::now() > deadline {
                    let (dbfs, hz) = (last.dbfs(), last.dominant_hz());
                    return Err(io::Error::other(format!("heard {dbfs:.1} dBFS, {hz:.1} Hz instead")));
                }
                samples = self.heard.samples.lock().unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::Error::other(format!("heard only {} samples", samples.len())));
            }
            samples = self.heard.grown.wait_timeout(samples, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Ends the recording and returns all of it.
    #[must_use]
    pub fn stop(mut self) -> Pcm {
        self.end();
        self.so_far()
    }

    /// The same, written to a WAV file too.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn stop_to(self, path: &Path) -> io::Result<Pcm> {
        let pcm = self.stop();
        pcm.write_wav(path, 1)?;
        Ok(pcm)
    }

    fn end(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            _ = reader.join();
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.end();
    }
}
