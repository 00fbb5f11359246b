//! The service manager's watchdog, tied to the progress of the workers.

use super::every;
use super::pulse::Pulse;
use super::systemd::{self, News};
use std::sync::Arc;
use std::time::Duration;

/// Between two looks for whether all workers have begun.
const BEGIN: Duration = Duration::from_millis(1);

/// Tells the service manager that the tracker lives, as long as every worker does.
pub(super) struct Watchdog {
    ticks: Option<tokio::time::Interval>,
    /// Each worker's, with its beats at the last tick that all had come to.
    pulses: Vec<(Arc<Pulse>, u64)>,
}

impl Watchdog {
    pub(super) fn new(pulses: Vec<Arc<Pulse>>) -> Self {
        let pulses = pulses.into_iter().map(|pulse| (pulse, 0)).collect();
        Self { ticks: systemd::watchdog().map(every), pulses }
    }

    /// Waits until every worker's loop turns.
    pub(super) fn begun(&self) -> impl Future<Output = ()> + use<> {
        let pulses: Vec<_> = self.pulses.iter().map(|(pulse, _)| Arc::clone(pulse)).collect();
        async move {
            while pulses.iter().any(|pulse| pulse.beats() == 0) {
                tokio::time::sleep(BEGIN).await;
            }
        }
    }

    /// One look; none comes where no service manager looks.
    pub(super) async fn tick(&mut self) {
        let Some(ticks) = &mut self.ticks else { return std::future::pending().await };
        ticks.tick().await;
        if self.pulses.iter().all(|(pulse, before)| pulse.beats() != *before) {
            self.pulses.iter_mut().for_each(|(pulse, before)| *before = pulse.beats());
            systemd::tell(News::Alive);
        }
    }
}
