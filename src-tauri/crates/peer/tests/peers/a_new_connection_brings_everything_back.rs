use crate::common::{End, heard, pair, shown, straight};
use crate::network::Network;
use holdfast_peer::{PeerEvent, PeerOutput, PeerState};
use holdfast_protocol::{Generation, MediaState, PeerMessage, Revision, TrackSource};

async fn taken_over(end: &mut End, generation: Generation) {
    assert_eq!(end.rebuilt().await, generation);
    end.until("takeover", |snapshot| {
        snapshot.negotiation.recovery.is_none() && snapshot.negotiation.previous.is_none()
    })
    .await;
    assert_eq!(end.peer.generation(), generation);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_change_of_address_sound_camera_and_screen_are_back() {
    let (mut a, mut b) = pair(straight(), straight());
    a.connected().await;
    b.connected().await;
    let _streams = (a.stream(&[TrackSource::Camera, TrackSource::Screen]), b.stream(&[TrackSource::Camera]));
    a.peer.set_screen(true);
    shown(&mut b, TrackSource::Screen).await;
    a.peer.address_changed();
    for end in [&mut a, &mut b] {
        taken_over(end, Generation(2)).await;
        end.forget_media();
    }
    shown(&mut b, TrackSource::Screen).await;
    b.forget_media();
    shown(&mut b, TrackSource::Camera).await;
    heard(&mut b).await;
    shown(&mut a, TrackSource::Camera).await;
    heard(&mut a).await;
}

/// Everything that came, in order, checked to be without a hole and without a repetition.
#[derive(Default)]
struct Continuity {
    sound: Option<(u32, u16)>,
    picture: Option<u32>,
    states: Vec<PeerState>,
}

impl Continuity {
    fn check(&mut self, event: &PeerOutput) {
        match event {
            PeerOutput::Audio(packet) => {
                let step = u32::from_be_bytes(packet.payload[..4].try_into().unwrap());
                if let Some((last, sequence)) = self.sound {
                    assert_eq!(step, last + 1, "sound");
                    assert_eq!(packet.sequence, sequence.wrapping_add(1));
                }
                self.sound = Some((step, packet.sequence));
            }
            PeerOutput::Video(frame) => {
                let step = u32::from_be_bytes(frame.data[1..5].try_into().unwrap());
                if let Some(last) = self.picture {
                    assert_eq!(step, last + 1, "picture");
                }
                self.picture = Some(step);
            }
            PeerOutput::Event(PeerEvent::State(state)) => self.states.push(*state),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_beside_a_working_path_is_neither_seen_nor_heard() {
    let (mut a, mut b) = pair(straight(), straight());
    a.connected().await;
    b.connected().await;
    let _streams = (a.stream(&[TrackSource::Camera]), b.stream(&[TrackSource::Camera]));
    for end in [&mut a, &mut b] {
        end.peer.expect_media(true);
        heard(end).await;
        shown(end, TrackSource::Camera).await;
    }
    let (mut at_a, mut at_b) = (Continuity::default(), Continuity::default());
    for generation in (2..5).map(Generation) {
        a.peer.address_changed();
        for (end, continuity) in [(&mut a, &mut at_a), (&mut b, &mut at_b)] {
            let taken_over = |peer: &holdfast_peer::Peer| {
                let negotiation = peer.snapshot().negotiation;
                negotiation.generation == generation && negotiation.previous.is_none()
            };
            end.each_until("takeover", |event| continuity.check(event), taken_over).await;
        }
        // The old connection says farewell; then the new one goes on alone.
        for (end, continuity) in [(&mut a, &mut at_a), (&mut b, &mut at_b)] {
            let mut events = 0..100;
            end.each_until("more media", |event| continuity.check(event), |_| events.next().is_none()).await;
        }
    }
    for states in [at_a.states, at_b.states] {
        assert!(
            !states.contains(&PeerState::Reconnecting) && !states.contains(&PeerState::Failed),
            "{states:?}"
        );
    }
    // It really came twice.
    let duplicate = |end: &End| end.peer.stats().sum(|counts| counts.duplicate);
    assert!(duplicate(&a) > 0 && duplicate(&b) > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_path_is_replaced_and_let_go() {
    let network = Network::default();
    let (mut a, mut b) = pair(network.wire(), network.wire());
    a.connected().await;
    b.connected().await;
    let _streams = (a.stream(&[TrackSource::Camera]), b.stream(&[TrackSource::Camera]));
    for end in [&mut a, &mut b] {
        end.peer.expect_media(true);
        shown(end, TrackSource::Camera).await;
    }
    network.kill_existing();
    a.peer.address_changed();
    for end in [&mut a, &mut b] {
        taken_over(end, Generation(2)).await;
        end.forget_media();
        heard(end).await;
        shown(end, TrackSource::Camera).await;
    }
    let state = MediaState { revision: Revision::FIRST, ..MediaState::default() };
    assert!(a.peer.control(PeerMessage::MediaState(state.into())));
    b.wait("state", |event| {
        (*event == PeerOutput::Event(PeerEvent::Control(PeerMessage::MediaState(state.into())))).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_connection_negotiates_the_new_one_while_signaling_is_away() {
    let network = Network::default();
    let (mut a, mut b) = pair(network.wire(), network.wire());
    a.connected().await;
    b.connected().await;
    let _streams = (a.stream(&[TrackSource::Camera]), b.stream(&[TrackSource::Camera]));
    network.lose_signaling(true);
    for end in [&a, &b] {
        end.peer.set_signaling(false);
    }
    for generation in (2..4).map(Generation) {
        b.peer.address_changed();
        for end in [&mut a, &mut b] {
            taken_over(end, generation).await;
            end.forget_media();
            heard(end).await;
            shown(end, TrackSource::Camera).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_message_is_lost_while_one_connection_follows_the_other() {
    const MESSAGES: u64 = 200;
    let (mut a, mut b) = pair(straight(), straight());
    a.connected().await;
    b.connected().await;
    let talker = a.peer.clone();
    let talking = tokio::spawn(async move {
        for revision in 1..=MESSAGES {
            let state = PeerMessage::MediaState(
                MediaState { revision: Revision(revision), ..MediaState::default() }.into(),
            );
            while !talker.control(state.clone()) {
                tokio::task::yield_now().await;
            }
            if revision % 50 == 0 {
                talker.address_changed();
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    });
    let mut missing: std::collections::BTreeSet<u64> = (1..=MESSAGES).collect();
    while !missing.is_empty() {
        let revision = b
            .wait("message", |event| match event {
                PeerOutput::Event(PeerEvent::Control(PeerMessage::MediaState(told))) => {
                    Some(told.state.revision.get())
                }
                _ => None,
            })
            .await;
        assert!(missing.remove(&revision), "{revision} twice");
    }
    talking.await.unwrap();
}
