//! A token bucket: so many bytes a second and a small burst.
//!
//! It may be overdrawn by the last taker, who is paid for before the next one: so blocks larger
//! than the burst pass and the average stays exact.

use std::time::{Duration, Instant};

/// Seconds of the rate that may gather while nobody takes.
const BURST: f64 = 0.2;

/// Seconds of the rate that are waited for at once, so that a fast limit does not tick all day.
const STEP: f64 = 0.01;

/// Bytes a second, all takers together.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    rate: Option<u64>,
    balance: f64,
    last: Instant,
}

impl Limit {
    pub(super) fn new(rate: Option<u64>, now: Instant) -> Self {
        Self { rate, balance: 1.0, last: now }
    }

    pub(super) fn set(&mut self, rate: Option<u64>, now: Instant) {
        self.fill(now);
        self.rate = rate;
        self.balance = self.balance.min(self.most());
    }

    pub(super) fn rate(&self) -> Option<u64> {
        self.rate
    }

    /// Whether something may be taken now.
    pub(super) fn ready(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.rate.is_none() || self.balance > 0.0
    }

    pub(super) fn take(&mut self, bytes: u32) {
        if self.rate.is_some() {
            self.balance -= f64::from(bytes);
        }
    }

    /// What was taken was not used.
    pub(super) fn give_back(&mut self, bytes: u32) {
        self.balance = (self.balance + f64::from(bytes)).min(self.most());
    }

    /// When it is worth while to ask again; `None` for never.
    pub(super) fn next(&self) -> Option<Instant> {
        let rate = self.rate.filter(|&rate| rate > 0)? as f64;
        let wait = ((rate * STEP).max(1.0) - self.balance) / rate;
        // A day is as good as for ever, and fits.
        Some(self.last + Duration::from_secs_f64(wait.clamp(0.001, 86_400.0)))
    }

    fn fill(&mut self, now: Instant) {
        let grown = self.rate.unwrap_or(0) as f64 * (now - self.last).as_secs_f64();
        self.balance = (self.balance + grown).min(self.most());
        self.last = now;
    }

    fn most(&self) -> f64 {
        (self.rate.unwrap_or(0) as f64 * BURST).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken_in_a_minute(rate: u64, block: u32) -> u64 {
        let start = Instant::now();
        let (mut limit, mut now, mut sum) = (Limit::new(Some(rate), start), start, 0);
        while now < start + Duration::from_secs(60) {
            while limit.ready(now) {
                limit.take(block);
                sum += u64::from(block);
            }
            now = limit.next().unwrap();
        }
        sum
    }

    #[test]
    fn the_average_is_the_rate_whatever_the_block() {
        for rate in [5_000, 100_000, 3_000_000, 400_000_000] {
            let (sum, wanted) = (taken_in_a_minute(rate, 16_384), rate * 60);
            assert!(sum.abs_diff(wanted) <= wanted / 100 + 16_384, "{sum} for {wanted}");
        }
    }

    #[test]
    fn no_limit_and_none_at_all() {
        let now = Instant::now();
        let mut open = Limit::new(None, now);
        open.take(u32::MAX);
        assert!(open.ready(now) && open.next().is_none());
        let mut shut = Limit::new(Some(0), now);
        shut.take(2);
        assert!(!shut.ready(now + Duration::from_secs(9)) && shut.next().is_none());
    }
}
