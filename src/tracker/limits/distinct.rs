//! How many different things each address has, about, in memory that does not grow.

use super::table::{PAYLOAD, Table, Word};
use hashbrown::DefaultHashBuilder;
use std::hash::{BuildHasher, Hash};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Bits of the filter, as a power of two: 2 MiB.
const FILTER_BITS: u32 = 24;
/// Bits that a thing sets in it.
const PROBES: u32 = 3;
/// Addresses whose number is remembered.
const ADDRESSES: usize = 1 << 16;
/// The bits of a count; those above name its window.
const COUNT_BITS: u32 = 24;

/// Counts what is new in a window of time.
///
/// A thing that was seen in this window already is let through; one that is new raises its
/// address's count, or is refused. Whether it was seen is told by a Bloom filter, which errs for the
/// asker: of two million things in a window, every thirtieth new one goes uncounted. With the window
/// the counts begin anew, so that at the turn an address can have twice its number for a while.
/// What is given up is counted to the window's end.
#[derive(Debug)]
pub(in crate::tracker) struct Distinct {
    most: u64,
    start: Instant,
    window: u64,
    /// The window that the filter is of.
    filled: AtomicU64,
    filter: Box<[AtomicU64]>,
    counts: Table,
    hasher: DefaultHashBuilder,
}

impl Distinct {
    pub(in crate::tracker) fn new(most: NonZeroU32, window: Duration, start: Instant) -> Self {
        Self {
            most: u64::from(most.get()).min((1 << COUNT_BITS) - 1),
            start,
            window: window.as_secs().max(1),
            filled: AtomicU64::new(0),
            filter: (0..1u32 << (FILTER_BITS - 6)).map(|_| AtomicU64::new(0)).collect(),
            counts: Table::new(ADDRESSES),
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// Whether this thing of this address may be.
    pub(in crate::tracker) fn admit(&self, now: Instant, address: u64, thing: impl Hash) -> bool {
        let seconds = now.saturating_duration_since(self.start).as_secs();
        let window = seconds.checked_div(self.window).unwrap_or(0);
        let filled = self.filled.load(Relaxed);
        // Whoever comes first empties the filter. A bit that another sets meanwhile may be lost:
        // that thing is then counted twice.
        if filled != window
            && self.filled.compare_exchange(filled, window, Relaxed, Relaxed).is_ok()
        {
            self.filter.iter().for_each(|word| word.store(0, Relaxed));
        }
        let hash = self.hasher.hash_one((address, thing));
        if self.probes(hash).all(|(word, bit)| word.load(Relaxed) & bit != 0) {
            return true;
        }
        let window = (window << COUNT_BITS) & PAYLOAD;
        let count = |word: u64| {
            if word >> COUNT_BITS == window >> COUNT_BITS {
                word & ((1 << COUNT_BITS) - 1)
            } else {
                0
            }
        };
        let admitted = self.counts.change(address, count, |word| match word.map_or(0, count) {
            full if full >= self.most => Word::Stays(false),
            some => Word::Becomes(window | some.saturating_add(1), true),
        });
        if admitted {
            for (word, bit) in self.probes(hash) {
                word.fetch_or(bit, Relaxed);
            }
        }
        admitted
    }

    /// The bits of a hash: three parts of it, each for a place of its own.
    fn probes(&self, hash: u64) -> impl Iterator<Item = (&AtomicU64, u64)> {
        (0..PROBES).filter_map(move |part| {
            let at = hash.rotate_right(part.saturating_mul(21)) & ((1 << FILTER_BITS) - 1);
            let word = self.filter.get(usize::try_from(at >> 6).ok()?)?;
            Some((word, 1u64 << (at & 63)))
        })
    }
}
