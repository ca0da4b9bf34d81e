//! What to do when we cannot come back into a meeting at once. Pure.

use std::time::Duration;

use holdfast_meeting::MeetingError;

/// How long we ask for our previous id. If the system had no time to close the connection, the server notices within 15
/// seconds that its holder is gone; a few more are for a slow network.
const ID_PATIENCE: Duration = Duration::from_secs(20);

/// Pause between two attempts: short compared with the wait, and few enough attempts for the server.
const PAUSE: Duration = Duration::from_secs(1);

/// What follows a failed attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Try the same again after this pause.
    Again(Duration),
    /// Join as someone new. Better in the meeting with another tile than not in it.
    AsSomeoneNew,
    /// It will not work.
    GiveUp,
}

/// Decides. `as_before`: the attempt used our previous id. `tried`: how long we have been trying.
pub(crate) fn after(error: &MeetingError, as_before: bool, tried: Duration) -> Next {
    match error {
        MeetingError::Signaling(error) if error.code() == "id_taken" && as_before => {
            if tried < ID_PATIENCE {
                Next::Again(PAUSE)
            } else {
                Next::AsSomeoneNew
            }
        }
        _ => Next::GiveUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn refused(code: holdfast_protocol::ErrorCode) -> MeetingError {
        MeetingError::Signaling(code.into())
    }

    #[test]
    fn an_id_that_is_still_taken_is_asked_for_until_the_server_must_have_noticed() {
        use holdfast_protocol::ErrorCode::IdTaken;
        assert_eq!(after(&refused(IdTaken), true, s(0)), Next::Again(PAUSE));
        assert_eq!(after(&refused(IdTaken), true, s(19)), Next::Again(PAUSE));
        assert_eq!(after(&refused(IdTaken), true, s(20)), Next::AsSomeoneNew);
        assert_eq!(after(&refused(IdTaken), false, s(0)), Next::GiveUp, "a new id is free");
    }

    #[test]
    fn anything_else_is_for_the_person_to_know() {
        use holdfast_protocol::ErrorCode::{RoomFull, WrongSecret};
        for code in [RoomFull, WrongSecret] {
            assert_eq!(after(&refused(code), true, s(0)), Next::GiveUp);
        }
        assert_eq!(after(&MeetingError::NoThread, true, s(0)), Next::GiveUp);
    }
}
