//! The command line: where to start, and with which sources. Everything has a default for daily use. Tests and demos
//! start straight into a meeting with synthetic sources.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Parser, ValueEnum};
use holdfast_media::audio::{AudioSinkSpec, AudioSourceSpec};
use holdfast_media::video::{VideoSettings, VideoSourceSpec};

/// Holdfast: meetings whose calls hold fast.
#[derive(Clone, Debug, Parser)]
#[command(name = "holdfast", version)]
pub struct Arguments {
    /// Show the lobby of this invite link; with a name, join the meeting at once.
    #[arg(value_name = "LINK", conflicts_with = "host")]
    pub link: Option<String>,

    /// Host a meeting at once.
    #[arg(long)]
    pub host: bool,

    /// Your name, for a meeting entered from the command line; otherwise the one used last.
    #[arg(long)]
    pub name: Option<String>,

    /// Where the embedded signaling server listens when you host.
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:0")]
    pub listen: SocketAddr,

    /// Local address for media; may be given several times. Otherwise those this machine has at each moment.
    #[arg(long, value_name = "ADDRESS")]
    pub bind: Vec<IpAddr>,

    /// Where pictures come from: camera, pattern, pattern:HUE (0-359), none, or a Y4M file.
    #[arg(long, value_name = "SOURCE", default_value = "camera")]
    pub video: VideoArgument,

    /// Where sound comes from: microphone, tone:HZ, none, or a WAV file.
    #[arg(long, value_name = "SOURCE", default_value = "microphone")]
    pub audio: AudioArgument,

    /// Where sound goes to: speaker, none, or a WAV file to write.
    #[arg(long, value_name = "SINK", default_value = "speaker")]
    pub sink: SinkArgument,

    /// Size of your pictures in pixels; otherwise the one chosen in the settings.
    #[arg(long, value_name = "WIDTHxHEIGHT")]
    pub size: Option<Size>,

    /// Your pictures per second.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub fps: u32,

    /// Enter the meeting of the command line with the microphone open or muted; otherwise as chosen in the settings.
    #[arg(long, value_enum)]
    pub microphone: Option<Switch>,

    /// Enter the meeting of the command line with the camera on or off; otherwise as chosen in the settings.
    #[arg(long, value_enum)]
    pub camera: Option<Switch>,

    /// Start without a window where there is a tray to open it from, as when the system starts.
    #[arg(long)]
    pub hidden: bool,

    /// Folder for preferences and logs, instead of the system's usual one.
    #[arg(long, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,

    /// Print the invite link to standard output once in a meeting.
    #[arg(long)]
    pub print_link: bool,
}

impl Arguments {
    /// The meeting to enter at once, if any.
    pub(crate) fn entry(&self) -> Option<Entry> {
        match &self.link {
            Some(link) => Some(Entry::Join(link.clone())),
            None => self.host.then_some(Entry::Host),
        }
    }

    /// How pictures are sent, of this size unless another was asked for.
    pub(crate) fn video_settings(&self, (width, height): (u32, u32)) -> VideoSettings {
        let Size { width, height } = self.size.unwrap_or(Size { width, height });
        VideoSettings::sized(width, height, self.fps)
    }
}

/// How a meeting is entered from the command line.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Host a new one.
    Host,
    /// Join the meeting of the link. The link is not checked yet: the window reports a wrong one.
    Join(String),
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

impl From<Switch> for bool {
    fn from(switch: Switch) -> Self {
        switch == Switch::On
    }
}

/// Why an argument was not understood; clap shows the sentence beside the argument.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentError {
    /// Not two numbers with an x between.
    #[error("a size is WIDTHxHEIGHT, for example 1280x720")]
    Size,
    /// Outside of what the encoder takes.
    #[error("width and height are even numbers from 16 to 3840")]
    SizeRange,
    /// Not a frequency in hertz that a person can hear.
    #[error("a tone is tone:HZ, from 20 to 20000")]
    Tone,
    /// Not a number of degrees.
    #[error("a pattern is pattern or pattern:HUE, from 0 to 359")]
    Hue,
}

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

impl FromStr for Size {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        let (width, height) = text.split_once('x').ok_or(ArgumentError::Size)?;
        let side = |text: &str| text.parse::<u32>().map_err(|_| ArgumentError::Size);
        let size = Self { width: side(width)?, height: side(height)? };
        // Chroma has half the width and height, so both must be even.
        let fits = |side: u32| (16..=3840).contains(&side) && side.is_multiple_of(2);
        if fits(size.width) && fits(size.height) { Ok(size) } else { Err(ArgumentError::SizeRange) }
    }
}

/// `--video`.
#[derive(Clone, Debug)]
pub struct VideoArgument(pub VideoSourceSpec);

impl FromStr for VideoArgument {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        let spec = match text {
            "camera" => VideoSourceSpec::Camera { id: None },
            "none" => VideoSourceSpec::None,
            // Each start has another colour, so that a person can tell two windows on one screen apart.
            "pattern" => VideoSourceSpec::Pattern { hue: rand::random_range(0..360) },
            _ => match text.strip_prefix("pattern:") {
                Some(hue) => {
                    let hue = hue.parse().ok().filter(|hue| *hue < 360).ok_or(ArgumentError::Hue)?;
                    VideoSourceSpec::Pattern { hue }
                }
                None => VideoSourceSpec::File(text.into()),
            },
        };
        Ok(Self(spec))
    }
}

/// `--audio`.
#[derive(Clone, Debug)]
pub struct AudioArgument(pub AudioSourceSpec);

impl FromStr for AudioArgument {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        let spec = match text {
            "microphone" => AudioSourceSpec::Microphone { device: None },
            "none" => AudioSourceSpec::None,
            _ => match text.strip_prefix("tone:") {
                Some(hz) => {
                    let hz = hz.parse().ok().filter(|hz| (20.0..=20_000.0).contains(hz));
                    AudioSourceSpec::Tone { hz: hz.ok_or(ArgumentError::Tone)? }
                }
                None => AudioSourceSpec::File(text.into()),
            },
        };
        Ok(Self(spec))
    }
}

/// `--sink`.
#[derive(Clone, Debug)]
pub struct SinkArgument(pub AudioSinkSpec);

impl FromStr for SinkArgument {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(match text {
            "speaker" => AudioSinkSpec::Speaker { device: None },
            "none" => AudioSinkSpec::None,
            file => AudioSinkSpec::File(file.into()),
        }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(std::iter::once("holdfast").chain(line.split_whitespace()))
    }

    #[test]
    fn without_arguments_the_app_uses_real_devices_and_enters_no_meeting() {
        let arguments = parse("").unwrap();
        assert!(arguments.entry().is_none());
        assert!(matches!(arguments.video.0, VideoSourceSpec::Camera { id: None }));
        assert!(matches!(arguments.audio.0, AudioSourceSpec::Microphone { device: None }));
        assert!(matches!(arguments.sink.0, AudioSinkSpec::Speaker { device: None }));
        assert_eq!(arguments.listen.to_string(), "0.0.0.0:0");
        let settings = arguments.video_settings((960, 540));
        assert_eq!((settings.width, settings.height, settings.fps), (960, 540, 30));
        assert!(arguments.microphone.is_none() && arguments.camera.is_none());
    }

    #[test]
    fn a_synthetic_participant_is_one_line() {
        let line = "--host --listen 127.0.0.1:0 --bind 127.0.0.1 --bind ::1 --video pattern:120 --audio tone:440 \
                    --sink out.wav --size 320x180 --fps 15 --camera off --print-link";
        let arguments = parse(line).unwrap();
        assert!(arguments.entry() == Some(Entry::Host));
        assert_eq!(arguments.bind.len(), 2);
        assert!(matches!(arguments.video.0, VideoSourceSpec::Pattern { hue: 120 }));
        assert!(
            matches!(arguments.audio.0, AudioSourceSpec::Tone { hz } if (hz - 440.0).abs() < f32::EPSILON)
        );
        assert!(matches!(arguments.sink.0, AudioSinkSpec::File(_)));
        assert_eq!((arguments.microphone, arguments.camera), (None, Some(Switch::Off)));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in [
            "--size 1280",
            "--size 0x0",
            "--size 321x180",
            "--size 9000x9000",
            "--fps 0",
            "--fps 1000",
            "--audio tone:x",
            "--audio tone:NaN",
            "--video pattern:360",
            "--listen nowhere",
            "--host holdfast://join/x",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_link_is_taken_as_it_is_so_that_the_window_can_say_what_is_wrong_with_it() {
        assert!(parse("nonsense").unwrap().entry() == Some(Entry::Join("nonsense".into())));
    }
}
