//! What is needed to join a meeting.

use std::net::IpAddr;

use holdfast_media::audio::{AudioSinkSpec, AudioSourceSpec};
use holdfast_media::video::{VideoSettings, VideoSourceSpec};
use holdfast_meeting_machine::{Listening, MeetingDevices};
use holdfast_peer::IceServer;
use holdfast_protocol::{MeetingLink, ParticipantId};

/// Everything a participant brings to a meeting.
#[derive(Clone, Debug)]
pub struct MeetingConfig {
    /// Where the meeting is and the secret that opens it.
    pub link: MeetingLink,
    /// Whether the meeting is ours: the others connect to us first.
    pub host: bool,
    /// Our id; chosen at random if `None`. With the old id, a participant who comes back after a crash is the same
    /// person for the others.
    pub participant: Option<ParticipantId>,
    /// Our name; 1 to 64 characters after trimming.
    pub name: String,
    /// Local addresses that media may use. Each becomes a host candidate, which the others see. Empty means the
    /// addresses that this machine has whenever a connection is made, so that a change of network is followed.
    pub bind: Vec<IpAddr>,
    /// STUN and TURN servers. Only the listed ones are asked.
    pub ice_servers: Vec<IceServer>,
    /// Join with the microphone open.
    pub microphone: bool,
    /// Join with the camera on.
    pub camera: bool,
    /// The volumes of people who are not heard as they send, set with
    /// [`Meeting::set_listening`](crate::Meeting::set_listening) in an earlier stay.
    pub listening: Vec<(ParticipantId, Listening)>,
    /// Who the person chose to show large in an earlier stay.
    pub pinned: Option<ParticipantId>,
    /// Where pictures come from.
    pub video: VideoSourceSpec,
    /// Size, rate and bitrate of our pictures.
    pub video_settings: VideoSettings,
    /// Where sound comes from.
    pub audio: AudioSourceSpec,
    /// Where the others' sound goes.
    pub sink: AudioSinkSpec,
}

impl MeetingConfig {
    /// The chosen devices; `None` if the source or the sink is no device.
    pub(crate) fn devices(&self) -> MeetingDevices {
        let camera = match &self.video {
            VideoSourceSpec::Camera { id } => id.clone(),
            _ => None,
        };
        let microphone = match &self.audio {
            AudioSourceSpec::Microphone { device } => device.clone(),
            _ => None,
        };
        let speaker = match &self.sink {
            AudioSinkSpec::Speaker { device } => device.clone(),
            _ => None,
        };
        MeetingDevices { camera, microphone, speaker }
    }
}
