//! The chat of a meeting: drives [`Chat`] over the `chat` channels of the links.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use holdfast_chat::{Action, Audience, Chat, ChatCounts, Input, LinkId, Me, WriteError};
use holdfast_delivery::{ChannelEvent, ChannelMessage};
use holdfast_meeting_machine::LinkKey;
use holdfast_peer::PeerChannel;
use holdfast_protocol::{ParticipantId, Revision};
use tokio::sync::Notify;

use crate::actor::{Clock, unix_ms};
use crate::chat_view::{self, ChatChanges, ChatMessage, ChatStanding};

/// The chat; clones are the same.
#[derive(Clone)]
pub(crate) struct ChatDriver {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Clock,
    state: Mutex<State>,
    news: Notify,
}

struct State {
    chat: Chat,
    channels: BTreeMap<LinkId, PeerChannel>,
    changed: bool,
}

impl ChatDriver {
    pub(crate) fn new(me: Me, clock: Clock) -> Self {
        let state = State { chat: Chat::new(me), channels: BTreeMap::new(), changed: false };
        Self { inner: Arc::new(Inner { clock, state: Mutex::new(state), news: Notify::new() }) }
    }

    pub(crate) fn joined(&self, participant: ParticipantId, name: String, before_us: bool) {
        self.input(Input::Joined { participant, name, before_us });
    }

    pub(crate) fn left(&self, participant: ParticipantId) {
        self.input(Input::Left(participant));
    }

    /// A link was begun: from now on, what its channel brings is read.
    pub(crate) fn link(&self, key: &LinkKey, channel: PeerChannel) {
        let link = LinkId(key.instance);
        self.lock().channels.insert(link, channel.clone());
        self.input(Input::Linked(link, key.remote.clone()));
        let chat = self.clone();
        // Ends with the peer.
        tokio::spawn(async move {
            while let Some(event) = channel.recv().await {
                match event {
                    ChannelEvent::Open => chat.input(Input::Opened(link)),
                    ChannelEvent::Closed => chat.input(Input::Closed(link)),
                    ChannelEvent::Message(ChannelMessage::Text(text)) => chat.input(Input::Frame(link, text)),
                    // The row says that this is text, so nothing else comes.
                    ChannelEvent::Message(ChannelMessage::Binary(_)) => {}
                }
            }
        });
    }

    pub(crate) fn unlink(&self, key: &LinkKey) {
        let link = LinkId(key.instance);
        self.lock().channels.remove(&link);
        self.input(Input::Unlinked(link));
    }

    pub(crate) fn write(&self, to: Option<ParticipantId>, text: &str) -> Result<ChatMessage, WriteError> {
        let now = self.now();
        let mut state = self.lock();
        let to = to.map_or(Audience::Everyone, Audience::One);
        let position = state.chat.write(to, text, unix_ms(), now)?;
        state.carry_out(now);
        let message = state.chat.entry(&position).map(|entry| chat_view::message(&state.chat, entry));
        drop(state);
        self.inner.news.notify_one();
        // It was written just now, so it is there.
        message.ok_or(WriteError::Full)
    }

    pub(crate) fn read(&self) {
        self.input(Input::Read);
    }

    pub(crate) fn since(&self, revision: Revision) -> ChatChanges {
        chat_view::changes(&self.lock().chat, revision)
    }

    pub(crate) fn all(&self) -> Vec<ChatMessage> {
        let state = self.lock();
        state.chat.in_order().map(|entry| chat_view::message(&state.chat, entry)).collect()
    }

    pub(crate) fn standing(&self) -> ChatStanding {
        chat_view::standing(&self.lock().chat)
    }

    pub(crate) fn counts(&self) -> ChatCounts {
        self.lock().chat.counts()
    }

    /// Waits for a change, and does what is due until then. May be dropped and called again at any time.
    pub(crate) async fn changed(&self) -> ChatStanding {
        loop {
            let due = {
                let now = self.now();
                let mut state = self.lock();
                state.chat.handle_timeout(now);
                state.carry_out(now);
                if std::mem::take(&mut state.changed) {
                    return chat_view::standing(&state.chat);
                }
                state.chat.poll_timeout(now)
            };
            match due {
                // Something due now needs an input that comes; then this is woken.
                Some(due) => {
                    let wait = due.saturating_sub(self.now()).max(Duration::from_millis(1));
                    let _ = tokio::time::timeout(wait, self.inner.news.notified()).await;
                }
                None => self.inner.news.notified().await,
            }
        }
    }

    fn input(&self, input: Input) {
        let now = self.now();
        let mut state = self.lock();
        state.chat.handle_input(input, now);
        state.carry_out(now);
        drop(state);
        self.inner.news.notify_one();
    }

    fn now(&self) -> Duration {
        self.inner.clock.now().at
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Never held over an await. A chat after a panic may lack a message; going on is better than none.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn carry_out(&mut self, now: Duration) {
        while let Some(action) = self.chat.poll_action() {
            match action {
                Action::Send(link, text) => {
                    let Some(channel) = self.channels.get(&link) else { continue };
                    if channel.send(ChannelMessage::Text(text)).is_err() {
                        self.chat.handle_input(Input::Refused(link), now);
                    }
                }
                Action::Changed => self.changed = true,
            }
        }
    }
}
