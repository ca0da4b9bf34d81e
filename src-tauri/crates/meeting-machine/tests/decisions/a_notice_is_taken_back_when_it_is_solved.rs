//! A notice about a device is taken back when it no longer applies, and only then.

use holdfast_meeting_machine::{Effect, Event, Input, Notice};

use crate::stay::Stay;

/// Which notices were told and taken back.
fn notices(effects: &[Effect]) -> (Vec<Notice>, Vec<Notice>) {
    let events = || {
        effects.iter().filter_map(|effect| if let Effect::Emit(event) = effect { Some(event) } else { None })
    };
    let told = |event: &Event| if let Event::Notice(code) = event { Some(*code) } else { None };
    let solved = |event: &Event| if let Event::Solved(code) = event { Some(*code) } else { None };
    (events().filter_map(told).collect(), events().filter_map(solved).collect())
}

#[test]
fn a_speaker_that_works_again_is_told_once() {
    let mut stay = Stay::with(&[]);
    let works = || Input::DeviceSolved(Notice::SpeakerUnavailable);
    assert_eq!(notices(&stay.tell(works())), (vec![], vec![]), "it opened without a problem");
    let lost = stay.tell(Input::DeviceNotice(Notice::SpeakerUnavailable));
    assert_eq!(notices(&lost), (vec![Notice::SpeakerUnavailable], vec![]));
    let again = stay.tell(Input::DeviceNotice(Notice::SpeakerUnavailable));
    assert_eq!(notices(&again).0.len(), 1, "who chose it anew and failed hears it anew");
    assert_eq!(notices(&stay.tell(works())), (vec![], vec![Notice::SpeakerUnavailable]));
    assert_eq!(notices(&stay.tell(works())), (vec![], vec![]));
}
