//! The rules of a negotiation, one behaviour per module: one machine alone (`solo`), two with everything between them
//! (`pair`), and every order of everything within small bounds (`explored`).
#![allow(clippy::unwrap_used, missing_docs)]

mod a_lost_control_channel_is_replaced;
mod a_rebuild_keeps_the_old_connection;
mod a_remote_need_not_number_its_descriptions;
mod a_remote_that_began_anew_is_met_once;
mod a_restart_is_not_answered_over_the_path_it_cuts;
mod a_session_played_again_changes_nothing;
mod a_side_that_forgot_opens;
mod a_working_path_hides_the_rebuild;
mod an_answer_belongs_to_its_offer;
mod an_offer_may_overtake_the_answer_before_it;
mod an_offer_waits_for_its_answer;
mod bad_messages_never_disturb_a_pair;
mod both_ends_always_agree;
mod bursts_become_one_negotiation;
mod changes_of_the_machine_are_acted_on_at_once;
mod closing_empties_the_queue;
mod early_candidates_wait;
mod either_connection_carries_messages;
mod every_interleaving_settles;
mod letters_of_an_earlier_life_change_nothing;
mod nothing_starts_before_local_media;
mod offers_at_the_wrong_moment_wait_their_turn;
mod older_generations_are_dropped;
mod one_negotiation_at_a_time;
mod refused_operations_leave_the_machine_usable;
mod silence_is_repaired;
mod the_impolite_side_ignores_a_colliding_offer;
mod the_ladder_is_climbed;
mod the_polite_side_yields;
mod the_previous_connection_is_closed_in_time;
mod the_snapshot_tells_everything;
mod two_ends_connect;
mod what_is_no_description_is_dropped;

#[path = "../explored/mod.rs"]
mod explored;
#[path = "../pair/mod.rs"]
mod pair;
#[path = "../solo/mod.rs"]
mod solo;
