//! The texts outside of the page: tray and notifications. The page has its own texts.

use crate::preferences::Language;

/// The texts of one language.
pub(crate) struct Texts {
    pub(crate) show: &'static str,
    pub(crate) mute: &'static str,
    pub(crate) unmute: &'static str,
    pub(crate) stop_camera: &'static str,
    pub(crate) start_camera: &'static str,
    pub(crate) leave: &'static str,
    pub(crate) rejoin: &'static str,
    pub(crate) rejoin_interrupted: &'static str,
    pub(crate) quit: &'static str,
    pub(crate) idle: &'static str,
    pub(crate) in_meeting: &'static str,
    pub(crate) muted: &'static str,
    pub(crate) reconnecting: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) joined_one: &'static str,
    pub(crate) joined_many: &'static str,
    pub(crate) lost: &'static str,
    pub(crate) back: &'static str,
    pub(crate) written: &'static str,
    pub(crate) written_to_you: &'static str,
    pub(crate) written_many: &'static str,
    pub(crate) goes_on_in_tray: &'static str,
    pub(crate) goes_on: &'static str,
}

const EN: Texts = Texts {
    show: "Show Holdfast",
    mute: "Mute microphone",
    unmute: "Unmute microphone",
    stop_camera: "Stop camera",
    start_camera: "Start camera",
    leave: "Leave meeting",
    rejoin: "Rejoin",
    rejoin_interrupted: "Back to {room}",
    quit: "Quit",
    idle: "Holdfast",
    in_meeting: "In a meeting",
    muted: "In a meeting, muted",
    reconnecting: "Reconnecting…",
    failed: "Connection failed; still trying",
    joined_one: "{name} joined the meeting.",
    joined_many: "{count} people joined the meeting.",
    lost: "The connection to {name} failed. Holdfast keeps trying.",
    back: "{name} is connected again.",
    written: "{name}:",
    written_to_you: "{name} (to you):",
    written_many: "{count} new messages in the chat.",
    goes_on_in_tray: "The call goes on. Holdfast is in the tray; leave from there, or open the window again.",
    goes_on: "The call goes on. Open the window again to leave it.",
};

const DE: Texts = Texts {
    show: "Holdfast zeigen",
    mute: "Mikrofon stummschalten",
    unmute: "Mikrofon einschalten",
    stop_camera: "Kamera ausschalten",
    start_camera: "Kamera einschalten",
    leave: "Besprechung verlassen",
    rejoin: "Wieder beitreten",
    rejoin_interrupted: "Zurück zu {room}",
    quit: "Beenden",
    idle: "Holdfast",
    in_meeting: "In einer Besprechung",
    muted: "In einer Besprechung, stumm",
    reconnecting: "Verbindung wird wiederhergestellt …",
    failed: "Verbindung fehlgeschlagen, weitere Versuche laufen",
    joined_one: "{name} ist der Besprechung beigetreten.",
    joined_many: "{count} Personen sind der Besprechung beigetreten.",
    lost: "Die Verbindung zu {name} ist fehlgeschlagen. Holdfast versucht es weiter.",
    back: "{name} ist wieder verbunden.",
    written: "{name}:",
    written_to_you: "{name} (privat):",
    written_many: "{count} neue Nachrichten im Chat.",
    goes_on_in_tray: "Das Gespräch geht weiter. Holdfast ist im Infobereich; von dort verlassen oder das Fenster öffnen.",
    goes_on: "Das Gespräch geht weiter. Zum Verlassen das Fenster wieder öffnen.",
};

/// The texts in a language. For the system's language, this reads its locale (`de_DE.UTF-8`).
pub(crate) fn texts(language: Language) -> &'static Texts {
    match language {
        Language::En => &EN,
        Language::De => &DE,
        Language::System => {
            let set = |variable| std::env::var(variable).ok().filter(|value| !value.is_empty());
            let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
            if locale.is_some_and(|locale| locale.starts_with("de")) { &DE } else { &EN }
        }
    }
}
