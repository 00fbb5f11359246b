//! A limit of bytes a second that threads share: each takes before it reads, and waits for as long
//! as it is told.

use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Time, as the throttle has it; tests have their own.
pub trait Clock: Send + Sync + Debug {
    /// Now.
    fn now(&self) -> Instant;
    /// Waits.
    fn pause(&self, time: Duration);
}

/// The system's.
#[derive(Clone, Copy, Default, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn pause(&self, time: Duration) {
        thread::sleep(time);
    }
}

/// So many may gather while nobody takes, in seconds of the rate.
const BURST: f64 = 0.1;

/// No single wait is longer, so that whoever waits can be told to stop.
const LONGEST: Duration = Duration::from_millis(100);

/// Bytes a second, all threads together; may be shared by several runs.
#[derive(Debug)]
pub struct Throttle {
    /// Bytes a second.
    rate: f64,
    clock: Box<dyn Clock>,
    /// When all that was taken so far is paid for.
    paid: Mutex<Instant>,
}

impl Throttle {
    /// So many bytes a second (at least 1), by the system's clock.
    pub fn new(rate: u64) -> Self {
        Self::with_clock(rate, Box::new(SystemClock))
    }

    /// By another clock.
    pub fn with_clock(rate: u64, clock: Box<dyn Clock>) -> Self {
        let paid = Mutex::new(clock.now());
        Self { rate: rate.max(1) as f64, clock, paid }
    }

    /// Takes so many bytes and waits until they are paid for, or until `stopped` says so.
    pub fn take(&self, bytes: u64, stopped: impl Fn() -> bool) {
        let until = {
            let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
            let now = self.clock.now();
            let burst = now.checked_sub(Duration::from_secs_f64(BURST)).unwrap_or(now);
            let price = Duration::try_from_secs_f64(bytes as f64 / self.rate);
            *paid = (*paid).max(burst) + price.unwrap_or(LONGEST);
            *paid
        };
        loop {
            let left = until.saturating_duration_since(self.clock.now());
            if left.is_zero() || stopped() {
                return;
            }
            self.clock.pause(left.min(LONGEST));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// A clock that a pause puts forward.
    #[derive(Clone, Debug)]
    struct Hand(Arc<Mutex<Instant>>);

    impl Clock for Hand {
        fn now(&self) -> Instant {
            *self.0.lock().unwrap()
        }

        fn pause(&self, time: Duration) {
            assert!(time <= LONGEST && !time.is_zero());
            *self.0.lock().unwrap() += time;
        }
    }

    #[test]
    fn the_average_is_the_rate_whatever_is_taken_at_once() {
        for (rate, bytes) in [(1000, 10), (1000, 5000), (50 << 20, 256 << 10), (1, 1)] {
            let hand = Hand(Arc::new(Mutex::new(Instant::now())));
            let start = hand.now();
            let throttle = Throttle::with_clock(rate, Box::new(hand.clone()));
            let mut taken = 0;
            while hand.now() < start + Duration::from_secs(60) {
                throttle.take(bytes, || false);
                taken += bytes;
            }
            let wanted = rate * 60;
            assert!(taken.abs_diff(wanted) <= wanted / 100 + bytes, "{taken} for {wanted}");
        }
    }

    #[test]
    fn a_rest_saves_up_no_more_than_a_burst() {
        let hand = Hand(Arc::new(Mutex::new(Instant::now())));
        let throttle = Throttle::with_clock(1000, Box::new(hand.clone()));
        *hand.0.lock().unwrap() += Duration::from_secs(3600);
        let start = hand.now();
        throttle.take(100, || false);
        assert_eq!(hand.now(), start);
        throttle.take(100, || false);
        assert_eq!(hand.now(), start + Duration::from_millis(100));
    }

    #[test]
    fn who_is_stopped_does_not_wait() {
        let hand = Hand(Arc::new(Mutex::new(Instant::now())));
        let start = hand.now();
        Throttle::with_clock(1, Box::new(hand.clone())).take(1 << 30, || true);
        assert_eq!(hand.now(), start);
    }
}
