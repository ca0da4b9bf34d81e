//! The frame socket as our page finds it, and as others find it.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use holdfast_meeting::{FeedFrame, FeedNumber};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, header};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::credit::{FrameFormat, VP8_CREDITS};
use super::header::Header;
use super::hub::FrameHub;
use super::socket::{FrameSocket, FrameSocketAddress};

const ORIGIN: &str = "tauri://localhost";

type Page = WebSocketStream<TcpStream>;

async fn listening() -> (FrameHub, FrameSocket) {
    let hub = FrameHub::new();
    let socket = FrameSocket::bind(hub.clone(), vec![ORIGIN.into()]).await.unwrap();
    (hub, socket)
}

async fn connect(url: &str, origin: Option<&str>) -> Result<Page, WsError> {
    let mut request = url.into_client_request().unwrap();
    if let Some(origin) = origin {
        request.headers_mut().insert(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
    }
    let address = url.trim_start_matches("ws://").split('/').next().unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    client_async(request, stream).await.map(|(page, _)| page)
}

fn hello(token: &str, format: &str) -> String {
    format!(r#"{{"type":"hello","token":"{token}","format":"{format}"}}"#)
}

/// A page that was let in, and whose session runs.
async fn page(socket: &FrameSocket, hub: &FrameHub, format: &str) -> Page {
    let FrameSocketAddress { url, token } = socket.grant();
    let mut page = connect(&url, Some(ORIGIN)).await.unwrap();
    say(&mut page, &hello(&token, format)).await;
    say(&mut page, r#"{"type":"keyframe","feed":99}"#).await;
    assert_eq!(hub.keyframe_wanted().await, Some(99));
    page
}

async fn say(page: &mut Page, text: &str) {
    page.send(Message::text(text)).await.unwrap();
}

/// The next frame.
async fn frame(page: &mut Page) -> (Header, Vec<u8>) {
    let message = page.next().await.unwrap().unwrap();
    assert!(matches!(message, Message::Binary(_)), "{message:?}");
    let (header, payload) = Header::read(&message.into_data()).map(|(h, p)| (h, p.to_vec())).unwrap();
    (header, payload)
}

/// How the socket ends the connection: the reason it gives, if any.
async fn end(page: &mut Page) -> Option<String> {
    while let Some(Ok(message)) = page.next().await {
        if let Message::Close(close) = message {
            return close.map(|close| close.reason.to_string());
        }
    }
    None
}

fn encoded(feed: u32, number: u8, keyframe: bool) -> FeedFrame {
    let data = Bytes::from(vec![number]);
    FeedFrame {
        feed: FeedNumber(feed),
        keyframe,
        timestamp: u32::from(number) * 3000,
        width: 640,
        height: 360,
        data,
    }
}

#[tokio::test]
async fn our_page_gets_frames() {
    let (hub, socket) = listening().await;
    let mut page = page(&socket, &hub, "vp8").await;
    hub.publish(encoded(3, 7, true));
    hub.publish(encoded(3, 8, false));
    let (header, payload) = frame(&mut page).await;
    assert_eq!(payload, [7]);
    let expected = Header {
        format: FrameFormat::Vp8,
        keyframe: true,
        undecodable: false,
        feed: 3,
        seq: 1,
        timestamp_us: header.timestamp_us,
        width: 640,
        height: 360,
    };
    assert_eq!(header, expected);
    let (second, payload) = frame(&mut page).await;
    assert_eq!((second.seq, second.keyframe, payload), (2, false, vec![8]));
    let step = second.timestamp_us - header.timestamp_us;
    assert!((33_333..=33_334).contains(&step), "{step}");
}

#[tokio::test]
async fn a_foreign_origin_or_path_is_refused_in_the_handshake() {
    let (_hub, socket) = listening().await;
    let FrameSocketAddress { url, .. } = socket.grant();
    let status = |result: Result<Page, WsError>| match result {
        Err(WsError::Http(response)) => response.status(),
        other => panic!("{other:?}"),
    };
    let foreign =
        [None, Some("https://example.com"), Some("null"), Some("tauri://localhost.example.com"), Some("")];
    for origin in foreign {
        assert_eq!(status(connect(&url, origin).await), StatusCode::FORBIDDEN, "{origin:?}");
    }
    let elsewhere = url.replace("/frames", "/");
    assert_eq!(status(connect(&elsewhere, Some(ORIGIN)).await), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_wrong_token_is_turned_away() {
    let (_hub, socket) = listening().await;
    let FrameSocketAddress { url, token } = socket.grant();
    for wrong in ["", "00", &token[1..], &"0".repeat(token.len())] {
        let mut page = connect(&url, Some(ORIGIN)).await.unwrap();
        say(&mut page, &hello(wrong, "vp8")).await;
        assert_eq!(end(&mut page).await.as_deref(), Some("bad_token"));
    }
}

#[tokio::test]
async fn a_token_opens_one_connection_only() {
    let (hub, socket) = listening().await;
    let FrameSocketAddress { url, token } = socket.grant();
    let mut first = connect(&url, Some(ORIGIN)).await.unwrap();
    say(&mut first, &hello(&token, "vp8")).await;
    say(&mut first, r#"{"type":"keyframe","feed":1}"#).await;
    assert_eq!(hub.keyframe_wanted().await, Some(1));
    let mut second = connect(&url, Some(ORIGIN)).await.unwrap();
    say(&mut second, &hello(&token, "vp8")).await;
    assert_eq!(end(&mut second).await.as_deref(), Some("bad_token"));
    hub.publish(encoded(1, 5, true));
    assert_eq!(frame(&mut first).await.1, [5], "the first is not disturbed");
}

#[tokio::test]
async fn what_is_not_a_message_ends_the_connection_with_a_reason() {
    let (hub, socket) = listening().await;
    let large = format!(r#"{{"type":"credit","feed":1,"seq":1,"x":"{}"}}"#, "x".repeat(4096));
    let cases: [(Message, &str); 9] = [
        (Message::text("nonsense"), "malformed"),
        (Message::text(""), "malformed"),
        (Message::text("{}"), "malformed"),
        (Message::text(r#"{"type":"shutdown"}"#), "malformed"),
        (Message::text(r#"{"type":"credit","feed":-1,"seq":1}"#), "malformed"),
        (Message::text(r#"{"type":"credit","feed":1,"seq":4294967296}"#), "malformed"),
        (Message::text("[".repeat(1000)), "malformed"),
        (Message::binary(vec![0; 10]), "not_text"),
        (Message::text(large), "too_large"),
    ];
    for (message, reason) in cases {
        let FrameSocketAddress { url, .. } = socket.grant();
        let mut stranger = connect(&url, Some(ORIGIN)).await.unwrap();
        stranger.send(message.clone()).await.unwrap();
        assert_eq!(end(&mut stranger).await.as_deref(), Some(reason), "as a hello");
        let mut page = page(&socket, &hub, "vp8").await;
        page.send(message).await.unwrap();
        assert_eq!(end(&mut page).await.as_deref(), Some(reason), "after the hello");
    }
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let hub = FrameHub::new();
    let origins = vec![ORIGIN.into()];
    let socket = FrameSocket::bind_with(hub, origins, Duration::from_millis(50)).await.unwrap();
    let FrameSocketAddress { url, .. } = socket.grant();
    let mut silent = connect(&url, Some(ORIGIN)).await.unwrap();
    assert_eq!(end(&mut silent).await, None);
}

#[tokio::test]
async fn a_slow_reader_is_not_flooded_and_goes_on_at_the_newest_keyframe() {
    let (hub, socket) = listening().await;
    let mut page = page(&socket, &hub, "vp8").await;
    for number in 0..100 {
        hub.publish(encoded(1, number, number == 0));
    }
    // Frames are handled in order: once this one arrives, the others were handled.
    hub.publish(encoded(2, 0, true));
    for number in 1..=VP8_CREDITS {
        assert_eq!(frame(&mut page).await.0.seq, number);
    }
    assert_eq!(frame(&mut page).await.0.feed, 2);
    say(&mut page, &format!(r#"{{"type":"credit","feed":1,"seq":{VP8_CREDITS}}}"#)).await;
    assert_eq!(hub.keyframe_wanted().await, Some(1));
    hub.publish(encoded(1, 200, false));
    hub.publish(encoded(1, 201, true));
    let (header, payload) = frame(&mut page).await;
    assert_eq!((header.seq, header.keyframe, payload), (VP8_CREDITS + 1, true, vec![201]));
}

#[tokio::test]
async fn a_page_that_cannot_decode_gets_pictures() {
    use holdfast_media::video::{VideoCapture, VideoSettings, VideoSourceSpec};
    const FRAMES: usize = 10;

    let (frames, mut captured) = tokio::sync::mpsc::channel(FRAMES);
    let settings = VideoSettings { width: 64, height: 48, fps: 30, bitrate_kbps: 200 };
    let sink = Box::new(move |frame| drop(frames.try_send(frame)));
    let capture =
        VideoCapture::start(VideoSourceSpec::Pattern { hue: 120 }, settings, sink, Box::new(|_| {})).unwrap();
    let (hub, socket) = listening().await;
    let mut page = page(&socket, &hub, "i420").await;
    for number in 1..=FRAMES {
        let video = captured.recv().await.unwrap();
        assert!(number > 1 || video.keyframe);
        hub.publish(FeedFrame {
            feed: FeedNumber(1),
            keyframe: video.keyframe,
            timestamp: video.timestamp,
            width: video.width,
            height: video.height,
            data: video.data,
        });
        let (header, payload) = frame(&mut page).await;
        assert_eq!((header.format, header.seq as usize), (FrameFormat::I420, number));
        assert_eq!((header.width, header.height), (64, 48));
        assert_eq!(payload.len(), 64 * 48 * 3 / 2);
        say(&mut page, &format!(r#"{{"type":"credit","feed":1,"seq":{number}}}"#)).await;
    }
    drop(capture);
}
