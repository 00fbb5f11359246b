//! Bytes a second, measured: an average in which the past fades.

use std::time::{Duration, Instant};

/// Seconds after which a byte weighs 1/e.
const FADE: f64 = 3.0;

/// Time spans shorter than this say nothing.
const LEAST: Duration = Duration::from_millis(250);

/// A measured rate, and the sum of what was measured.
#[derive(Clone, Debug)]
pub(super) struct Rate {
    value: f64,
    last: Instant,
    begun: Option<Instant>,
    total: u64,
}

impl Rate {
    pub(super) fn new(now: Instant) -> Self {
        Self { value: 0.0, last: now, begun: None, total: 0 }
    }

    /// So many bytes passed.
    pub(super) fn add(&mut self, now: Instant, bytes: u64) {
        self.begun.get_or_insert(now);
        self.value = self.value * fade(now - self.last) + bytes as f64 / FADE;
        self.last = now;
        self.total += bytes;
    }

    /// Bytes a second.
    pub(super) fn get(&self, now: Instant) -> u64 {
        let Some(begun) = self.begun else { return 0 };
        // At the start little has come to fade: scale by the weight that there could be.
        let weight = 1.0 - fade((now - begun).max(LEAST));
        (self.value * fade(now - self.last) / weight) as u64
    }

    /// Bytes in all.
    pub(super) fn total(&self) -> u64 {
        self.total
    }
}

fn fade(span: Duration) -> f64 {
    (-span.as_secs_f64() / FADE).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_flow_is_measured_within_five_percent() {
        let start = Instant::now();
        let mut rate = Rate::new(start);
        for step in 0..1000u32 {
            let now = start + Duration::from_millis(10) * step;
            rate.add(now, 1000);
            if step > 100 {
                assert!((95_000..105_000).contains(&rate.get(now)), "{} at {step}", rate.get(now));
            }
        }
        let end = start + Duration::from_secs(10);
        assert!(rate.get(end + Duration::from_secs(30)) < 100);
        assert_eq!(rate.total(), 1_000_000);
    }
}
