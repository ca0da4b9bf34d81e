//! The few lines a session description has here.

use std::fmt::Write;

/// An ICE user name fragment (RFC 8839, 5.4): which connection made it, and how many it had made before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Ufrag {
    pub(crate) identity: u64,
    pub(crate) number: u32,
}

/// What a description says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lines {
    /// Stands for the fingerprint of the DTLS certificate.
    pub(crate) identity: u64,
    pub(crate) ufrag: Ufrag,
    /// Of this description, unique for its maker.
    pub(crate) number: u32,
    /// In an answer: the offer it is for.
    pub(crate) answers: Option<u32>,
    /// Whether there is a section for a shared screen.
    pub(crate) screen: bool,
    /// Whether a candidate of these credentials was found before it was made.
    pub(crate) candidate: bool,
}

impl Lines {
    pub(crate) fn write(&self) -> String {
        let Self { identity, ufrag, number, answers, screen, candidate } = self;
        let mut text = format!(
            "v=0\no=- {number} 1\na=fingerprint:{identity}\na=ice-ufrag:{}.{}\n",
            ufrag.identity, ufrag.number
        );
        if let Some(answers) = answers {
            let _ = writeln!(text, "a=answers:{answers}");
        }
        if *screen {
            text.push_str("a=screen:1\n");
        }
        if *candidate {
            let _ = writeln!(text, "a=candidate:{}.{}", ufrag.identity, ufrag.number);
        }
        text
    }

    pub(crate) fn read(sdp: &str) -> Option<Self> {
        let field = |name: &str| sdp.lines().find_map(|line| line.strip_prefix(name));
        let (identity, number) = field("a=ice-ufrag:")?.split_once('.')?;
        Some(Self {
            identity: field("a=fingerprint:")?.parse().ok()?,
            ufrag: Ufrag { identity: identity.parse().ok()?, number: number.parse().ok()? },
            number: field("o=- ")?.split(' ').next()?.parse().ok()?,
            answers: field("a=answers:").and_then(|number| number.parse().ok()),
            screen: field("a=screen:").is_some(),
            candidate: field("a=candidate:").is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let ufrag = Ufrag { identity: 7, number: 3 };
        for lines in [
            Lines { identity: 7, ufrag, number: 1, answers: None, screen: false, candidate: true },
            Lines { identity: 9, ufrag, number: 12, answers: Some(4), screen: true, candidate: false },
        ] {
            assert_eq!(Lines::read(&lines.write()), Some(lines));
        }
        assert_eq!(Lines::read("v=0\n"), None);
    }
}
