//! Which path to use next: either of the two paths to someone may be the one that loses messages.

/// Which path to prefer for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Control,
    Signaling,
}

impl Turn {
    /// The path for the first attempt, the second, and so on: they alternate.
    pub(super) const fn of(attempt: usize) -> Self {
        if attempt.is_multiple_of(2) { Self::Control } else { Self::Signaling }
    }
}

#[cfg(test)]
mod tests {
    use holdfast_delivery::Holder;
    use holdfast_terms::Revision;

    use super::*;

    #[test]
    fn an_unacknowledged_state_is_sent_seven_times_on_both_paths_in_turn() {
        let mut holder = Holder::default();
        holder.start_over(std::time::Duration::ZERO);
        let mut sent = Vec::new();
        while let Some(due) = holder.poll_timeout() {
            let attempt = holder.take_due(Revision(1), due);
            sent.extend(attempt.map(|attempt| (due.as_secs(), Turn::of(attempt))));
        }
        let (control, signaling) = (Turn::Control, Turn::Signaling);
        assert_eq!(
            sent,
            [
                (0, control),
                (1, signaling),
                (3, control),
                (7, signaling),
                (15, control),
                (31, signaling),
                (61, control)
            ]
        );
    }
}
