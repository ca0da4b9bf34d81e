//! What can go wrong with sound, as codes. A code chooses the sentence that a person sees.

/// Why a source or a sink does not work. Carries no paths and no device names: they may end up in logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AudioError {
    /// There is no microphone, or no sound server to ask for one.
    #[error("no microphone is available")]
    NoMicrophone,
    /// There is no speaker, or no sound server to ask for one.
    #[error("no speaker is available")]
    NoSpeaker,
    /// The system refuses this program the microphone.
    #[error("the system does not allow the microphone to be used")]
    MicrophoneDenied,
    /// The system refuses this program the speaker.
    #[error("the system does not allow the speaker to be used")]
    SpeakerDenied,
    /// The microphone went away during use. The capture looks for it until it ends.
    #[error("the microphone went away")]
    MicrophoneLost,
    /// The speaker went away during use. The playout looks for it until it ends.
    #[error("the speaker went away")]
    SpeakerLost,
    /// The sound file does not exist.
    #[error("the sound file does not exist")]
    FileNotFound,
    /// The sound file exists and may not be read.
    #[error("the sound file cannot be read")]
    FileUnreadable,
    /// The sound file is not a WAV file, is damaged, or holds no sound.
    #[error("the sound file is damaged or not a WAV file")]
    FileCorrupt,
    /// A WAV file of a kind that is not supported: compressed, or an impossible rate or channel count.
    #[error("this kind of WAV file is not supported")]
    FileUnsupported,
    /// The file to record to cannot be written.
    #[error("the recording cannot be written")]
    FileUnwritable,
    /// Opus refused to start or to encode.
    #[error("the audio codec failed")]
    Codec,
    /// The system gave no thread.
    #[error("no thread could be started")]
    NoThread,
}

impl AudioError {
    /// A name that stays the same between versions; the UI chooses its sentence by it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoMicrophone => "no_microphone",
            Self::NoSpeaker => "no_speaker",
            Self::MicrophoneDenied => "microphone_denied",
            Self::SpeakerDenied => "speaker_denied",
            Self::MicrophoneLost => "microphone_lost",
            Self::SpeakerLost => "speaker_lost",
            Self::FileNotFound => "audio_file_not_found",
            Self::FileUnreadable => "audio_file_unreadable",
            Self::FileCorrupt => "audio_file_corrupt",
            Self::FileUnsupported => "audio_file_unsupported",
            Self::FileUnwritable => "audio_file_unwritable",
            Self::Codec => "audio_codec",
            Self::NoThread => "no_thread",
        }
    }
}
