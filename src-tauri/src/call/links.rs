//! What to do with an invite from outside: from another instance, or from the system. Pure.

use holdfast_protocol::MeetingLink;

/// What to do with the invite.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// The page shows it, and the person decides.
    Offer,
    /// It is the meeting we are in: only the window comes to the front.
    HereAlready,
    /// We are in another meeting, or entering one: we never leave it silently.
    Elsewhere,
}

/// Decides. `current` is the invite of the meeting we are in; `entering` says whether we are entering one.
pub(super) fn taken(link: &MeetingLink, current: Option<&str>, entering: bool) -> Taken {
    match current.and_then(|invite| invite.parse::<MeetingLink>().ok()) {
        Some(invite) if invite.room == link.room && invite.secret == link.secret => Taken::HereAlready,
        Some(_) => Taken::Elsewhere,
        None if current.is_some() || entering => Taken::Elsewhere,
        None => Taken::Offer,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn link(server: &str, room: &str) -> String {
        format!("holdfast://join/{server}/{room}#{}", "A".repeat(43))
    }

    #[test]
    fn a_link_never_takes_anybody_out_of_a_meeting() {
        let offered = link("127.0.0.1:1", "blue").parse().unwrap();
        assert_eq!(taken(&offered, None, false), Taken::Offer);
        assert_eq!(taken(&offered, None, true), Taken::Elsewhere);
        assert_eq!(taken(&offered, Some(&link("127.0.0.1:1", "red")), false), Taken::Elsewhere);
        assert_eq!(taken(&offered, Some("nonsense"), false), Taken::Elsewhere);
        // The host may have another address now.
        assert_eq!(taken(&offered, Some(&link("192.0.2.1:1", "blue")), false), Taken::HereAlready);
    }
}
