//! What people write to each other in the meeting.

use std::fmt::Write as _;

use holdfast_meeting::{ChatChanges, ChatMessage};
use holdfast_protocol::{ParticipantId, Revision, limits};
use tauri::{AppHandle, Runtime, State};

use super::diagnostics::{ExportFolders, ExportedFile};
use crate::call::Call;
use crate::error::AppError;

/// Writes to everyone, or to one participant only.
#[tauri::command]
pub(crate) async fn chat_write(
    call: State<'_, Call>,
    to: Option<ParticipantId>,
    text: String,
) -> Result<ChatMessage, AppError> {
    Ok(call.meeting()?.chat_write(to, &text)?)
}

/// What changed in the chat after this revision.
#[tauri::command]
pub(crate) async fn chat_since(call: State<'_, Call>, revision: Revision) -> Result<ChatChanges, AppError> {
    Ok(call.meeting()?.chat_since(revision))
}

/// The person has seen everything that was written.
#[tauri::command]
pub(crate) async fn chat_read(call: State<'_, Call>) -> Result<(), AppError> {
    call.meeting()?.chat_read();
    Ok(())
}

/// Writes the whole chat into a text file.
#[tauri::command]
pub(crate) async fn chat_save(
    call: State<'_, Call>,
    folders: State<'_, ExportFolders>,
) -> Result<ExportedFile, AppError> {
    let meeting = call.meeting()?;
    let snapshot = meeting.snapshot().await?;
    let name_of = |id: &ParticipantId| {
        let mut people = snapshot.participants.iter().chain([&snapshot.me]);
        people.find(|person| person.id == *id).map_or_else(|| id.to_string(), |person| person.name.clone())
    };
    let text = transcript(&meeting.chat_messages(), name_of);
    let name = format!("holdfast-chat-{}.txt", snapshot.started_at_ms);
    folders.write(name, text.into_bytes()).await
}

/// Puts a message on the clipboard. The page cannot do this, because a webview asks or refuses.
#[tauri::command]
pub(crate) async fn copy_text<R: Runtime>(app: AppHandle<R>, text: String) -> Result<(), AppError> {
    super::meeting::to_clipboard(app, text).await
}

/// Opens a link that someone wrote, in the browser of the system. A person pressed it; nothing opens by itself.
#[tauri::command]
pub(crate) async fn open_link(url: String) -> Result<(), AppError> {
    if !is_web_address(&url) {
        return Err(AppError::LinkNotOpened);
    }
    // Starts another program, which may take time. The address stays out of the log.
    let opened = tokio::task::spawn_blocking(move || open::that_detached(url)).await;
    opened.map_err(|_| AppError::Internal)?.map_err(|_| AppError::LinkNotOpened)
}

/// Whether this can only be meant for a browser: other schemes start other programs.
fn is_web_address(url: &str) -> bool {
    let plain =
        url.len() <= limits::CHAT_TEXT_BYTES && !url.chars().any(|c| c.is_control() || c.is_whitespace());
    let address = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    plain && address.is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '['))
}

/// One paragraph for each message: when and who, then the text. Times are UTC, because the file may be read elsewhere.
fn transcript(messages: &[ChatMessage], name_of: impl Fn(&ParticipantId) -> String) -> String {
    let mut text = String::new();
    for message in messages {
        let to = message.to.as_ref().map_or_else(String::new, |to| format!(" → {}", name_of(to)));
        let seconds = message.at_ms / 1000;
        let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "[{hours:02}:{minutes:02} UTC] {}{to}\n{}\n", message.name, message.text);
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_a_web_address_is_opened() {
        assert!(is_web_address("https://example.org/a?b=c#d"));
        assert!(is_web_address("http://[2001:db8::1]/"));
        for other in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "https://-x",
            "https://a b",
            "HTTPS",
            "",
        ] {
            assert!(!is_web_address(other), "{other}");
        }
    }

    #[test]
    fn a_saved_chat_says_who_wrote_what_to_whom() {
        let message = |text: &str, to: Option<&str>| ChatMessage {
            id: String::new(),
            clock: 1,
            participant: "0000000000000001".parse().unwrap(),
            name: "Ada".into(),
            own: true,
            to: to.map(|to| to.parse().unwrap()),
            at_ms: 1_764_597_780_000,
            text: text.into(),
            delivery: None,
            earlier: false,
            revision: Revision(1),
        };
        let said = [message("two\nlines", None), message("for you", Some("0000000000000002"))];
        let text = transcript(&said, |id| format!("person {}", &id.as_str()[15..]));
        assert_eq!(text, "[14:03 UTC] Ada\ntwo\nlines\n\n[14:03 UTC] Ada → person 2\nfor you\n\n");
    }
}
