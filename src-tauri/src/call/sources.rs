//! The sources with which we enter a meeting: what the person chose, unless the command line says otherwise. Pure.

use holdfast_media::audio::{AudioSinkSpec, AudioSourceSpec};
use holdfast_media::video::{VideoSettings, VideoSourceSpec};
use holdfast_meeting::IceServer;

use crate::cli::Arguments;
use crate::preferences::Preferences;

/// Where pictures and sound come from and go to, and the servers that help to connect.
#[derive(Debug)]
pub(crate) struct Sources {
    pub(crate) video: VideoSourceSpec,
    pub(crate) video_settings: VideoSettings,
    pub(crate) audio: AudioSourceSpec,
    pub(crate) sink: AudioSinkSpec,
    pub(crate) ice_servers: Vec<IceServer>,
}

impl Sources {
    pub(crate) fn new(arguments: &Arguments, preferences: &Preferences) -> Self {
        let chosen = &preferences.devices;
        let video = match arguments.video.0.clone() {
            VideoSourceSpec::Camera { id: None } => VideoSourceSpec::Camera { id: chosen.camera.clone() },
            other => other,
        };
        let audio = match arguments.audio.0.clone() {
            AudioSourceSpec::Microphone { device: None } => {
                AudioSourceSpec::Microphone { device: chosen.microphone.clone() }
            }
            other => other,
        };
        let sink = match arguments.sink.0.clone() {
            AudioSinkSpec::Speaker { device: None } => {
                AudioSinkSpec::Speaker { device: chosen.speaker.clone() }
            }
            other => other,
        };
        let ice_server = |server: &crate::preferences::IceServerChoice| IceServer {
            urls: vec![server.url.clone()],
            username: server.username.clone(),
            credential: server.credential.clone(),
        };
        let ice_servers = preferences.servers.ice.iter().map(ice_server).collect();
        let video_settings = arguments.video_settings(preferences.video_size.pixels());
        Self { video, video_settings, audio, sink, ice_servers }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::Parser as _;

    use super::*;
    use crate::preferences::{IceServerChoice, VideoSize};

    fn chosen() -> Preferences {
        let mut chosen = Preferences { video_size: VideoSize::Small, ..Preferences::default() };
        chosen.devices.camera = Some("cam".into());
        chosen.devices.microphone = Some("mic".into());
        chosen.devices.speaker = Some("out".into());
        chosen.servers.ice.push(IceServerChoice {
            url: "turn:[::1]".into(),
            username: "ada".into(),
            credential: "secret".into(),
        });
        chosen
    }

    fn sources(line: &str) -> Sources {
        Sources::new(&Arguments::parse_from(line.split_whitespace()), &chosen())
    }

    #[test]
    fn what_was_chosen_is_used() {
        let sources = sources("holdfast");
        assert!(matches!(&sources.video, VideoSourceSpec::Camera { id: Some(id) } if id == "cam"));
        assert!(matches!(&sources.audio, AudioSourceSpec::Microphone { device: Some(id) } if id == "mic"));
        assert!(matches!(&sources.sink, AudioSinkSpec::Speaker { device: Some(id) } if id == "out"));
        assert_eq!((sources.video_settings.width, sources.video_settings.height), (640, 360));
        assert_eq!((sources.ice_servers[0].urls[0].as_str(), sources.ice_servers.len()), ("turn:[::1]", 1));
    }

    #[test]
    fn the_command_line_has_the_last_word() {
        let sources = sources("holdfast --video pattern:1 --audio none --sink none --size 320x180");
        assert!(matches!(sources.video, VideoSourceSpec::Pattern { hue: 1 }));
        assert!(matches!((sources.audio, sources.sink), (AudioSourceSpec::None, AudioSinkSpec::None)));
        assert_eq!((sources.video_settings.width, sources.video_settings.height), (320, 180));
    }
}
