//! Time as entries hold it: fifteen bits, in ticks that wrap.
//!
//! A tick is so long that four timeouts at least pass before the count wraps, and a sweep meets
//! each peer well within the first three: so an age is never taken for a smaller one.

use std::time::{Duration, Instant};

/// Ticks that a timeout may have.
const TIMEOUT_MOST: u64 = 1 << 13;
/// The bits of a stamp that are a time; what the last one says is the entry's affair.
pub(super) const TIME: u16 = (1 << 15) - 1;

/// How a tracker counts time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    start: Instant,
    /// Seconds a tick.
    unit: u64,
    /// Ticks for which a peer may be silent.
    pub(super) timeout: u16,
}

impl Clock {
    pub(super) fn new(start: Instant, timeout: Duration) -> Self {
        let unit = timeout.as_secs().div_ceil(TIMEOUT_MOST).max(1);
        let timeout = u16::try_from(timeout.as_secs() / unit).unwrap_or(u16::MAX);
        Self { start, unit, timeout }
    }

    /// Ticks since the start.
    pub(super) fn tick(&self, now: Instant) -> u32 {
        let seconds = now.saturating_duration_since(self.start).as_secs();
        // Nearly always one; a division by what is not known costs as much as the rest.
        let ticks = if self.unit == 1 { seconds } else { seconds / self.unit };
        u32::try_from(ticks).unwrap_or(u32::MAX)
    }

    pub(super) fn ticks(&self, age: Duration) -> u64 {
        age.as_secs() / self.unit
    }

    pub(super) fn age(&self, ticks: u16) -> Duration {
        Duration::from_secs(u64::from(ticks).saturating_mul(self.unit))
    }

    /// Judges who was last heard of when.
    pub(super) fn patience(&self, tick: u32) -> Patience {
        Patience { now: tick as u16 & TIME, timeout: self.timeout }
    }
}

/// For whom it is too late now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pub(super) now: u16,
    pub(super) timeout: u16,
}

impl Patience {
    /// Ticks since a stamp.
    #[inline]
    pub(super) fn age(self, seen: u16) -> u16 {
        self.now.wrapping_sub(seen) & TIME
    }

    /// The stamp of so many ticks ago.
    pub(super) fn ago(self, ticks: u16) -> u16 {
        self.now.wrapping_sub(ticks) & TIME
    }

    #[inline]
    pub(super) fn is_over(self, seen: u16) -> bool {
        self.age(seen) > self.timeout
    }
}
