//! What the participant is told to do while it is in the meeting: lines on standard input, signals.

use std::io::BufRead;

use holdfast_protocol::ParticipantId;
use tokio::sync::mpsc;

/// Orders that may wait. A program that writes more of them has to wait too.
const WAITING_ORDERS: usize = 16;

/// One order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Microphone(bool),
    Camera(bool),
    Hand(bool),
    /// Write to everyone, or to one participant only.
    Write {
        to: Option<ParticipantId>,
        text: String,
    },
    Leave,
}

impl Order {
    fn parse(line: &str) -> Option<Self> {
        let line = line.trim();
        if let Some(text) = line.strip_prefix("say ") {
            return Some(Self::Write { to: None, text: text.trim().to_owned() });
        }
        if let Some(rest) = line.strip_prefix("tell ") {
            let (to, text) = rest.trim().split_once(' ')?;
            return Some(Self::Write { to: Some(to.parse().ok()?), text: text.trim().to_owned() });
        }
        let mut words = line.split_whitespace();
        let order = match (words.next()?, words.next()) {
            ("leave", None) => Self::Leave,
            ("microphone", Some(state)) => Self::Microphone(on(state)?),
            ("camera", Some(state)) => Self::Camera(on(state)?),
            ("hand", Some(state)) => Self::Hand(on(state)?),
            _ => return None,
        };
        words.next().is_none().then_some(order)
    }
}

fn on(word: &str) -> Option<bool> {
    match word {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// Reads standard input on a thread of its own. Nothing can interrupt that thread, so it is left running at the end.
pub(crate) fn from_stdin() -> std::io::Result<mpsc::Receiver<Order>> {
    let (orders, receiver) = mpsc::channel(WAITING_ORDERS);
    std::thread::Builder::new().name("orders".into()).spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            match Order::parse(&line) {
                Some(order) => {
                    if orders.blocking_send(order).is_err() {
                        return;
                    }
                }
                None if line.trim().is_empty() => {}
                None => eprintln!(
                    "not understood: expected microphone|camera|hand on|off, say TEXT, tell ID TEXT, or leave"
                ),
            }
        }
    })?;
    Ok(receiver)
}

/// Waits for ctrl-c or SIGTERM.
pub(crate) async fn told_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        // Without signals, only --for and `leave` end the stay.
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_words_and_nothing_else_is_obeyed() {
        assert_eq!(Order::parse(" microphone  off "), Some(Order::Microphone(false)));
        assert_eq!(Order::parse("camera on"), Some(Order::Camera(true)));
        assert_eq!(Order::parse("leave"), Some(Order::Leave));
        assert_eq!(
            Order::parse("say  two words "),
            Some(Order::Write { to: None, text: "two words".into() })
        );
        let to = "0000000000000001".parse().ok();
        assert!(to.is_some());
        assert_eq!(
            Order::parse("tell 0000000000000001 hello"),
            Some(Order::Write { to, text: "hello".into() })
        );
        for bad in [
            "",
            "say",
            "tell",
            "tell 1 hello",
            "tell 0000000000000001",
            "microphone",
            "microphone maybe",
            "leave now",
            "camera on please",
            "dance",
        ] {
            assert_eq!(Order::parse(bad), None, "{bad}");
        }
    }
}
