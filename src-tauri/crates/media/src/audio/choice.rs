//! Which device is wanted and which one is used. The choice may change while a stream is open on another.

use super::lock;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::Thread,
};

/// What a stream is open on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceUse {
    /// The device wanted when it was opened; the system's own choice when there is none.
    pub wanted: Option<String>,
    /// The system's own choice takes the place of the wanted one, which is not plugged in.
    pub replaced: bool,
}

impl DeviceUse {
    /// The id of the chosen device; `None` when the system's own choice is used.
    #[must_use]
    pub fn chosen(&self) -> Option<&str> {
        self.wanted.as_deref().filter(|_| !self.replaced)
    }
}

/// Learns which device is used, at once and whenever that changes. Called on threads of the stream.
pub type DeviceListener = Box<dyn FnMut(DeviceUse) + Send>;

/// A choice. Clones are the same one.
#[derive(Clone, Default)]
pub(super) struct Choice(Arc<Inner>);

#[derive(Default)]
struct Inner {
    wanted: Mutex<Option<String>>,
    changed: AtomicBool,
    supervisor: Mutex<Option<Thread>>,
    used: Mutex<Used>,
}

#[derive(Default)]
struct Used {
    /// `None` before the first stream was open.
    device: Option<DeviceUse>,
    listener: Option<DeviceListener>,
}

impl Choice {
    pub(super) fn new(wanted: Option<String>) -> Self {
        let choice = Self::default();
        *lock(&choice.0.wanted) = wanted;
        choice
    }

    pub(super) fn wanted(&self) -> Option<String> {
        lock(&self.0.wanted).clone()
    }

    /// Wants another device. Any number of changes while a stream opens lead to one more stream at most.
    pub(super) fn set(&self, wanted: Option<String>) {
        if std::mem::replace(&mut *lock(&self.0.wanted), wanted.clone()) == wanted {
            return;
        }
        self.0.changed.store(true, Ordering::Release);
        if let Some(supervisor) = &*lock(&self.0.supervisor) {
            supervisor.unpark();
        }
    }

    /// The thread that keeps the stream open. A change wakes it.
    pub(super) fn supervised_by(&self, supervisor: Thread) {
        *lock(&self.0.supervisor) = Some(supervisor);
    }

    pub(super) fn has_changed(&self) -> bool {
        self.0.changed.load(Ordering::Acquire)
    }

    pub(super) fn take_change(&self) -> bool {
        self.0.changed.swap(false, Ordering::AcqRel)
    }

    /// This device is used now.
    pub(super) fn uses(&self, device: DeviceUse) {
        let mut used = lock(&self.0.used);
        if used.device.as_ref() == Some(&device) {
            return;
        }
        used.device = Some(device.clone());
        if let Some(listener) = &mut used.listener {
            listener(device);
        }
    }

    /// Tells `listener` about the device from now on, and at once if a device is already known.
    pub(super) fn listen(&self, mut listener: DeviceListener) {
        let mut used = lock(&self.0.used);
        if let Some(device) = &used.device {
            listener(device.clone());
        }
        used.listener = Some(listener);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn only_another_wish_is_a_change() {
        let choice = Choice::new(Some("a".into()));
        choice.set(Some("a".into()));
        assert!(!choice.has_changed());
        choice.set(None);
        choice.set(Some("b".into()));
        assert!(choice.take_change() && !choice.has_changed());
        assert_eq!(choice.wanted().as_deref(), Some("b"));
    }

    #[test]
    fn a_listener_hears_what_is_used_once_however_late_it_comes() {
        let choice = Choice::new(Some("a".into()));
        let used = |replaced| DeviceUse { wanted: Some("a".into()), replaced };
        choice.uses(used(false));
        let (heard, told) = mpsc::channel();
        choice.listen(Box::new(move |device| heard.send(device).unwrap()));
        choice.uses(used(false));
        choice.uses(used(true));
        choice.uses(used(true));
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [used(false), used(true)]);
        assert_eq!((used(false).chosen(), used(true).chosen()), (Some("a"), None));
    }
}
