//! Looks at a link or an address before it is used.

use std::time::Instant;

use holdfast_meeting::{IceServer, check_ice_server};
use holdfast_protocol::MeetingLink;
use serde::Serialize;
use ts_rs::TS;

use crate::error::AppError;
use crate::preferences::{IceServerChoice, PreferenceError, checked_ice_server};

/// What an invite says, without its secret.
#[derive(Debug, Serialize, TS)]
#[ts(export)]
pub(crate) struct LinkDetails {
    /// The room.
    room: String,
    /// `host:port` of the meeting server.
    server: String,
}

/// What a test of a STUN or TURN server found.
#[derive(Debug, Serialize, TS)]
#[ts(export)]
pub(crate) struct ServerTest {
    /// Whether it answered correctly.
    ok: bool,
    /// How long that took.
    ms: Option<u32>,
    /// The code of why not.
    code: Option<String>,
}

/// Reads an invite. If it is wrong, the error says how.
#[tauri::command]
pub(crate) async fn inspect_link(link: String) -> Result<LinkDetails, AppError> {
    let link: MeetingLink = link.parse()?;
    Ok(LinkDetails { room: link.room.to_string(), server: link.server.to_string() })
}

/// Asks a STUN server for our address, or a TURN server for a relay.
#[tauri::command]
pub(crate) async fn test_server(server: IceServerChoice) -> Result<ServerTest, AppError> {
    let failed = |code: &str| ServerTest { ok: false, ms: None, code: Some(code.to_owned()) };
    if let Err(error) = checked_ice_server(&server) {
        return Ok(failed(PreferenceError::code(error)));
    }
    let IceServerChoice { url, username, credential } = server;
    let asked = Instant::now();
    Ok(match check_ice_server(&IceServer { urls: vec![url], username, credential }).await {
        Ok(()) => {
            let ms = u32::try_from(asked.elapsed().as_millis()).ok();
            ServerTest { ok: true, ms, code: None }
        }
        Err(error) => failed(error.code()),
    })
}
