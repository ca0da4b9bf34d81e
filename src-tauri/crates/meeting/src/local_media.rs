//! Our own devices: opened, closed and encoded on a thread of their own, controlled by wishes.
//!
//! A wish is a state and not an event: the thread compares what is wanted with what runs. Any number of switches and
//! choices while a camera opens lead to one action, and nothing queues up. The microphone gate closes in the caller's
//! own thread, before anything else, so that a mute never waits for a device.

mod camera_plan;
mod outgoing_track;
mod wishes;

use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use holdfast_media::audio::{AudioCapture, AudioError, AudioSourceSpec, DeviceUse};
use holdfast_media::video::{VideoCapture, VideoSourceError, VideoSourceSpec};
use holdfast_meeting_machine::{DeviceKind, DeviceWishes, FeedNumber, MeetingDevices, Notice, Wish};
use holdfast_protocol::TrackSource;
use tokio::sync::mpsc;

use crate::fanout::Fanout;
use crate::frames::{FeedFrame, FeedFrames};
use camera_plan::{CameraPlan, Failure, Picture, Step, chosen};
use outgoing_track::{AUDIO_CLOCK, OutgoingTrack, VIDEO_CLOCK};
use wishes::{Shared, Wishes};

pub(crate) use wishes::{LocalControl, LocalSources};

/// What the devices report.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LocalEvent {
    /// The first wishes have been carried out, successfully or not: connections may start (requirement M2).
    Ready,
    /// The camera is off although it was wanted.
    CameraFailed {
        /// The message for people.
        notice: Notice,
        /// The code of the error.
        code: &'static str,
    },
    /// The microphone is closed although it was wanted.
    MicrophoneFailed {
        /// The message for people.
        notice: Notice,
        /// The code of the error.
        code: &'static str,
    },
    /// Another device is used; no id if it is the system's own choice.
    Used(DeviceKind, Option<String>),
    /// Something that people should know and that changes no state.
    Notice(Notice),
    /// A notice no longer applies.
    Solved(Notice),
}

/// The devices and their thread. Dropping it closes them.
pub(crate) struct LocalMedia {
    control: LocalControl,
    thread: Option<JoinHandle<()>>,
}

/// Where the media goes.
pub(crate) struct LocalOutput {
    /// The connections; none of them in a preview, where nothing leaves.
    pub(crate) fanout: Fanout,
    pub(crate) frames: FeedFrames,
    /// The number of our camera's feed.
    pub(crate) camera: FeedNumber,
    pub(crate) events: mpsc::Sender<LocalEvent>,
    /// Whether sound is only measured, and not even encoded.
    pub(crate) meter_only: bool,
}

impl LocalMedia {
    /// Starts the thread. It opens what is wanted and then reports [`LocalEvent::Ready`].
    pub(crate) fn start(
        sources: LocalSources,
        microphone: bool,
        camera: bool,
        output: LocalOutput,
    ) -> std::io::Result<Self> {
        let told = MeetingDevices {
            camera: chosen(&sources.video).map(str::to_owned),
            microphone: chosen_microphone(&sources.audio),
            speaker: None,
        };
        let wishes = if output.meter_only {
            DeviceWishes::meter_only(microphone, camera)
        } else {
            DeviceWishes::new(microphone, camera)
        };
        let shared = Arc::new(Shared::new(Wishes::new(sources, wishes)));
        let devices = Devices {
            shared: Arc::clone(&shared),
            output,
            audio_track: OutgoingTrack::new(TrackSource::Microphone, AUDIO_CLOCK),
            video_track: OutgoingTrack::new(TrackSource::Camera, VIDEO_CLOCK),
            plan: CameraPlan::default(),
            camera: None,
            captures: 0,
            microphone: None,
            told,
        };
        let thread = std::thread::Builder::new().name("devices".into()).spawn(move || devices.run())?;
        Ok(Self { control: LocalControl { shared }, thread: Some(thread) })
    }

    pub(crate) fn control(&self) -> LocalControl {
        self.control.clone()
    }
}

impl Drop for LocalMedia {
    fn drop(&mut self) {
        self.control.set_microphone(false);
        self.control.shared.change(|wishes| wishes.stop = true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Devices {
    shared: Arc<Shared>,
    output: LocalOutput,
    audio_track: OutgoingTrack,
    video_track: OutgoingTrack,
    plan: CameraPlan,
    camera: Option<VideoCapture>,
    /// How many captures were opened so far; also the number of the newest.
    captures: u64,
    microphone: Option<AudioCapture>,
    /// The devices in use, as last reported.
    told: MeetingDevices,
}

impl Devices {
    fn run(mut self) {
        let mut seen = None;
        loop {
            let shared = Arc::clone(&self.shared);
            let Some(mut wishes) = shared.wait_for_news(seen) else { return };
            let first = seen.replace(wishes.version).is_none();
            let camera_broken = wishes
                .camera_broken
                .take()
                .filter(|(capture, _)| *capture == self.captures && self.camera.is_some());
            let microphone_broken = wishes.microphone_broken.take();
            let keyframe = std::mem::take(&mut wishes.keyframe);
            let (microphone, camera) = (wishes.devices.microphone(), wishes.devices.camera());
            let sources = wishes.sources.clone();
            drop(wishes);
            if let Some(code) = microphone_broken {
                self.microphone = None;
                let notice = audio_notice(&sources.audio);
                self.report(LocalEvent::MicrophoneFailed { notice, code });
            }
            // The microphone first, because people speak before they show themselves.
            self.apply_microphone(microphone, &sources.audio);
            if let Some((_, code)) = camera_broken {
                self.camera = None;
                if self.plan.broke() == Failure::GiveUp {
                    self.give_up_camera(&sources.video, camera, code);
                    continue;
                }
            }
            self.apply_camera(camera, &(sources.video.clone(), sources.video_settings));
            if keyframe && let Some(camera) = &self.camera {
                camera.request_keyframe();
            }
            self.tell_devices(&sources);
            if first {
                self.report(LocalEvent::Ready);
            }
        }
    }

    fn apply_microphone(&mut self, wish: Wish, source: &AudioSourceSpec) {
        if !wish.on && self.output.meter_only {
            // The level of a closed microphone is of no use here.
            self.microphone = None;
            *self.shared.level.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        if let Some(microphone) = &self.microphone {
            microphone.choose(chosen_microphone(source));
        } else if wish.on {
            match self.open_microphone(source) {
                Ok(capture) => {
                    let mut level = self.shared.level.lock().unwrap_or_else(PoisonError::into_inner);
                    *level = Some(capture.level());
                    self.microphone = Some(capture);
                }
                Err(error) => {
                    tracing::warn!(code = error.code(), "microphone not opened");
                    if self.shared.lock().devices.microphone_failed(wish) {
                        let (notice, code) = (audio_notice(source), error.code());
                        self.report(LocalEvent::MicrophoneFailed { notice, code });
                    }
                }
            }
        }
        if self.microphone.is_some() {
            self.shared.change_devices(DeviceWishes::microphone_is_open);
        }
    }

    fn open_microphone(&self, source: &AudioSourceSpec) -> Result<AudioCapture, AudioError> {
        let fanout = self.output.fanout.clone();
        let track = self.audio_track.clone();
        let offset = track.offset();
        let sink = Box::new(move |audio: holdfast_media::audio::EncodedAudio| {
            let batch = track.lock().audio(audio.data, audio.timestamp.wrapping_add(offset));
            fanout.send(batch);
        });
        let shared = Arc::clone(&self.shared);
        let number = {
            let mut wishes = shared.lock();
            wishes.microphone_captures += 1;
            wishes.microphone_captures
        };
        let on_error = Box::new(move |error: AudioError| {
            tracing::warn!(code = error.code(), "microphone lost");
            shared.change(|wishes| {
                // If it was closed before, this is no news. A switch from here on wants it again.
                if wishes.microphone_captures == number {
                    wishes.devices.microphone_broke();
                    wishes.microphone_broken = Some(error.code());
                }
            });
        });
        let capture = AudioCapture::start(source.clone(), self.shared.gate.clone(), sink, on_error)?;
        let shared = Arc::clone(&self.shared);
        capture.on_device(Box::new(move |used| {
            shared.change(|wishes| wishes.microphone_use = Some(used));
        }));
        Ok(capture)
    }

    fn apply_camera(&mut self, wish: Wish, picture: &Picture) {
        loop {
            match self.plan.step(wish.on.then_some(picture)) {
                Step::Rest => return,
                Step::Close => self.camera = None,
                Step::Open(picture) => {
                    // This comes first, because it may be the same camera with another size.
                    self.camera = None;
                    match self.open_camera(&picture) {
                        Ok(capture) => self.camera = Some(capture),
                        Err(error) => {
                            tracing::warn!(code = error.code(), "camera not opened");
                            if self.plan.failed(&error) == Failure::GiveUp {
                                return self.give_up_camera(&picture.0, wish, error.code());
                            }
                        }
                    }
                }
            }
        }
    }

    fn give_up_camera(&mut self, source: &VideoSourceSpec, wish: Wish, code: &'static str) {
        if self.shared.lock().devices.camera_failed(wish) {
            self.report(LocalEvent::CameraFailed { notice: video_notice(source), code });
        }
    }

    fn open_camera(&mut self, (source, settings): &Picture) -> Result<VideoCapture, VideoSourceError> {
        self.captures += 1;
        let number = self.captures;
        let fanout = self.output.fanout.clone();
        let (frames, feed) = (self.output.frames.clone(), self.output.camera);
        let track = self.video_track.clone();
        let offset = track.offset();
        let sink = Box::new(move |frame: holdfast_media::video::EncodedFrame| {
            let timestamp = frame.timestamp.wrapping_add(offset);
            let batch = track.lock().video(frame.data.clone(), timestamp);
            fanout.send(batch);
            frames.publish(FeedFrame {
                feed,
                keyframe: frame.keyframe,
                timestamp,
                width: frame.width,
                height: frame.height,
                data: frame.data,
            });
        });
        let shared = Arc::clone(&self.shared);
        let on_error = Box::new(move |error: VideoSourceError| {
            tracing::warn!(code = error.code(), "camera lost");
            shared.change(|wishes| wishes.camera_broken = Some((number, error.code())));
        });
        VideoCapture::start(source.clone(), *settings, sink, on_error)
    }

    /// Reports which devices are used, if that changed, and whether a chosen device is missing.
    fn tell_devices(&mut self, sources: &LocalSources) {
        let camera = DeviceUse {
            wanted: chosen(&sources.video).map(str::to_owned),
            replaced: self.plan.is_replaced(),
        };
        self.tell_device(DeviceKind::Camera, &camera);
        let wanted = chosen_microphone(&sources.audio);
        let told = self.shared.lock().microphone_use.clone();
        let microphone = match told.filter(|_| self.microphone.is_some()) {
            // It will report once it has moved.
            Some(told) if told.wanted != wanted => return,
            Some(told) => told,
            None => DeviceUse { wanted, replaced: false },
        };
        self.tell_device(DeviceKind::Microphone, &microphone);
    }

    fn tell_device(&mut self, kind: DeviceKind, device: &DeviceUse) {
        let id = device.chosen();
        if self.told.of(kind) != id {
            self.told.set(kind, id.map(str::to_owned));
            self.report(LocalEvent::Used(kind, id.map(str::to_owned)));
            if device.replaced {
                self.report(LocalEvent::Notice(replaced_notice(kind)));
            }
        }
    }

    fn report(&self, event: LocalEvent) {
        // The actor always reads this. When the actor is gone, there is no one to tell.
        let _ = self.output.events.blocking_send(event);
    }
}

fn chosen_microphone(source: &AudioSourceSpec) -> Option<String> {
    match source {
        AudioSourceSpec::Microphone { device } => device.clone(),
        _ => None,
    }
}

/// The notice for a device that replaces the chosen one.
pub(crate) fn replaced_notice(kind: DeviceKind) -> Notice {
    match kind {
        DeviceKind::Camera => Notice::CameraReplaced,
        DeviceKind::Microphone => Notice::MicrophoneReplaced,
        DeviceKind::Speaker => Notice::SpeakerReplaced,
    }
}

fn video_notice(source: &VideoSourceSpec) -> Notice {
    match source {
        VideoSourceSpec::File(_) => Notice::VideoFileInvalid,
        _ => Notice::CameraUnavailable,
    }
}

fn audio_notice(source: &AudioSourceSpec) -> Notice {
    match source {
        AudioSourceSpec::File(_) => Notice::AudioFileInvalid,
        _ => Notice::MicrophoneUnavailable,
    }
}
