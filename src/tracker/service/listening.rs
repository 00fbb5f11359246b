//! Which peers take calls: what is known of it, and who is to be called.
//!
//! Memory is bounded: what is known is one word a peer in a table that forgets, and of those that
//! wait to be called there are only so many.

use crate::tracker::limits::{Table, Word};
use crate::tracker::swarms::Ask;
use hashbrown::DefaultHashBuilder;
use std::collections::VecDeque;
use std::hash::BuildHasher;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Peers that are remembered: 8 bytes each.
const PEERS: usize = 1 << 17;
/// Peers that wait for their call.
const WAITING_MOST: usize = 4096;
/// For how long one counts as silent that did not take its call.
pub(super) const SILENT: Duration = Duration::from_secs(5 * 60);
/// For how long one that waits is not put in line again.
const PENDING: Duration = Duration::from_secs(60);
/// A peer that was reached counts as listening for so many intervals.
const INTERVALS: u32 = 4;

const PENDS: u64 = 1;
const IS_SILENT: u64 = 2;
const LISTENS: u64 = 3;
/// Bits of a word that tell until when it is true, in seconds; those above tell what.
const UNTIL_BITS: u32 = 38;

/// What is known of a peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Known {
    Listens,
    Silent,
    Nothing,
}

#[derive(Debug)]
pub(super) struct Listening {
    table: Table,
    hasher: DefaultHashBuilder,
    start: Instant,
    listens: Duration,
    waiting: Mutex<VecDeque<Ask>>,
}

impl Listening {
    pub(super) fn new(interval: Duration, start: Instant) -> Self {
        Self {
            table: Table::new(PEERS),
            hasher: DefaultHashBuilder::default(),
            start,
            listens: interval.saturating_mul(INTERVALS),
            waiting: Mutex::default(),
        }
    }

    /// What is known of the peer at this address.
    pub(super) fn known(&self, now: Instant, address: SocketAddr) -> Known {
        match self.word(now, address, |_| None) {
            LISTENS => Known::Listens,
            IS_SILENT => Known::Silent,
            _ => Known::Nothing,
        }
    }

    /// Remembers what came of a call.
    pub(super) fn learn(&self, now: Instant, address: SocketAddr, listens: bool) {
        let (what, long) = if listens { (LISTENS, self.listens) } else { (IS_SILENT, SILENT) };
        self.word(now, address, |_| Some((what, long)));
    }

    /// Puts a peer in line to be called, where it does not stand there already and there is room.
    pub(super) fn wait(&self, now: Instant, ask: Ask) {
        let pend = |what| (what == 0).then_some((PENDS, PENDING));
        if self.word(now, ask.address, pend) != 0 {
            return;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < WAITING_MOST {
            waiting.push_back(ask);
        }
    }

    /// The first in line.
    pub(super) fn next(&self) -> Option<Ask> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// What is true of an address now, 0 where nothing is known; and what becomes of it.
    fn word(
        &self,
        now: Instant,
        address: SocketAddr,
        becomes: impl Fn(u64) -> Option<(u64, Duration)>,
    ) -> u64 {
        let now = now.saturating_duration_since(self.start);
        let left = |word: u64| (word & ((1 << UNTIL_BITS) - 1)).saturating_sub(now.as_secs());
        self.table.change(self.hasher.hash_one(address), left, |word| {
            let what = word.filter(|word| left(*word) > 0).map_or(0, |word| word >> UNTIL_BITS);
            match becomes(what) {
                None => Word::Stays(what),
                Some((new, long)) => {
                    let until = now.saturating_add(long).as_secs() & ((1 << UNTIL_BITS) - 1);
                    Word::Becomes(new << UNTIL_BITS | until, what)
                }
            }
        })
    }
}
