//! Three synthetic participants in this process, on the loopback address only, so that a person can look around in a
//! meeting before they have one.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use holdfast_media::audio::{AudioSinkSpec, AudioSourceSpec};
use holdfast_media::video::{VideoSettings, VideoSourceSpec};
use holdfast_meeting::{Meeting, MeetingConfig};
use holdfast_protocol::MeetingLink;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Where the server of a demo listens: other computers cannot reach it.
pub(super) const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Where its media goes.
pub(super) const BIND: [IpAddr; 1] = [IpAddr::V4(Ipv4Addr::LOCALHOST)];

/// Name, colour of the picture in degrees, tone in hertz: a quiet chord, one voice at a time.
const PEOPLE: [(&str, u16, f32); 3] = [("Mira", 25, 220.0), ("Jonas", 150, 277.2), ("Aiko", 265, 329.6)];

/// How long one speaks before the next.
const TURN: Duration = Duration::from_secs(4);

/// Small, because one computer makes all the pictures.
const PICTURE: (u32, u32, u32) = (480, 270, 15);

/// The synthetic people. They join by themselves and stay until told to leave.
pub(super) struct Company {
    end: oneshot::Sender<()>,
    stay: JoinHandle<()>,
}

impl Company {
    /// Lets them join the meeting. If one cannot join, that one is missing, and nothing else happens.
    pub(super) fn invite(link: &MeetingLink) -> Self {
        let (end, ended) = oneshot::channel();
        Self { end, stay: tokio::spawn(stay(link.clone(), ended)) }
    }

    /// Makes them leave.
    pub(super) async fn leave(self) {
        let _ = self.end.send(());
        let _ = self.stay.await;
    }
}

async fn stay(link: MeetingLink, mut ended: oneshot::Receiver<()>) {
    let mut people = Vec::new();
    for person in PEOPLE {
        tokio::select! {
            joined = join(&link, person) => people.extend(joined),
            _ = &mut ended => break,
        }
    }
    let talk = async {
        for speaker in (0..people.len()).cycle() {
            for (index, person) in people.iter().enumerate() {
                let _ = person.set_microphone(index == speaker).await;
            }
            tokio::time::sleep(TURN).await;
        }
        // None of them got in.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = talk => {}
        _ = &mut ended => {}
    }
    for person in people {
        person.leave().await;
    }
}

async fn join(link: &MeetingLink, (name, hue, hz): (&str, u16, f32)) -> Option<Meeting> {
    let (width, height, fps) = PICTURE;
    let config = MeetingConfig {
        link: link.clone(),
        host: false,
        participant: None,
        name: name.to_owned(),
        bind: BIND.to_vec(),
        ice_servers: Vec::new(),
        microphone: false,
        camera: true,
        listening: Vec::new(),
        pinned: None,
        video: VideoSourceSpec::Pattern { hue },
        video_settings: VideoSettings { width, height, fps, ..VideoSettings::default() },
        audio: AudioSourceSpec::Tone { hz },
        sink: AudioSinkSpec::None,
    };
    match Meeting::join(config).await {
        Ok((meeting, mut events)) => {
            // They do not use the pictures of others, but the queue is bounded and must be read.
            tokio::spawn(async move { while events.recv().await.is_some() {} });
            Some(meeting)
        }
        Err(error) => {
            tracing::warn!(code = error.code(), "somebody is missing in the demo");
            None
        }
    }
}
