//! Writes the inputs every target begins with into `src-tauri/fuzz/corpus`. What the fuzzer makes of them is kept
//! there too, so this is needed only after a target's input was given another shape: empty its folder, then
//! `cargo run -p holdfast-fuzz-targets --example seeds`, then `cargo xtask fuzz TARGET`.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use holdfast_media::video::{PatternSource, Stop, VideoSettings, Vp8Encoder};
use holdfast_protocol::{
    Bounds, ClientMessage, DescriptionKind, DescriptionNumber, ErrorCode, Generation, JoinKey, LeaveReason,
    MediaState, MessageNumber, Mid, ParticipantId, PeerMessage, Resume, Revision, RoomId, RosterEntry,
    Secret, ServerMessage, TrackSource,
};

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
                   m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=ice-ufrag:abcd\r\n\
                   a=ice-pwd:0123456789012345678901\r\na=sendrecv\r\na=rtpmap:111 opus/48000/2\r\n";

fn main() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    for (target, seeds) in seeds() {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder).unwrap();
        for (index, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{index:02}")), seed).unwrap();
        }
    }
}

fn seeds() -> BTreeMap<&'static str, Vec<Vec<u8>>> {
    let operations = || random_inputs(12);
    let texts = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
    BTreeMap::from([
        ("channel_frames", operations()),
        ("client_frame", client_frames()),
        ("server_frame", server_frames()),
        ("peer_message", peer_messages()),
        (
            "profile",
            texts(&[
                r#"{"name":"Ada","instance":"00000000000000ff"}"#,
                r#"{"name":"  "}"#,
                r#"{"name":"Zoë\n"}"#,
            ]),
        ),
        (
            "link",
            texts(&[
                "holdfast://join/127.0.0.1:7000/room-1#AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "HOLDFAST://Join/[::1]:1/a?tls=1#_-8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
                "holdfast://join/meet.example.org:443/team?tls=0#",
            ]),
        ),
        ("sealed_bytes", operations()),
        ("sealed_tampered", operations()),
        ("negotiation_pair", operations()),
        ("negotiation_hostile", operations()),
        ("peer_inputs", operations()),
        ("session_description", vec![SDP.into(), format!("{SDP}\0{}", SDP.replace("abcd", "efgh")).into()]),
        ("turn_stream", operations()),
        ("video_packets", operations()),
        ("vp8_frames", vec![vp8(20, 10, 3), vp8(64, 48, 3), vp8(40, 20, 6)]),
        ("audio_packets", operations()),
        ("y4m_file", vec![y4m(4, 2, 2), y4m(3, 3, 1)]),
        (
            "wav_file",
            vec![wav(1, 1, 48_000, 16), wav(1, 2, 44_100, 24), wav(3, 1, 16_000, 32), wav(1, 1, 8_000, 8)],
        ),
        ("page_messages", page_messages()),
        (
            "preferences_file",
            texts(&[
                r#"{"name":"Ada"}"#,
                "{}",
                "null",
                r#"{"name":7}"#,
                r#"{"theme":"dark","name":"\u00e4"}"#,
            ]),
        ),
    ])
}

/// For targets whose operations are made of any bytes.
fn random_inputs(count: u64) -> Vec<Vec<u8>> {
    (1..=count)
        .map(|seed| {
            let mut state = seed;
            (0..seed * 40)
                .map(|_| {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    (state >> 24) as u8
                })
                .collect()
        })
        .collect()
}

fn id(bits: u64) -> ParticipantId {
    ParticipantId::from_random(bits)
}

fn client_frames() -> Vec<Vec<u8>> {
    let room: RoomId = "room".parse().unwrap();
    let key = JoinKey::derive(&Secret::from_bytes([1; 32]));
    let join = |resume| ClientMessage::Join {
        room: room.clone(),
        participant: id(1),
        public_key: key.public_key(),
        proof: key.prove("challenge", &room, &id(1)),
        profile: "cHJvZmlsZQ".into(),
        resume,
    };
    [
        ClientMessage::Hello { version: 1, client: "holdfast 0.1".into() },
        join(None),
        join(Some(Resume { token: "token".into(), last_seq: MessageNumber(7) })),
        ClientMessage::Relay {
            seq: MessageNumber(1),
            to: id(2),
            generation: Generation(3),
            payload: "cGF5bG9hZA".into(),
        },
        ClientMessage::Profile { profile: "cHJvZmlsZQ".into() },
        ClientMessage::Ack { seq: MessageNumber(9) },
        ClientMessage::Leave {},
        ClientMessage::Ping { nonce: 5 },
        ClientMessage::Pong { nonce: 5 },
    ]
    .iter()
    .map(|message| message.to_json().into_bytes())
    .collect()
}

fn server_frames() -> Vec<Vec<u8>> {
    let profile = || String::from("cHJvZmlsZQ");
    [
        ServerMessage::Hello { version: 1, challenge: "c".into(), bounds: Bounds::V1 },
        ServerMessage::Welcome {
            participant: id(1),
            token: "token".into(),
            resumed: true,
            received: MessageNumber(4),
            roster: vec![RosterEntry { participant: id(2), profile: profile(), present: false }],
            bounds: Bounds::V1,
        },
        ServerMessage::ParticipantJoined { seq: MessageNumber(1), participant: id(2), profile: profile() },
        ServerMessage::ParticipantChanged {
            seq: MessageNumber(2),
            participant: id(2),
            profile: profile(),
            present: true,
        },
        ServerMessage::ParticipantLeft {
            seq: MessageNumber(3),
            participant: id(2),
            reason: LeaveReason::TimedOut,
        },
        ServerMessage::Relay {
            seq: MessageNumber(4),
            from: id(2),
            generation: Generation::FIRST,
            payload: "cGF5bG9hZA".into(),
        },
        ServerMessage::Ack { seq: MessageNumber(1) },
        ServerMessage::Ping { nonce: 5 },
        ServerMessage::Pong { nonce: 5 },
        ServerMessage::error(ErrorCode::RoomFull, "full"),
    ]
    .iter()
    .map(|message| message.to_json().into_bytes())
    .collect()
}

fn peer_messages() -> Vec<Vec<u8>> {
    let tracks =
        BTreeMap::from([(Mid::from("0"), TrackSource::Microphone), (Mid::from("1"), TrackSource::Screen)]);
    let description = |kind, answers| PeerMessage::Description {
        generation: Some(Generation(2)),
        kind,
        sdp: SDP.into(),
        tracks: tracks.clone(),
        number: Some(DescriptionNumber(7)),
        answers,
    };
    [
        description(DescriptionKind::Offer, None),
        description(DescriptionKind::Answer, Some(DescriptionNumber(3))),
        PeerMessage::Candidate {
            generation: None,
            candidate: "candidate:1 1 udp 2130706431 127.0.0.1 5000 typ host".into(),
            sdp_mid: Some("0".into()),
            sdp_m_line_index: Some(0),
        },
        PeerMessage::MediaState(
            MediaState { revision: Revision(3), camera: true, ..MediaState::default() }.into(),
        ),
        PeerMessage::Hears { participants: vec!["00000000000000aa".parse().unwrap()] },
        PeerMessage::Goodbye {},
    ]
    .iter()
    .map(|message| message.to_json().into_bytes())
    .collect()
}

fn piece(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    [&length.to_le_bytes(), data].concat()
}

fn vp8(width: u32, height: u32, frames: u64) -> Vec<u8> {
    let settings = VideoSettings { width, height, ..VideoSettings::default() };
    let pattern = PatternSource::new(120, settings, &Stop::new());
    let mut encoder = Vp8Encoder::new(width, height, 30, 100).unwrap();
    (0..frames)
        .filter_map(|index| encoder.encode(&pattern.frame(index), index == 4).unwrap())
        .flat_map(|frame| piece(&frame.data))
        .collect()
}

fn y4m(width: usize, height: usize, frames: usize) -> Vec<u8> {
    let mut file = format!("YUV4MPEG2 W{width} H{height} F30:1 Ip A1:1 C420mpeg2\n").into_bytes();
    let pixels = width * height + 2 * width.div_ceil(2) * height.div_ceil(2);
    for frame in 0..frames {
        file.extend(b"FRAME\n");
        file.extend((0..pixels).map(|pixel| (pixel + frame) as u8));
    }
    file
}

/// `format` 1 is integers, 3 is floats.
fn wav(format: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let align = channels * bits / 8;
    let data: Vec<u8> = (0..u32::from(align) * 50).map(|byte| (byte * 7) as u8 & 0x3f).collect();
    let mut file = b"RIFF".to_vec();
    file.extend((36 + data.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0");
    file.extend([format, channels].iter().flat_map(|field| field.to_le_bytes()));
    file.extend([rate, rate * u32::from(align)].iter().flat_map(|field| field.to_le_bytes()));
    file.extend([align, bits].iter().flat_map(|field| field.to_le_bytes()));
    file.extend(b"data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file
}

fn page_messages() -> Vec<Vec<u8>> {
    let texts = [
        r#"{"type":"hello","token":"00","format":"vp8"}"#,
        r#"{"type":"credit","feed":1,"seq":3}"#,
        r#"{"type":"format","feed":1,"format":"i420"}"#,
        r#"{"type":"keyframe","feed":1}"#,
    ];
    let all: Vec<u8> =
        texts.iter().flat_map(|text| [piece(&[0x41]), piece(text.as_bytes()), piece(&[])].concat()).collect();
    texts.iter().map(|text| piece(text.as_bytes())).chain([all]).collect()
}
