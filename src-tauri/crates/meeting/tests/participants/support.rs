//! Meetings in one process, over a real signaling server and real connections on loopback.

#![allow(clippy::unwrap_used)]

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use holdfast_media::audio::{AudioSinkSpec, AudioSourceSpec};
use holdfast_media::video::{VideoSettings, VideoSourceSpec};
use holdfast_meeting::{FeedFrame, Meeting, MeetingConfig, MeetingEvent};
use holdfast_protocol::{FeedId, MeetingLink, ParticipantId, Secret, ServerAddress, TrackSource};
use holdfast_signaling_server::{RunningServer, Server, ServerConfig};
use tokio::sync::{broadcast, mpsc};

/// Many times what anything here takes on an idle machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(45);

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A signaling server and the link to a room of it.
pub(crate) fn room() -> (RunningServer, MeetingLink) {
    let server = Server::spawn(ServerConfig { listen: (LOOPBACK, 0).into(), tls: None }).unwrap();
    let address = ServerAddress { host: LOOPBACK.to_string(), port: server.local_addr().port(), tls: false };
    let link =
        MeetingLink { server: address, room: "test".parse().unwrap(), secret: Secret::from_bytes([7; 32]) };
    (server, link)
}

/// Someone who sends a small pattern and a tone.
pub(crate) fn config(link: &MeetingLink, name: &str) -> MeetingConfig {
    MeetingConfig {
        pinned: None,
        host: false,
        link: link.clone(),
        participant: None,
        name: name.to_owned(),
        bind: vec![LOOPBACK],
        ice_servers: Vec::new(),
        microphone: true,
        camera: true,
        listening: Vec::new(),
        video: VideoSourceSpec::Pattern { hue: 200 },
        video_settings: VideoSettings { width: 160, height: 90, fps: 30, bitrate_kbps: 100 },
        audio: AudioSourceSpec::Tone { hz: 440.0 },
        sink: AudioSinkSpec::None,
    }
}

/// A meeting, its events and its pictures.
pub(crate) struct Participant {
    pub(crate) meeting: Meeting,
    pub(crate) events: mpsc::Receiver<MeetingEvent>,
    frames: broadcast::Receiver<FeedFrame>,
}

impl Participant {
    pub(crate) async fn join(config: MeetingConfig) -> Self {
        let (meeting, events) = Meeting::join(config).await.unwrap();
        let frames = meeting.frames();
        Self { meeting, events, frames }
    }

    /// Waits for an event that `pick` accepts.
    pub(crate) async fn event<T>(
        &mut self,
        what: &str,
        mut pick: impl FnMut(&MeetingEvent) -> Option<T>,
    ) -> T {
        let found = async {
            loop {
                let event = self.events.recv().await.unwrap_or_else(|| panic!("ended before {what}"));
                if let Some(found) = pick(&event) {
                    return found;
                }
            }
        };
        tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
    }

    /// Waits for this many more pictures of someone. Pictures travel like sound, so they serve as a clock.
    pub(crate) async fn frames_of(&mut self, id: &ParticipantId, count: usize) {
        let snapshot = self.meeting.snapshot().await.unwrap();
        let other = snapshot.participants.iter().find(|other| other.id == *id).unwrap();
        let camera = other.number(TrackSource::Camera).unwrap();
        self.frames = self.meeting.frames();
        let counted = async {
            let mut left = count;
            while left > 0 {
                match self.frames.recv().await {
                    Ok(frame) if frame.feed == camera => left -= 1,
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => panic!("no more pictures"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, counted).await.expect("pictures");
    }

    /// Waits for a picture of someone that has this size.
    pub(crate) async fn picture_of(&mut self, id: &ParticipantId, size: (u16, u16)) {
        let snapshot = self.meeting.snapshot().await.unwrap();
        let other = snapshot.participants.iter().find(|other| other.id == *id).unwrap();
        let camera = other.number(TrackSource::Camera).unwrap();
        let mut frames = self.meeting.frames();
        let found = async {
            loop {
                match frames.recv().await {
                    Ok(frame) if frame.feed == camera && (frame.width, frame.height) == size => return,
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => panic!("no more pictures"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("no picture of {size:?}"));
    }

    /// Waits until someone else is here and connected.
    pub(crate) async fn connected(&mut self) -> ParticipantId {
        use holdfast_meeting::PeerState::Connected;
        self.event("someone connected", |event| match event {
            MeetingEvent::Participant { participant } if participant.state == Connected => {
                Some(participant.id.clone())
            }
            _ => None,
        })
        .await
    }

    /// Sound packets received from someone.
    pub(crate) fn heard(&self, id: &ParticipantId) -> u64 {
        let voice = FeedId::new(id.clone(), TrackSource::Microphone);
        self.meeting.remote_audio(&voice).unwrap().stats().received
    }
}
