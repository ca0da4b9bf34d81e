//! The command line: its options and what they mean.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand};
use holdfast_media::audio::{AudioSinkSpec, AudioSourceSpec};
use holdfast_media::video::{VideoSettings, VideoSourceSpec};
use holdfast_peer::IceServer;
use holdfast_protocol::ParticipantId;

/// A participant without a window: hosts or joins a meeting, sends the pictures and the sound it is told to send, and
/// reports what it saw and heard of the others.
#[derive(Debug, Parser)]
#[command(name = "holdfast-bot", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) action: Action,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Start a signaling server and a meeting on it, print its link, and stay.
    Host {
        /// Where the server listens.
        #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
        listen: SocketAddr,
        #[command(flatten)]
        common: Common,
    },
    /// Join the meeting of a link.
    Join {
        /// holdfast://join/…
        // Parsed later: clap would print a bad link on standard error, with its secret.
        link: String,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Common {
    /// The name that the others see.
    #[arg(long, default_value = "Bot")]
    pub(crate) name: String,
    /// Come back as the participant with this id, who was in the meeting before: 16 hexadecimal digits. Without it, come
    /// as a new participant.
    #[arg(long, value_name = "ID")]
    pub(crate) participant: Option<ParticipantId>,
    /// `pattern`, `pattern:HUE` (0 to 359), `none`, or a Y4M file, played in a loop.
    #[arg(long, default_value = "pattern")]
    pub(crate) video: Video,
    /// `none`, `tone:HZ`, or a WAV file, played in a loop.
    #[arg(long, default_value = "none")]
    pub(crate) audio: Audio,
    /// Where to play the sound of the others: `none`, `speaker`, or a WAV file to write.
    #[arg(long, default_value = "none")]
    pub(crate) sink: Sink,
    /// Largest picture sent.
    #[arg(long, default_value = "1280x720", value_name = "WxH")]
    pub(crate) size: Size,
    /// Pictures per second.
    #[arg(long, default_value_t = 30)]
    pub(crate) fps: u32,
    /// Video bit rate in kbit/s; otherwise chosen by size.
    #[arg(long)]
    pub(crate) bitrate: Option<u32>,
    /// Local address for media; give the address of your network to meet people on other machines. Can be given more
    /// than once; 0.0.0.0 means every interface except loopback, also those that appear later.
    #[arg(long, value_name = "ADDR", default_values_t = [IpAddr::V4(Ipv4Addr::LOCALHOST)])]
    pub(crate) bind: Vec<IpAddr>,
    /// A STUN or TURN server; only those given are asked. Can be given more than once.
    #[arg(long = "ice-server", value_name = "URL[,USER,PASSWORD]")]
    pub(crate) ice_servers: Vec<IceServerArgument>,
    /// Leave after this many seconds in the meeting; otherwise on ctrl-c or SIGTERM.
    #[arg(long = "for", value_name = "SECONDS")]
    pub(crate) duration: Option<f64>,
    /// Write what was seen and heard to this file (docs/bot-report.md).
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Write into the report when each picture and each sound of the others arrived (docs/bot-report.md).
    #[arg(long, requires = "report")]
    pub(crate) arrivals: bool,
    /// Record every other participant into this folder: sound as WAV, pictures as IVF.
    #[arg(long, value_name = "DIR")]
    pub(crate) record: Option<PathBuf>,
    /// Receive pictures without decoding them, to put little load on the machine.
    #[arg(long)]
    pub(crate) no_decode: bool,
    /// Print what happens as one JSON object per line (docs/bot-report.md).
    #[arg(long)]
    pub(crate) events: bool,
    /// Follow commands on standard input, one per line: `microphone on|off`, `camera on|off`, `hand on|off`,
    /// `say TEXT` (write to everyone), `tell ID TEXT` (to one participant), `leave`.
    #[arg(long)]
    pub(crate) commands: bool,
}

/// Where pictures come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Video {
    Pattern(Option<u16>),
    File(PathBuf),
    None,
}

impl FromStr for Video {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("pattern", hue)) => match hue.parse() {
                Ok(hue @ 0..360) => Ok(Self::Pattern(Some(hue))),
                _ => Err("the hue of a pattern is 0 to 359".into()),
            },
            _ if text == "pattern" => Ok(Self::Pattern(None)),
            _ if text == "none" => Ok(Self::None),
            _ => existing_file(text, "y4m", "pattern, none or a .y4m file").map(Self::File),
        }
    }
}

/// Where sound comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Audio {
    Tone(f32),
    File(PathBuf),
    None,
}

impl FromStr for Audio {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("tone", hz)) => match hz.parse() {
                Ok(hz) if (20.0..=20_000.0).contains(&hz) => Ok(Self::Tone(hz)),
                _ => Err("a tone has 20 to 20000 hertz".into()),
            },
            _ if text == "none" => Ok(Self::None),
            _ => existing_file(text, "wav", "none, tone:HZ or a .wav file").map(Self::File),
        }
    }
}

/// Where sound goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sink {
    None,
    Speaker,
    File(PathBuf),
}

impl FromStr for Sink {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::None),
            "speaker" => Ok(Self::Speaker),
            _ if has_extension(text, "wav") => Ok(Self::File(text.into())),
            _ => Err("expected none, speaker or a .wav file".into()),
        }
    }
}

/// A STUN or TURN server.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct IceServerArgument(IceServer);

/// Shows no address and no credentials.
impl std::fmt::Debug for IceServerArgument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for IceServerArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A password may contain commas; the URL and the user name of such a server do not.
        let mut parts = text.splitn(3, ',');
        let (url, user, password) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        let server = |username: &str, credential: &str| IceServer {
            urls: vec![url.to_owned()],
            username: username.to_owned(),
            credential: credential.to_owned(),
        };
        match (url.split_once(':'), user, password) {
            (Some(("stun" | "stuns", _)), None, None) => Ok(Self(server("", ""))),
            (Some(("turn" | "turns", _)), Some(user), Some(password)) => Ok(Self(server(user, password))),
            _ => Err("expected stun:HOST or turn:HOST,USER,PASSWORD".into()),
        }
    }
}

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u32, pub(crate) u32);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sides = text.split_once('x').and_then(|(w, h)| Some(Self(w.parse().ok()?, h.parse().ok()?)));
        match sides {
            Some(size @ Self(16..=4096, 16..=4096)) => Ok(size),
            _ => Err("expected WIDTHxHEIGHT, each 16 to 4096".into()),
        }
    }
}

fn has_extension(text: &str, extension: &str) -> bool {
    PathBuf::from(text).extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// A file of the expected kind that exists. It is better to find a missing file before the bot joins.
fn existing_file(text: &str, extension: &str, expected: &str) -> Result<PathBuf, String> {
    if !has_extension(text, extension) {
        return Err(format!("expected {expected}"));
    }
    let path = PathBuf::from(text);
    if path.is_file() { Ok(path) } else { Err("there is no such file".into()) }
}

impl Common {
    /// Where pictures come from. A pattern without a hue gets one from the name, so that participants differ.
    pub(crate) fn video_source(&self) -> VideoSourceSpec {
        match &self.video {
            Video::Pattern(hue) => {
                VideoSourceSpec::Pattern { hue: hue.unwrap_or_else(|| hue_of(&self.name)) }
            }
            Video::File(path) => VideoSourceSpec::File(path.clone()),
            Video::None => VideoSourceSpec::None,
        }
    }

    pub(crate) fn audio_source(&self) -> AudioSourceSpec {
        match &self.audio {
            Audio::Tone(hz) => AudioSourceSpec::Tone { hz: *hz },
            Audio::File(path) => AudioSourceSpec::File(path.clone()),
            Audio::None => AudioSourceSpec::None,
        }
    }

    pub(crate) fn audio_sink(&self) -> AudioSinkSpec {
        match &self.sink {
            Sink::None => AudioSinkSpec::None,
            Sink::Speaker => AudioSinkSpec::Speaker { device: None },
            Sink::File(path) => AudioSinkSpec::File(path.clone()),
        }
    }

    /// Media addresses; an empty list means every interface.
    pub(crate) fn bind_addresses(&self) -> Vec<IpAddr> {
        if self.bind.iter().any(IpAddr::is_unspecified) { Vec::new() } else { self.bind.clone() }
    }

    pub(crate) fn ice_servers(&self) -> Vec<IceServer> {
        self.ice_servers.iter().map(|IceServerArgument(server)| server.clone()).collect()
    }

    pub(crate) fn video_settings(&self) -> VideoSettings {
        let Size(width, height) = self.size;
        let usual = VideoSettings::sized(width, height, self.fps);
        VideoSettings { bitrate_kbps: self.bitrate.unwrap_or(usual.bitrate_kbps), ..usual }
    }
}

fn hue_of(name: &str) -> u16 {
    let sum = name.bytes().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    u16::try_from(sum % 360).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_participant_can_come_back_under_an_earlier_id() {
        let parse = |id: &str| Arguments::try_parse_from(["bot", "join", "link", "--participant", id]);
        assert!(parse("00000000000000b0").is_ok());
        assert!(parse("Bo").is_err());
    }

    #[test]
    fn sources_are_understood_and_nonsense_is_refused() {
        assert_eq!("pattern".parse(), Ok(Video::Pattern(None)));
        assert_eq!("pattern:359".parse(), Ok(Video::Pattern(Some(359))));
        assert_eq!("tone:440".parse(), Ok(Audio::Tone(440.0)));
        assert_eq!("640x360".parse(), Ok(Size(640, 360)));
        for bad in ["", "pattern:360", "pattern:-1", "camera", "/nowhere/film.y4m", "song.wav"] {
            assert!(bad.parse::<Video>().is_err(), "{bad}");
        }
        for bad in ["", "tone", "tone:", "tone:nan", "tone:5", "/nowhere/song.wav", "film.y4m"] {
            assert!(bad.parse::<Audio>().is_err(), "{bad}");
        }
        for bad in ["", "640", "640x", "0x0", "640x99999", "axb"] {
            assert!(bad.parse::<Size>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_server_is_a_url_with_the_credentials_its_kind_needs() {
        let turn: IceServerArgument = "turn:10.0.0.1:3478?transport=tcp,me,a,b".parse().unwrap();
        assert_eq!(turn.0.urls, ["turn:10.0.0.1:3478?transport=tcp"]);
        assert_eq!((turn.0.username.as_str(), turn.0.credential.as_str()), ("me", "a,b"));
        assert!("stun:10.0.0.1".parse::<IceServerArgument>().is_ok());
        for bad in ["", "10.0.0.1", "turn:10.0.0.1", "turn:10.0.0.1,me", "stun:10.0.0.1,me,secret"] {
            assert!(bad.parse::<IceServerArgument>().is_err(), "{bad}");
        }
    }
}
