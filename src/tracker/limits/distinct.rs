//! How many different things each address has, about, in memory that does not grow.

use super::table::{PAYLOAD, Table, Word};
use hashbrown::DefaultHashBuilder;
use std::hash::{BuildHasher, Hash};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Words of the filter, as a power of two: 8 MiB.
const FILTER_BITS: u32 = 20;
/// Bits that a thing sets in its word.
const PROBES: u32 = 3;
/// A site has room for as many subscribers that have all they may.
const SITE: u64 = 16;
/// Addresses whose number is remembered.
const ADDRESSES: usize = 1 << 16;
/// The bits of a count; those above name its window.
const COUNT_BITS: u32 = 24;
const COUNT_MOST: u64 = (1 << COUNT_BITS) - 1;

/// Counts what is new in a window of time.
///
/// A thing that was seen in this window already is let through; one that is new raises its
/// address's count, or is refused. Whether it was seen is told by a Bloom filter, which errs for the
/// asker: of ten million things in a window, every twentieth new one goes uncounted. It is one look
/// at memory: all bits of a thing are in one word. With the window
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
            most: u64::from(most.get()).min(COUNT_MOST),
            start,
            window: window.as_secs().max(1),
            filled: AtomicU64::new(0),
            filter: (0..1u32 << FILTER_BITS).map(|_| AtomicU64::new(0)).collect(),
            counts: Table::new(ADDRESSES),
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// Whether this thing of this address may be; `site` is what its address is part of, if
    /// anything, which may have some times as many.
    pub(in crate::tracker) fn admit(
        &self,
        now: Instant,
        address: u64,
        site: Option<u64>,
        thing: impl Hash,
    ) -> bool {
        let seconds = now.saturating_duration_since(self.start).as_secs();
        let window = seconds.checked_div(self.window).unwrap_or(0);
        let filled = self.filled.load(Relaxed);
        // Whoever comes first empties the filter. A bit that another sets meanwhile may be lost:
        // that thing is then counted twice.
        if filled < window && self.filled.compare_exchange(filled, window, Relaxed, Relaxed).is_ok()
        {
            self.filter.iter().for_each(|word| word.store(0, Relaxed));
        }
        // A worker may be a little late at the turn: what is over does not come back.
        let window = window.max(filled);
        let hash = self.hasher.hash_one((address, thing));
        let (word, bits) = self.probe(hash);
        if word.is_none_or(|word| word.load(Relaxed) & bits == bits) {
            return true;
        }
        let window = (window << COUNT_BITS) & PAYLOAD;
        let count = |word: u64| {
            if word >> COUNT_BITS == window >> COUNT_BITS { word & COUNT_MOST } else { 0 }
        };
        let raise = |address, most| {
            self.counts.change(address, count, |word| match word.map_or(0, count) {
                full if full >= most => Word::Stays(false),
                some => Word::Becomes(window | some.saturating_add(1), true),
            })
        };
        let site_most = self.most.saturating_mul(SITE).min(COUNT_MOST);
        let admitted = raise(address, self.most) && site.is_none_or(|site| raise(site, site_most));
        if let Some(word) = word.filter(|_| admitted) {
            word.fetch_or(bits, Relaxed);
        }
        admitted
    }

    /// The word of a hash, by its upper bits, and the bits there, by the lower ones.
    fn probe(&self, hash: u64) -> (Option<&AtomicU64>, u64) {
        let word = usize::try_from(hash >> (64 - FILTER_BITS)).ok();
        let bit = |part: u32| 1u64 << (hash >> part.saturating_mul(6) & 63);
        (word.and_then(|word| self.filter.get(word)), (0..PROBES).map(bit).fold(0, |a, b| a | b))
    }
}
