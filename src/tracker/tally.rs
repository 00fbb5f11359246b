//! What a tracker counts of its requests, for the metrics: by front, family, action and outcome,
//! and the time each took.
//!
//! Each worker counts into a [`Tally`] of its own, so that to count is to add one to memory that
//! nobody else writes; whoever shows the numbers adds the tallies up. All labels are known before
//! the first request, so nothing that a client sends makes a new one.
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod kinds;

pub use self::kinds::{ACTIONS, Action, FAMILIES, FRONTS, OUTCOMES, Outcome};

use super::service::Front;
use super::udp::Family;
use std::array::from_fn;
use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const KINDS: usize = FRONTS.len() * FAMILIES.len() * ACTIONS.len() * OUTCOMES.len();

/// The upper ends of the buckets of the time a request took, in microseconds; longer ones are in
/// the last, which has no end.
pub const BUCKETS: [u32; 13] =
    [10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 20_000, 100_000, 1_000_000];
const SLOTS: usize = BUCKETS.len() + 1;

/// The numbers of one worker. Only its [`Tally`] writes them.
struct Counters {
    requests: [AtomicU64; KINDS],
    /// By front and bucket.
    took: [[AtomicU64; SLOTS]; FRONTS.len()],
    nanoseconds: [AtomicU64; FRONTS.len()],
    received: [AtomicU64; FRONTS.len()],
    sent: [AtomicU64; FRONTS.len()],
}

/// Where one worker counts.
///
/// It can be neither cloned nor shared between threads: with one writer, to add is to read and to
/// write, and no lock prefix is paid for.
pub struct Tally {
    counters: Arc<Counters>,
    _one_writer: PhantomData<Cell<()>>,
}

impl std::fmt::Debug for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tally").finish_non_exhaustive()
    }
}

impl Tally {
    /// Counts a request.
    pub fn count(&self, front: Front, family: Family, action: Action, outcome: Outcome) {
        self.count_many(front, family, action, outcome, 1);
    }

    /// Counts as many at once.
    pub fn count_many(
        &self,
        front: Front,
        family: Family,
        action: Action,
        outcome: Outcome,
        many: u64,
    ) {
        if let Some(counter) = self.counters.requests.get(place(front, family, action, outcome)) {
            add(counter, many);
        }
    }

    /// Counts the time that a request took here, from its last byte read to its answer written.
    pub fn took(&self, front: Front, time: Duration) {
        self.took_many(front, time, 1);
    }

    /// Counts as many at once that took this time each.
    pub fn took_many(&self, front: Front, time: Duration, many: u64) {
        let micros = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        let slot = BUCKETS.partition_point(|&end| end < micros);
        let front = front as usize;
        if let Some(counter) = self.counters.took.get(front).and_then(|took| took.get(slot)) {
            add(counter, many);
        }
        if let Some(sum) = self.counters.nanoseconds.get(front) {
            let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
            add(sum, time.saturating_mul(many));
        }
    }

    /// Counts bytes of requests and of answers, without what carries them.
    pub fn carried(&self, front: Front, received: u64, sent: u64) {
        let front = front as usize;
        if let (Some(into), Some(out)) =
            (self.counters.received.get(front), self.counters.sent.get(front))
        {
            add(into, received);
            add(out, sent);
        }
    }
}

fn add(counter: &AtomicU64, more: u64) {
    counter.store(counter.load(Relaxed).wrapping_add(more), Relaxed);
}

const fn place(front: Front, family: Family, action: Action, outcome: Outcome) -> usize {
    let place = (front as usize).wrapping_mul(FAMILIES.len()).wrapping_add(family as usize);
    let place = place.wrapping_mul(ACTIONS.len()).wrapping_add(action as usize);
    place.wrapping_mul(OUTCOMES.len()).wrapping_add(outcome as usize)
}

/// The tallies of all workers.
#[derive(Default)]
pub struct Tallies(Mutex<Vec<Arc<Counters>>>);

impl std::fmt::Debug for Tallies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tallies").finish_non_exhaustive()
    }
}

impl Tallies {
    /// One more. What it counted stays counted when it is gone.
    pub fn tally(&self) -> Tally {
        let zero = || AtomicU64::new(0);
        let counters = Arc::new(Counters {
            requests: from_fn(|_| zero()),
            took: from_fn(|_| from_fn(|_| zero())),
            nanoseconds: from_fn(|_| zero()),
            received: from_fn(|_| zero()),
            sent: from_fn(|_| zero()),
        });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&counters));
        Tally { counters, _one_writer: PhantomData }
    }

    /// Whether an announce was answered since the start.
    pub fn has_announces(&self) -> bool {
        let kinds = || FRONTS.into_iter().flat_map(|front| FAMILIES.map(|family| (front, family)));
        let mut places = kinds()
            .map(|(front, family)| place(front, family, Action::Announce, Outcome::Answered));
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.any(|place| {
            let of =
                |counters: &Arc<Counters>| counters.requests.get(place).map(|n| n.load(Relaxed));
            all.iter().filter_map(of).any(|count| count > 0)
        })
    }

    /// All of them added up, as they are just now.
    pub fn snapshot(&self) -> Snapshot {
        let mut sum = Snapshot::default();
        for counters in &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            for (sum, counter) in sum.requests.iter_mut().zip(&counters.requests) {
                *sum = sum.wrapping_add(counter.load(Relaxed));
            }
            let slots = sum.took.iter_mut().flatten().zip(counters.took.iter().flatten());
            let sums = (sum.nanoseconds.iter_mut().zip(&counters.nanoseconds))
                .chain(sum.received.iter_mut().zip(&counters.received))
                .chain(sum.sent.iter_mut().zip(&counters.sent));
            for (sum, counter) in slots.chain(sums) {
                *sum = sum.wrapping_add(counter.load(Relaxed));
            }
        }
        sum
    }
}

/// The numbers of all workers at one time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    requests: [u64; KINDS],
    took: [[u64; SLOTS]; FRONTS.len()],
    nanoseconds: [u64; FRONTS.len()],
    received: [u64; FRONTS.len()],
    sent: [u64; FRONTS.len()],
}

impl Default for Snapshot {
    fn default() -> Self {
        Self {
            requests: [0; KINDS],
            took: Default::default(),
            nanoseconds: Default::default(),
            received: Default::default(),
            sent: Default::default(),
        }
    }
}

impl Snapshot {
    /// How many requests of this kind there were.
    pub fn requests(&self, front: Front, family: Family, action: Action, outcome: Outcome) -> u64 {
        self.requests.get(place(front, family, action, outcome)).copied().unwrap_or(0)
    }

    /// Each kind that there was any of.
    pub fn kinds(&self) -> impl Iterator<Item = (Front, Family, Action, Outcome, u64)> {
        FRONTS.into_iter().flat_map(move |front| {
            FAMILIES.into_iter().flat_map(move |family| {
                ACTIONS.into_iter().flat_map(move |action| {
                    let each = OUTCOMES.into_iter();
                    each.filter_map(move |outcome| {
                        match self.requests(front, family, action, outcome) {
                            0 => None,
                            count => Some((front, family, action, outcome, count)),
                        }
                    })
                })
            })
        })
    }

    /// How many requests took a time of each of [`BUCKETS`], and longer ones last; not added up.
    pub fn times(&self, front: Front) -> &[u64] {
        self.took.get(front as usize).map_or(&[], |slots| slots)
    }

    /// What all requests took together.
    pub fn time(&self, front: Front) -> Duration {
        Duration::from_nanos(self.nanoseconds.get(front as usize).copied().unwrap_or(0))
    }

    /// Bytes of requests.
    pub fn received(&self, front: Front) -> u64 {
        self.received.get(front as usize).copied().unwrap_or(0)
    }

    /// Bytes of answers.
    pub fn sent(&self, front: Front) -> u64 {
        self.sent.get(front as usize).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
