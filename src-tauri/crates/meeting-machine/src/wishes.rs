//! What is wanted of our own microphone and camera, and whether sound may leave because of it. Pure.
//!
//! A wish is a state, not an event: the last switch counts, however often the person switched before.

/// Which of our devices are wanted: as the person last switched them, minus those that failed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Whether our sound may leave.
    pub microphone: bool,
    /// Whether our pictures may leave.
    pub camera: bool,
}

/// Whether a device is wanted, and how often the person has said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Whether it is wanted.
    pub on: bool,
    switched: u64,
}

impl Wish {
    fn new(on: bool) -> Self {
        Self { on, switched: 0 }
    }

    fn set(&mut self, on: bool) {
        *self = Self { on, switched: self.switched + 1 };
    }

    fn fail(&mut self, tried: Self) -> bool {
        if self.switched != tried.switched {
            return false;
        }
        self.on = false;
        true
    }
}

/// The wishes of one meeting, and the microphone gate that follows from them. After each change the driver sets the
/// real gate to [`Self::is_gate_open`], under the lock that guards this, so that an opening cannot overtake a mute.
#[derive(Debug)]
pub struct DeviceWishes {
    microphone: Wish,
    camera: Wish,
    /// Sound is only measured: the gate stays closed.
    meter_only: bool,
    /// We have left: nothing opens any more.
    left: bool,
    gate_open: bool,
}

impl DeviceWishes {
    /// The wishes at the start. The gate is closed until a device is open.
    #[must_use]
    pub fn new(microphone: bool, camera: bool) -> Self {
        Self {
            microphone: Wish::new(microphone),
            camera: Wish::new(camera),
            meter_only: false,
            left: false,
            gate_open: false,
        }
    }

    /// The same, but sound is only measured and its gate never opens.
    #[must_use]
    pub fn meter_only(microphone: bool, camera: bool) -> Self {
        Self { meter_only: true, ..Self::new(microphone, camera) }
    }

    /// Wants the microphone open or closed. After `false` the gate is closed.
    pub fn set_microphone(&mut self, on: bool) {
        let on = on && !self.left;
        self.microphone.set(on);
        self.gate_open &= on;
    }

    /// Wants the camera on or off.
    pub fn set_camera(&mut self, on: bool) {
        self.camera.set(on && !self.left);
    }

    /// Closes the microphone for good: an opening at the same moment comes too late. The owner of the camera closes it
    /// at its own end.
    pub fn leave(&mut self) {
        self.left = true;
        self.set_microphone(false);
    }

    /// The microphone's device has opened, or was checked and is still open. The gate opens if sound is still wanted:
    /// the person may have muted while the device opened.
    pub fn microphone_is_open(&mut self) {
        self.gate_open |= self.microphone.on && !self.meter_only;
    }

    /// The microphone's device ended by itself, whether it was wanted or not.
    pub fn microphone_broke(&mut self) {
        self.microphone.on = false;
        self.gate_open = false;
    }

    /// The microphone could not be opened for this wish. Returns false if somebody has switched since: that is a new
    /// wish, which must be tried.
    pub fn microphone_failed(&mut self, tried: Wish) -> bool {
        self.microphone.fail(tried)
    }

    /// The same for the camera.
    pub fn camera_failed(&mut self, tried: Wish) -> bool {
        self.camera.fail(tried)
    }

    /// The present wish for the microphone, to be given back if it fails.
    #[must_use]
    pub fn microphone(&self) -> Wish {
        self.microphone
    }

    /// The present wish for the camera, to be given back if it fails.
    #[must_use]
    pub fn camera(&self) -> Wish {
        self.camera
    }

    /// What is wanted of both; the others are told this.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        Wanted { microphone: self.microphone.on, camera: self.camera.on }
    }

    /// Whether captured sound may leave.
    #[must_use]
    pub fn is_gate_open(&self) -> bool {
        self.gate_open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_ends_the_wish_it_was_for_and_no_newer_one() {
        let mut wishes = DeviceWishes::new(true, true);
        let tried = wishes.camera();
        wishes.set_camera(false);
        wishes.set_camera(true);
        assert!(!wishes.camera_failed(tried));
        assert!(wishes.wanted().camera);
        let tried = wishes.camera();
        assert!(wishes.camera_failed(tried));
        assert!(!wishes.wanted().camera);
        wishes.set_camera(true);
        assert!(wishes.wanted().camera, "and can be wished anew");
    }

    #[test]
    fn nothing_opens_after_leaving() {
        let mut wishes = DeviceWishes::new(true, false);
        wishes.microphone_is_open();
        assert!(wishes.is_gate_open());
        wishes.leave();
        wishes.set_microphone(true);
        wishes.set_camera(true);
        wishes.microphone_is_open();
        assert!(!wishes.is_gate_open());
        assert_eq!(wishes.wanted(), Wanted { microphone: false, camera: false });
    }

    #[test]
    fn an_opening_in_progress_cannot_undo_a_mute() {
        let mut wishes = DeviceWishes::new(true, false);
        wishes.set_microphone(false);
        wishes.microphone_is_open();
        assert!(!wishes.is_gate_open());
        wishes.set_microphone(true);
        assert!(!wishes.is_gate_open(), "not before its device is open");
        wishes.microphone_is_open();
        assert!(wishes.is_gate_open());
    }

    #[test]
    fn a_device_that_broke_closes_the_gate_and_is_not_wanted_any_more() {
        let mut wishes = DeviceWishes::new(true, false);
        wishes.microphone_is_open();
        wishes.microphone_broke();
        assert!(!wishes.is_gate_open());
        assert!(!wishes.wanted().microphone);
    }

    #[test]
    fn a_meter_lets_no_sound_out() {
        let mut wishes = DeviceWishes::meter_only(true, false);
        wishes.microphone_is_open();
        assert!(!wishes.is_gate_open());
    }
}
