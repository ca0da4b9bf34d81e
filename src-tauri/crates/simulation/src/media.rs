//! Sound and pictures: what is sent, and where it arrives.

use crate::checks::Invariant;
use crate::world::{Work, World};

impl World {
    /// Sends sound and pictures on every connection that has a path.
    pub(crate) fn media(&mut self) {
        for seat in 0..self.seats.len() {
            if !self.runs(seat) {
                continue;
            }
            let wishes = self.seats[seat].wishes;
            let Some(process) = self.seats[seat].process.as_ref() else { continue };
            if process.machine.is_none() {
                continue;
            }
            let sound = process.devices.is_gate_open();
            let told = process.machine.as_ref().is_some_and(|machine| machine.own_media().microphone);
            let pictures = wishes.camera && !process.leaving;
            let ends: Vec<usize> =
                process.peers.values().flat_map(|peer| peer.ends.iter().copied()).collect();
            self.checks.counts.gates += 1;
            if sound && !(wishes.microphone && told) {
                self.violated(Invariant::Gate, seat, None, || {
                    format!("sound leaves: wanted {}, told {told}", wishes.microphone)
                });
            }
            if !(sound || pictures) {
                continue;
            }
            for number in ends {
                self.media_goes_out(number);
            }
        }
        self.check_pairs();
    }

    fn media_goes_out(&mut self, number: usize) {
        let Some(other) = self.counterpart(number) else { return };
        let (Some(end), Some(to)) = (self.ends[number].as_ref(), self.ends[other].as_ref()) else { return };
        if end.closing
            || to.closing
            || !end.outlet_open
            || !end.transport.has_path()
            || !to.transport.has_path()
        {
            return;
        }
        if !self.reaches(end, to) {
            return;
        }
        let (from, seat) = (end.owner.process.seat, to.owner.process.seat);
        let owner = to.owner;
        self.checks.flowed(from, seat, self.now);
        if let Some(end) = self.ends[other].as_mut() {
            end.heard = true;
        }
        if let Some(peer) = self.peer(owner)
            && !peer.heard
        {
            peer.heard = true;
            self.work.push_back(Work::Turn(owner));
        }
    }
}
