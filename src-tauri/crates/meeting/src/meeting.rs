//! The handle to a meeting.

use std::sync::Arc;
use std::time::Duration;

use holdfast_chat::Me;
use holdfast_media::audio::{AudioError, AudioSinkSpec, Playout, RemoteAudio, chime};
use holdfast_media::video::VideoSettings;
use holdfast_meeting_machine::{
    Arrival, Change, DeviceKind, FeedNumber, Input, Listening, Machine, Notice, Wanted,
};
use holdfast_protocol::{
    FeedId, IdentityKey, Instance, MediaState, ParticipantId, Profile, Revision, TrackSource,
};
use holdfast_signaling_client::{Signaling, SignalingConfig};
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::actor::{Actor, ActorParts, Clock};
use crate::chat::ChatDriver;
use crate::chat_view::{ChatChanges, ChatMessage};
use crate::command::{COMMAND_QUEUE, Command};
use crate::config::MeetingConfig;
use crate::diagnostics::{self, Diagnostics, FaultLog, Inspection};
use crate::error::MeetingError;
use crate::fanout::Fanout;
use crate::frames::{FeedFrame, FeedFrames};
use crate::local_media::{LocalControl, LocalEvent, LocalMedia, LocalOutput, LocalSources, replaced_notice};
use crate::speakers::Speakers;
use crate::view::{MeetingEvent, MeetingSnapshot};

/// Reports of the devices that may wait for the actor.
const LOCAL_EVENT_QUEUE: usize = 64;

/// How long [`Meeting::leave`] waits for the goodbyes. Leaving always works, also without a network.
const LEAVE_WAIT: Duration = Duration::from_secs(3);

/// A handle to a meeting we are in. Clones speak to the same meeting; when the last one is dropped, we leave.
#[derive(Clone)]
pub struct Meeting {
    commands: mpsc::Sender<Command>,
    local: LocalControl,
    frames: FeedFrames,
    speakers: Speakers,
    chat: ChatDriver,
    id: ParticipantId,
    faults: FaultLog,
}

impl Meeting {
    /// Joins, and returns once the signaling server has let us in. Connections and devices follow, and events report
    /// their state.
    ///
    /// # Errors
    /// If the name is unusable, or the server cannot be reached or refuses us.
    pub async fn join(config: MeetingConfig) -> Result<(Self, mpsc::Receiver<MeetingEvent>), MeetingError> {
        let instance = Instance::from_random(rand::random());
        let profile = Profile::new(&config.name)?.with_instance(instance.clone()).with_host(config.host);
        let name = profile.name.clone();
        let id = config.participant.clone().unwrap_or_else(|| ParticipantId::from_random(rand::random()));
        let signaling_config = SignalingConfig {
            link: config.link.clone(),
            participant: id.clone(),
            profile,
            seed: rand::random(),
        };
        let (local_sender, local_events) = mpsc::channel(LOCAL_EVENT_QUEUE);
        // The speaker opens while the server answers.
        let (sink, events) = (config.sink.clone(), local_sender.clone());
        let playout = tokio::task::spawn_blocking(move || open_playout(sink, &events));
        let (signaling, welcomed, signaling_events) = Signaling::join(signaling_config).await?;
        let (playout, speaker_notice) = playout.await.unwrap_or((None, Some(Notice::SpeakerUnavailable)));

        let media = MediaState {
            revision: Revision::FIRST,
            microphone: config.microphone,
            camera: config.camera,
            ..MediaState::default()
        };
        let fanout = Fanout::default();
        let frames = FeedFrames::new();
        let sources = LocalSources {
            video: config.video.clone(),
            video_settings: config.video_settings,
            audio: config.audio.clone(),
        };
        let clock = Clock::start();
        let me =
            Me { key: IdentityKey::from_bytes(&rand::random()), participant: id.clone(), name: name.clone() };
        let chat = ChatDriver::new(me, clock);
        let arrival = Arrival {
            id: id.clone(),
            instance,
            name,
            media,
            invite: config.link.to_string(),
            listening: config.listening.clone(),
            pinned: config.pinned.clone(),
            devices: config.devices(),
            members: welcomed.roster,
        };
        let machine = Machine::new(arrival, clock.now());
        let output = LocalOutput {
            fanout: fanout.clone(),
            frames: frames.clone(),
            camera: machine.me().feeds.number(TrackSource::Camera),
            events: local_sender,
            meter_only: false,
        };
        let local_media = LocalMedia::start(sources, config.microphone, config.camera, output)
            .map_err(|_| MeetingError::NoThread)?;
        let (commands, command_receiver) = mpsc::channel(COMMAND_QUEUE);
        let speakers = Speakers::new(playout);
        let meeting = Self {
            commands,
            local: local_media.control(),
            frames: frames.clone(),
            speakers: speakers.clone(),
            chat: chat.clone(),
            id: id.clone(),
            faults: FaultLog::default(),
        };
        let parts = ActorParts {
            config,
            id,
            machine,
            signaling,
            signaling_events,
            local_media,
            local_events,
            commands: command_receiver,
            fanout,
            frames,
            speakers,
            chat,
            first_notice: speaker_notice,
            clock,
        };
        let (actor, events) = Actor::new(parts);
        tokio::spawn(actor.run());
        Ok((meeting, events))
    }

    /// Our own id.
    #[must_use]
    pub fn id(&self) -> &ParticipantId {
        &self.id
    }

    /// Opens or closes the microphone. After `false` no sound leaves, from the moment of the call.
    ///
    /// # Errors
    /// When the meeting has ended.
    pub async fn set_microphone(&self, on: bool) -> Result<(), MeetingError> {
        // First the gate, then the message.
        self.local.set_microphone(on);
        self.command(Command::Microphone).await
    }

    /// Switches the camera. If it cannot be opened, a notice follows and the state goes back.
    ///
    /// # Errors
    /// When the meeting has ended.
    pub async fn set_camera(&self, on: bool) -> Result<(), MeetingError> {
        self.local.set_camera(on);
        self.command(Command::Camera).await
    }

    /// What is wanted of our devices now. While the microphone is not wanted, no sound leaves.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        self.local.wanted()
    }

    /// Uses another device from now on; the system's own choice with `None`, or when it is not plugged in. An event
    /// says when it is in use. Nothing is negotiated. If the source or the sink is no device, this does nothing.
    pub async fn choose_device(&self, kind: DeviceKind, id: Option<String>) {
        match kind {
            DeviceKind::Camera => self.local.choose_camera(id),
            DeviceKind::Microphone => self.local.choose_microphone(id),
            DeviceKind::Speaker => {
                let speakers = self.speakers.clone();
                let chosen = tokio::task::spawn_blocking(move || speakers.choose(id)).await;
                if let Ok(Err(error)) = chosen {
                    tracing::warn!(code = error.code(), "speaker not opened");
                    let input = Input::DeviceNotice(Notice::SpeakerUnavailable);
                    // A meeting that has ended needs no notice.
                    let _ = self.command(Command::Input(input)).await;
                }
            }
        }
    }

    /// Changes size, rate and bitrate of our pictures; the camera is opened again for it.
    pub fn set_video_settings(&self, settings: VideoSettings) {
        self.local.set_video_settings(settings);
    }

    /// Plays a short chime, mixed with the other sound, to try the speaker.
    pub fn test_sound(&self) {
        self.speakers.play(chime());
    }

    /// Raises or lowers the hand.
    ///
    /// # Errors
    /// When the meeting has ended.
    pub async fn set_hand(&self, raised: bool) -> Result<(), MeetingError> {
        self.change(Change::Hand(raised)).await
    }

    /// Asks the sender of a feed for a keyframe. Unknown feeds are ignored.
    ///
    /// # Errors
    /// When the meeting has ended.
    pub async fn request_keyframe(&self, feed: FeedNumber) -> Result<(), MeetingError> {
        self.command(Command::Input(Input::Keyframe(feed))).await
    }

    /// Changes how loud someone is here, and whether they are heard here at all. Survives every reconnect. Unknown
    /// people are ignored.
    ///
    /// # Errors
    /// When the meeting has ended.
    pub async fn set_listening(&self, id: ParticipantId, listening: Listening) -> Result<(), MeetingError> {
        self.change(Change::Listening(id, listening)).await
    }

    /// Shows someone large here, or no one. Survives every reconnect. Unknown people are ignored.
    ///
    /// # Errors
    /// When the meeting has ended.
    pub async fn set_pinned(&self, id: Option<ParticipantId>) -> Result<(), MeetingError> {
        self.change(Change::Pin(id)).await
    }

    /// Tries now to get the connection to someone back, from the first step of the ladder. Harmless while it works.
    ///
    /// # Errors
    /// When the meeting has ended.
    pub async fn retry(&self, id: ParticipantId) -> Result<(), MeetingError> {
        self.command(Command::Input(Input::Retry(id))).await
    }

    /// Writes to everyone, or to one participant only. It goes out when their link is open. Events tell how far it came.
    ///
    /// # Errors
    /// If the text cannot be sent, nothing more can be written, or the participant was never here.
    pub fn chat_write(&self, to: Option<ParticipantId>, text: &str) -> Result<ChatMessage, MeetingError> {
        Ok(self.chat.write(to, text)?)
    }

    /// What changed in the chat after this revision, oldest change first.
    #[must_use]
    pub fn chat_since(&self, revision: Revision) -> ChatChanges {
        self.chat.since(revision)
    }

    /// The whole chat, in the order that everyone has.
    #[must_use]
    pub fn chat_messages(&self) -> Vec<ChatMessage> {
        self.chat.all()
    }

    /// The person has seen everything that was written.
    pub fn chat_read(&self) {
        self.chat.read();
    }

    /// The present state of the whole meeting.
    ///
    /// # Errors
    /// When the meeting has ended.
    pub async fn snapshot(&self) -> Result<MeetingSnapshot, MeetingError> {
        let (reply, answer) = oneshot::channel();
        self.command(Command::Snapshot(reply)).await?;
        answer.await.map_err(|_| MeetingError::Ended)
    }

    /// The state of every connection's negotiation and transport, as JSON for the debug panel.
    ///
    /// # Errors
    /// When the meeting has ended.
    pub async fn peer_snapshots(&self) -> Result<Vec<serde_json::Value>, MeetingError> {
        let (reply, answer) = oneshot::channel();
        self.command(Command::Peers(reply)).await?;
        answer.await.map_err(|_| MeetingError::Ended)
    }

    /// Everything known about the meeting, for the debug panel. It is gathered only on request.
    ///
    /// # Errors
    /// When the meeting has ended.
    pub async fn diagnostics(&self) -> Result<Diagnostics, MeetingError> {
        let inspection = self.inspect().await?;
        let faults = self.faults.newest_first();
        Ok(diagnostics::collect(&self.id, inspection, faults, crate::actor::unix_ms()).await)
    }

    pub(crate) async fn inspect(&self) -> Result<Inspection, MeetingError> {
        let (reply, answer) = oneshot::channel();
        self.command(Command::Inspect(reply)).await?;
        answer.await.map_err(|_| MeetingError::Ended)
    }

    pub(crate) async fn drop_signaling(&self) -> Result<(), MeetingError> {
        self.command(Command::DropSignaling).await
    }

    pub(crate) async fn pretend_sleep(&self) -> Result<(), MeetingError> {
        self.command(Command::Input(Input::Woke)).await
    }

    pub(crate) fn fault_log(&self) -> &FaultLog {
        &self.faults
    }

    /// Pictures of all feeds from now on, with our own. A reader that lags loses the oldest and is told so.
    #[must_use]
    pub fn frames(&self) -> broadcast::Receiver<FeedFrame> {
        self.frames.subscribe()
    }

    /// The sound of one feed, while its participant is here and sound can be played.
    #[must_use]
    pub fn remote_audio(&self, feed: &FeedId) -> Option<Arc<RemoteAudio>> {
        self.speakers.get(feed)
    }

    /// Leaves: when this returns, nothing of ours is sent any more. The future that it returns says goodbye to
    /// everyone. It ends when that is done, or after three seconds.
    pub fn leave(&self) -> impl Future<Output = ()> + Send + use<> {
        self.local.leave();
        let meeting = self.clone();
        async move {
            let (reply, answer) = oneshot::channel();
            if meeting.command(Command::Leave(reply)).await.is_ok() {
                let _ = tokio::time::timeout(LEAVE_WAIT, answer).await;
            }
        }
    }

    async fn change(&self, change: Change) -> Result<(), MeetingError> {
        self.command(Command::Input(Input::Change(change))).await
    }

    async fn command(&self, command: Command) -> Result<(), MeetingError> {
        self.commands.send(command).await.map_err(|_| MeetingError::Ended)
    }
}

/// Opens the speaker. Without one, sound still flows to nowhere, so that levels are measured and people are told.
fn open_playout(sink: AudioSinkSpec, events: &mpsc::Sender<LocalEvent>) -> (Option<Playout>, Option<Notice>) {
    let news = || {
        let events = events.clone();
        Box::new(move |works: Result<(), AudioError>| {
            let event = match works {
                Ok(()) => LocalEvent::Solved(Notice::SpeakerUnavailable),
                Err(error) => {
                    tracing::warn!(code = error.code(), "speaker lost");
                    LocalEvent::Notice(Notice::SpeakerUnavailable)
                }
            };
            // The speaker's own thread, which may wait: a lost report would leave a wrong notice in place.
            let _ = events.blocking_send(event);
        })
    };
    let (playout, notice) = match Playout::start(sink.clone(), news()) {
        Ok(playout) => (Some(playout), None),
        Err(error) => {
            tracing::warn!(code = error.code(), "speaker not opened");
            let silent = match sink {
                AudioSinkSpec::Speaker { .. } => sink,
                _ => AudioSinkSpec::None,
            };
            (Playout::start_silent(silent, news()).ok(), Some(Notice::SpeakerUnavailable))
        }
    };
    if let Some(playout) = &playout {
        let events = events.clone();
        playout.on_device(Box::new(move |device| {
            let id = device.chosen().map(str::to_owned);
            let _ = events.blocking_send(LocalEvent::Used(DeviceKind::Speaker, id));
            if device.replaced {
                let _ = events.blocking_send(LocalEvent::Notice(replaced_notice(DeviceKind::Speaker)));
            }
        }));
    }
    (playout, notice)
}
