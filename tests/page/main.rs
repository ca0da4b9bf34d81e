//! The page in the real window: its layouts, its zoom, and what it must not do.
#![allow(missing_docs, clippy::unwrap_used)]

mod drawings_stay_fine_when_the_page_is_made_larger;
mod every_window_has_the_zoom_chosen_in_any_window;
mod people_see_themselves_as_in_a_mirror;
mod reloading_the_page_changes_nothing;
mod selecting_all_marks_only_what_is_meant_to_be_copied;
mod someone_pinned_stays_large;
mod the_own_picture_is_moved_and_hidden;
mod the_page_can_be_made_larger;
mod the_page_runs_nothing_that_was_injected;
mod the_person_who_speaks_is_large_in_the_chosen_layout;

#[path = "../support/mod.rs"]
mod support;
