//! What differs from run to run, so that nothing happens at a fixed phase of any timer.

use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;

/// How long a running meeting is left alone before the fault.
pub(crate) fn before(chance: &mut StdRng) -> Duration {
    Duration::from_millis(chance.random_range(2_000..3_000))
}

/// How long the fault lasts: as in the table, up to a fifth shorter or longer.
pub(crate) fn length(of_table: Duration, chance: &mut StdRng) -> Duration {
    of_table.mul_f64(chance.random_range(0.8..=1.2))
}

/// When to close the microphone during a fault of this length: in the middle of it.
pub(crate) fn muted_after(length: Duration, chance: &mut StdRng) -> Duration {
    length.mul_f64(chance.random_range(0.2..0.6))
}
