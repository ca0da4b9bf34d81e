//! One WebSocket: handshake, frame and rate limits, heartbeat, and an orderly end.

use std::{sync::Arc, time::Duration};

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use holdfast_delivery::RateLimit;
use holdfast_protocol::{
    ClientMessage, ErrorCode, ServerMessage, VERSION,
    limits::{FRAME_BYTES, JOIN_TIMEOUT},
};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, timeout, timeout_at},
};

use crate::{
    RATE,
    hub::{Attached, Hub, Stop},
    room::{ConnectionId, JoinRequest},
};

/// Largest WebSocket message that is read at all. It is larger than the frame limit, so that a frame over the limit is
/// read to its end and can be answered: closing a socket with unread data would destroy the answer.
pub(crate) const READ_BYTES: usize = 4 * FRAME_BYTES;

/// A socket that takes no data for this long is given up.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// How long it may take to send the rest of the queue and the close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// WebSocket close code after an error; the reason is the error's code. 4000-4999 are for applications
/// (RFC 6455 section 7.4.2).
const CLOSE_ERROR: u16 = 4000;

/// Why a connection ends: a fatal error to send, or `None` when there is nothing (more) to say.
type End = Option<ErrorCode>;

/// Drives one connection to its end.
pub(crate) async fn run(socket: WebSocket, hub: Arc<Hub>) {
    let (attached, refused) = hub.attach();
    let Attached { id, outgoing, reply, stop } = attached;
    let (sink, stream) = socket.split();
    let (close, closed) = watch::channel(None);
    let writer = tokio::spawn(write(sink, outgoing, closed));
    let end = match refused {
        Some(code) => Some(code),
        None => {
            let mut reader = Reader {
                hub: Arc::clone(&hub),
                id,
                stream,
                reply,
                stop,
                rate: RateLimit::new(RATE, hub.now()),
                challenge: encode(&rand::random::<[u8; 32]>()),
                greeted: false,
            };
            let end = reader.run().await;
            // Keeps reading until the last frames are written: closing a socket over unread data would destroy them.
            tokio::spawn(async move {
                let _ =
                    timeout(CLOSE_TIMEOUT, async { while let Some(Ok(_)) = reader.stream.next().await {} })
                        .await;
            });
            end
        }
    };
    tracing::debug!(connection = id.0, code = end.map(ErrorCode::as_str), "connection ends");
    close.send_replace(Some(end));
    let aborter = writer.abort_handle();
    if timeout(CLOSE_TIMEOUT, writer).await.is_err() {
        aborter.abort();
    }
    hub.detach(id);
}

/// Writes what is queued, then the error and the close frame.
async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut outgoing: mpsc::Receiver<ServerMessage>,
    mut closed: watch::Receiver<Stop>,
) {
    let end = loop {
        tokio::select! {
            biased;
            end = told_to_stop(&mut closed) => break end,
            message = outgoing.recv() => {
                let Some(message) = message else { break None };
                let sent = timeout(SEND_TIMEOUT, sink.send(Message::text(message.to_json()))).await;
                // A socket that cannot be written also ends its reader: by an error, or by silence.
                if !matches!(sent, Ok(Ok(()))) { return }
            }
        }
    };
    while let Ok(message) = outgoing.try_recv() {
        if sink.feed(Message::text(message.to_json())).await.is_err() {
            return;
        }
    }
    let frame = match end {
        Some(code) => {
            let error = ServerMessage::error(code, description(code));
            let _ = sink.feed(Message::text(error.to_json())).await;
            CloseFrame { code: CLOSE_ERROR, reason: code.as_str().into() }
        }
        None => CloseFrame { code: close_code::NORMAL, reason: "".into() },
    };
    let _ = sink.send(Message::Close(Some(frame))).await;
}

struct Reader {
    hub: Arc<Hub>,
    id: ConnectionId,
    stream: SplitStream<WebSocket>,
    reply: mpsc::Sender<ServerMessage>,
    stop: watch::Receiver<Stop>,
    rate: RateLimit,
    challenge: String,
    greeted: bool,
}

impl Reader {
    async fn run(&mut self) -> End {
        let joined =
            timeout_at(Instant::now() + self.hub.timing.join_timeout.min(JOIN_TIMEOUT), self.handshake());
        match joined.await {
            Ok(Ok(())) => {}
            Ok(Err(end)) => return end,
            Err(_) => return Some(ErrorCode::TimedOut),
        }
        let timing = self.hub.timing.clone();
        let mut heartbeat = tokio::time::interval_at(Instant::now() + timing.heartbeat, timing.heartbeat);
        let mut heard = Instant::now();
        let mut nonce = 0u32;
        loop {
            let mut stop = self.stop.clone();
            tokio::select! {
                end = told_to_stop(&mut stop) => return end,
                received = self.stream.next() => {
                    heard = Instant::now();
                    match self.read(received) {
                        Ok(Some(message)) => if let Err(code) = self.hub.message(self.id, message) {
                            return Some(code);
                        },
                        Ok(None) => {}
                        Err(end) => return end,
                    }
                }
                () = tokio::time::sleep_until(heard + timing.dead_after) => return Some(ErrorCode::TimedOut),
                _ = heartbeat.tick() => {
                    nonce = nonce.wrapping_add(1);
                    // If the queue is full, what it holds is enough to show whether the socket lives.
                    let _ = self.reply.try_send(ServerMessage::Ping { nonce });
                }
            }
        }
    }

    /// `hello`, then `join`.
    async fn handshake(&mut self) -> Result<(), End> {
        loop {
            let mut stop = self.stop.clone();
            let received = tokio::select! {
                end = told_to_stop(&mut stop) => return Err(end),
                received = self.stream.next() => received,
            };
            match self.read(received)? {
                None | Some(ClientMessage::Pong { .. }) => {}
                Some(ClientMessage::Ping { nonce }) => self.say(ServerMessage::Pong { nonce }),
                Some(ClientMessage::Hello { .. }) if self.greeted => {
                    return Err(Some(ErrorCode::AlreadyJoined));
                }
                Some(ClientMessage::Hello { version, .. }) => {
                    if version != VERSION {
                        return Err(Some(ErrorCode::UnsupportedVersion));
                    }
                    self.greeted = true;
                    let (challenge, bounds) = (self.challenge.clone(), self.hub.timing.bounds());
                    self.say(ServerMessage::Hello { version: VERSION, challenge, bounds });
                }
                Some(ClientMessage::Join { room, participant, public_key, proof, profile, resume })
                    if self.greeted =>
                {
                    let request = JoinRequest {
                        connection: self.id,
                        participant,
                        public_key: &public_key,
                        proof: &proof,
                        challenge: &self.challenge,
                        profile,
                        resume,
                        token: encode(&rand::random::<[u8; 32]>()),
                    };
                    return self.hub.join(&room, request).map_err(Some);
                }
                Some(_) => return Err(Some(ErrorCode::NotJoined)),
            }
        }
    }

    /// One WebSocket message; `None` if it was answered or ignored here.
    fn read(&mut self, received: Option<Result<Message, axum::Error>>) -> Result<Option<ClientMessage>, End> {
        let message = match received {
            None => return Err(None),
            Some(Ok(message)) => message,
            Some(Err(error)) => return Err(too_large(error).then_some(ErrorCode::FrameTooLarge)),
        };
        if !self.rate.allow(self.hub.now()) {
            return Err(Some(ErrorCode::RateLimited));
        }
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(bytes) if bytes.len() > FRAME_BYTES => {
                return Err(Some(ErrorCode::FrameTooLarge));
            }
            Message::Binary(_) => return Err(Some(ErrorCode::Malformed)),
            Message::Close(_) => return Err(None),
            Message::Ping(_) | Message::Pong(_) => return Ok(None),
        };
        match ClientMessage::parse(&text) {
            Ok(message) => Ok(Some(message)),
            Err(error) => {
                let code = error.error_code();
                if code.is_fatal() {
                    return Err(Some(code));
                }
                self.say(ServerMessage::error(code, description(code)));
                Ok(None)
            }
        }
    }

    fn say(&self, message: ServerMessage) {
        // Only full when the client does not read; the heartbeat notices.
        let _ = self.reply.try_send(message);
    }
}

/// Resolves when the connection must end.
async fn told_to_stop(stop: &mut watch::Receiver<Stop>) -> End {
    match stop.wait_for(Option::is_some).await {
        Ok(end) => end.flatten(),
        // The hub is gone, so there is no reason to report.
        Err(_) => None,
    }
}

fn too_large(error: axum::Error) -> bool {
    matches!(error.into_inner().downcast_ref::<tungstenite::Error>(), Some(tungstenite::Error::Capacity(_)))
}

fn encode(bytes: &[u8]) -> String {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// A sentence for developers of clients.
fn description(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::UnsupportedVersion => "this server speaks version 1",
        ErrorCode::Malformed => "the frame is not a well-formed message",
        ErrorCode::UnknownType => "the message has an unknown type and was ignored",
        ErrorCode::FrameTooLarge => "a message may have at most 64 KiB",
        ErrorCode::WrongSecret => "the proof does not match the room",
        ErrorCode::RoomFull => "the room has 16 participants",
        ErrorCode::IdTaken => "the participant id is in use by another connection",
        ErrorCode::RateLimited => "at most 100 messages per second, 200 at once",
        ErrorCode::NotJoined => "hello and join come first",
        ErrorCode::AlreadyJoined => "hello and join come only once",
        ErrorCode::UnknownParticipant => "the receiver is not in the room",
        ErrorCode::TimedOut => "nothing was heard in time",
        ErrorCode::TooSlow => "messages were not read fast enough",
        ErrorCode::Replaced => "a newer connection of this participant took over",
        ErrorCode::ServerFull => "the server is full",
        ErrorCode::ServerClosing => "the server is stopping",
        ErrorCode::Unknown => "unknown error",
    }
}
