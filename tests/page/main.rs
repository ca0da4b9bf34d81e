//! The page in the real window: its layouts, its zoom, and what it must not do.
#![allow(missing_docs, clippy::unwrap_used)]

mod drawings_stay_as_fine_as_they_were_when_the_page_is_made_larger;
mod every_window_is_as_large_as_chosen_in_any;
mod one_sees_oneself_as_in_a_mirror;
mod reloading_the_page_changes_nothing;
mod selecting_all_marks_only_what_is_meant_to_be_copied;
mod someone_pinned_stays_large;
mod the_own_picture_is_moved_and_hidden;
mod the_page_can_be_made_larger;
mod the_page_runs_nothing_that_was_injected;
mod whoever_speaks_is_large_where_that_was_chosen;

#[path = "../support/mod.rs"]
mod support;
