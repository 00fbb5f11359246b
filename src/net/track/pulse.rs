//! What a worker does for the tracker as a whole besides serving: it shows that its loop turns,
//! and sends its log on.

use super::worker::Worker;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// Between two beats; a service manager's watchdog is never that quick.
const BEAT: Duration = Duration::from_millis(500);

/// That of one worker; on a cache line of its own.
#[derive(Default, Debug)]
#[repr(align(128))]
pub(super) struct Pulse(AtomicU64);

impl Pulse {
    /// To be called wherever a loop has come round.
    pub(super) fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Beats so far.
    pub(super) fn beats(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs beside the worker's server until dropped.
pub(super) async fn keep(worker: Rc<Worker>) {
    let flush = worker.shared.options.log_flush.max(Duration::from_millis(100));
    let (mut beat, mut flush) = (interval(BEAT), interval(flush));
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    flush.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = beat.tick() => worker.pulse.beat(),
            _ = flush.tick() => worker.log.borrow_mut().flush(),
        }
    }
}
