//! What to do about the camera: compares what is wanted with what runs. Pure.
//!
//! The wish is a state: however often it changes while a camera opens, the next step depends only on the last wish.

use holdfast_media::video::{VideoSettings, VideoSourceError, VideoSourceSpec};

/// A source and the size and rate of its pictures.
pub(crate) type Picture = (VideoSourceSpec, VideoSettings);

/// The next step.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The wanted camera runs.
    Rest,
    /// Close the running camera.
    Close,
    /// Close the running camera, then open this one. [`CameraPlan::opened`] or [`CameraPlan::failed`] follows.
    Open(Picture),
}

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Another camera can replace the chosen one: ask for the next step again.
    TryAnother,
    /// The camera stays off until it is wanted again.
    GiveUp,
}

/// Knows what runs, and which chosen camera is missing.
#[derive(Debug, Default)]
pub(crate) struct CameraPlan {
    /// What runs, or is being opened.
    running: Option<Picture>,
    /// The chosen camera that is missing. It is looked for again once the camera was off or another one was chosen.
    missing: Option<String>,
}

impl CameraPlan {
    /// The next step towards what is wanted; `None` while the camera is off.
    pub(crate) fn step(&mut self, wanted: Option<&Picture>) -> Step {
        let Some((source, settings)) = wanted else {
            self.missing = None;
            return if self.running.take().is_some() { Step::Close } else { Step::Rest };
        };
        if self.missing.is_some() && self.missing.as_deref() != chosen(source) {
            self.missing = None;
        }
        let source = match &self.missing {
            Some(_) => VideoSourceSpec::Camera { id: None },
            None => source.clone(),
        };
        let picture = (source, *settings);
        if self.running.as_ref() == Some(&picture) {
            return Step::Rest;
        }
        self.running = Some(picture.clone());
        Step::Open(picture)
    }

    /// The camera could not be opened.
    pub(crate) fn failed(&mut self, error: &VideoSourceError) -> Failure {
        self.lost(*error == VideoSourceError::CameraNotFound)
    }

    /// The running camera ended by itself.
    pub(crate) fn broke(&mut self) -> Failure {
        self.lost(true)
    }

    fn lost(&mut self, replaceable: bool) -> Failure {
        let was = self.running.take();
        self.missing = was.and_then(|(source, _)| chosen(&source).map(str::to_owned)).filter(|_| replaceable);
        if self.missing.is_some() { Failure::TryAnother } else { Failure::GiveUp }
    }

    /// Whether another camera runs in place of the chosen one.
    pub(crate) fn is_replaced(&self) -> bool {
        self.running.is_some() && self.missing.is_some()
    }
}

/// The chosen camera; `None` if any will do, or if the source is none.
pub(crate) fn chosen(source: &VideoSourceSpec) -> Option<&str> {
    match source {
        VideoSourceSpec::Camera { id } => id.as_deref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(id: Option<&str>) -> Picture {
        (VideoSourceSpec::Camera { id: id.map(str::to_owned) }, VideoSettings::default())
    }

    #[test]
    fn only_a_difference_is_acted_on_whatever_came_between() {
        let mut plan = CameraPlan::default();
        assert_eq!(plan.step(None), Step::Rest);
        assert_eq!(plan.step(Some(&camera(Some("1")))), Step::Open(camera(Some("1"))));
        assert_eq!(plan.step(Some(&camera(Some("1")))), Step::Rest);
        assert_eq!(plan.step(Some(&camera(Some("2")))), Step::Open(camera(Some("2"))));
        let mut small = camera(Some("2"));
        small.1.width = 640;
        assert_eq!(plan.step(Some(&small)), Step::Open(small.clone()));
        assert_eq!(plan.step(Some(&small)), Step::Rest);
        assert_eq!(plan.step(None), Step::Close);
        assert_eq!(plan.step(None), Step::Rest);
    }

    #[test]
    fn a_chosen_camera_that_is_gone_is_replaced_and_found_again_when_wanted_anew() {
        let mut plan = CameraPlan::default();
        plan.step(Some(&camera(Some("1"))));
        assert_eq!(plan.failed(&VideoSourceError::CameraNotFound), Failure::TryAnother);
        assert_eq!(plan.step(Some(&camera(Some("1")))), Step::Open(camera(None)));
        assert!(plan.is_replaced());
        assert_eq!(plan.step(Some(&camera(Some("1")))), Step::Rest);
        // Another choice is tried, and so is the same one after the camera was off.
        assert_eq!(plan.step(Some(&camera(Some("2")))), Step::Open(camera(Some("2"))));
        assert!(!plan.is_replaced());
        assert_eq!(plan.broke(), Failure::TryAnother);
        assert_eq!(plan.step(Some(&camera(Some("2")))), Step::Open(camera(None)));
        plan.step(None);
        assert_eq!(plan.step(Some(&camera(Some("2")))), Step::Open(camera(Some("2"))));
    }

    #[test]
    fn what_has_no_replacement_is_given_up() {
        let mut plan = CameraPlan::default();
        plan.step(Some(&camera(None)));
        assert_eq!(plan.broke(), Failure::GiveUp);
        plan.step(Some(&camera(Some("1"))));
        assert_eq!(plan.failed(&VideoSourceError::CameraBusy), Failure::GiveUp);
        // The replacement fails too. One attempt is enough.
        plan.step(Some(&camera(Some("1"))));
        plan.failed(&VideoSourceError::CameraNotFound);
        plan.step(Some(&camera(Some("1"))));
        assert_eq!(plan.failed(&VideoSourceError::NoCamera), Failure::GiveUp);
        assert!(!plan.is_replaced());
        let file = (VideoSourceSpec::File("film.y4m".into()), VideoSettings::default());
        plan.step(Some(&file));
        assert_eq!(plan.broke(), Failure::GiveUp);
    }
}
