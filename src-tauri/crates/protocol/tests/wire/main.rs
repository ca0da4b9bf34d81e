//! What is on the wire: messages, links, seals, and the document others write clients from.
#![allow(clippy::unwrap_used)]

mod every_message_has_one_json_form;
mod frames_that_are_no_message_are_refused;
mod links_say_what_is_wrong_with_them;
mod seals_hold;
mod the_document_is_true;
