//! Which peers take calls: what is known of it, and who is to be called.
//!
//! Memory is bounded: what is known is one word a peer in a table that forgets, and of those that
//! wait to be called there are only so many. A peer that others are told of already took its call,
//! so one that the table has forgotten is not called again for that.

use crate::torrent::InfoHash;
use crate::tracker::announce::Event;
use crate::tracker::limits::{Table, Word, subscriber};
use crate::tracker::swarms::Ask;
use hashbrown::{DefaultHashBuilder, HashMap};
use std::collections::VecDeque;
use std::hash::BuildHasher;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Peers that are remembered: 8 bytes each.
const PEERS: usize = 1 << 20;
/// Announces that wait for a call, and how many of one subscriber do, so that nobody takes the line
/// from the others.
const WAITING_MOST: usize = 4096;
const WAITING_OF_ONE: usize = 256;
/// For how long one counts as silent that did not take its call.
pub(super) const SILENT: Duration = Duration::from_secs(5 * 60);
/// For how long one is answered before its call.
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
    /// It did, some time ago.
    Lapsed,
    Silent,
    /// It is to be called, and answered meanwhile.
    Pends,
    Nothing,
}

#[derive(Debug)]
pub(super) struct Listening {
    table: Table,
    hasher: DefaultHashBuilder,
    start: Instant,
    listens: Duration,
    queue: Mutex<Queue>,
}

/// Who waits for a call, and to be told of in which torrents.
#[derive(Debug, Default)]
struct Queue {
    /// Not yet being called.
    addresses: VecDeque<SocketAddr>,
    /// Until their call has ended.
    asks: HashMap<SocketAddr, Vec<Ask>>,
    /// All of them.
    len: usize,
    /// Those of each subscriber.
    shares: HashMap<u64, usize>,
}

impl Queue {
    /// Counts one more, where it may wait.
    fn admit(&mut self, ip: IpAddr) -> bool {
        let share = self.shares.get(&subscriber(ip)).copied().unwrap_or(0);
        let room = self.len < WAITING_MOST && share < WAITING_OF_ONE;
        if room {
            self.len = self.len.saturating_add(1);
            self.shares.insert(subscriber(ip), share.saturating_add(1));
        }
        room
    }

    /// So many wait no more.
    fn release(&mut self, ip: IpAddr, many: usize) {
        self.len = self.len.saturating_sub(many);
        let share = self.shares.get_mut(&subscriber(ip));
        if let Some(share) = share {
            *share = share.saturating_sub(many);
            if *share == 0 {
                self.shares.remove(&subscriber(ip));
            }
        }
    }
}

impl Listening {
    pub(super) fn new(interval: Duration, start: Instant) -> Self {
        Self {
            table: Table::new(PEERS),
            hasher: DefaultHashBuilder::default(),
            start,
            listens: interval.saturating_mul(INTERVALS),
            queue: Mutex::default(),
        }
    }

    /// What is known of the peer at this address.
    pub(super) fn known(&self, now: Instant, address: SocketAddr) -> Known {
        self.word(now, address, None)
    }

    /// Remembers what came of a call.
    pub(super) fn learn(&self, now: Instant, address: SocketAddr, listens: bool) {
        let (what, long) = if listens { (LISTENS, self.listens) } else { (IS_SILENT, SILENT) };
        self.word(now, address, Some((what, long)));
    }

    /// From now on the peer is answered before it was called.
    pub(super) fn postpone(&self, now: Instant, address: SocketAddr) {
        self.word(now, address, Some((PENDS, PENDING)));
    }

    /// Puts a peer in line to be called, where there is room. Once it is, the last that it said of
    /// a torrent counts, and that it became complete meanwhile.
    pub(super) fn wait(&self, ask: Ask) {
        let mut queue = self.queue();
        let waiting = queue.asks.get_mut(&ask.address);
        let in_line = waiting.is_some();
        let mut same = waiting.into_iter().flatten();
        if let Some(same) = same.find(|same| same.info_hash == ask.info_hash) {
            let completed = same.event == Event::Completed && ask.seed;
            *same = Ask { event: if completed { Event::Completed } else { ask.event }, ..ask };
            return;
        }
        // Who left all its torrents is in line until its turn.
        let room = in_line || queue.addresses.len() < WAITING_MOST;
        if room && queue.admit(ask.address.ip()) {
            if !in_line {
                queue.addresses.push_back(ask.address);
            }
            queue.asks.entry(ask.address).or_default().push(ask);
        }
    }

    /// The peer leaves a torrent: it does not wait to be told of there.
    pub(super) fn leave(&self, address: SocketAddr, hash: InfoHash) {
        let mut queue = self.queue();
        let Some(waiting) = queue.asks.get_mut(&address) else { return };
        let before = waiting.len();
        waiting.retain(|ask| ask.info_hash != hash);
        let gone = before.saturating_sub(waiting.len());
        queue.release(address.ip(), gone);
    }

    /// The first in line, which waits on until [`take`](Self::take).
    pub(super) fn next(&self) -> Option<SocketAddr> {
        let mut queue = self.queue();
        loop {
            let address = queue.addresses.pop_front()?;
            match queue.asks.get(&address) {
                Some(waiting) if !waiting.is_empty() => return Some(address),
                _ => drop(queue.asks.remove(&address)),
            }
        }
    }

    /// Takes out all that waits for the call to an address.
    pub(super) fn take(&self, address: SocketAddr) -> Vec<Ask> {
        let mut queue = self.queue();
        let asks = queue.asks.remove(&address).unwrap_or_default();
        queue.release(address.ip(), asks.len());
        asks
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is true of an address now; and what becomes of it, where anything does.
    fn word(&self, now: Instant, address: SocketAddr, becomes: Option<(u64, Duration)>) -> Known {
        let now = now.saturating_duration_since(self.start);
        let left = |word: u64| (word & ((1 << UNTIL_BITS) - 1)).saturating_sub(now.as_secs());
        self.table.change(self.hasher.hash_one(address), left, |word| {
            let known = match word.map(|word| (word >> UNTIL_BITS, left(word) > 0)) {
                Some((LISTENS, true)) => Known::Listens,
                Some((LISTENS, false)) => Known::Lapsed,
                Some((IS_SILENT, true)) => Known::Silent,
                Some((PENDS, true)) => Known::Pends,
                _ => Known::Nothing,
            };
            match becomes {
                None => Word::Stays(known),
                Some((new, long)) => {
                    let until = now.saturating_add(long).as_secs() & ((1 << UNTIL_BITS) - 1);
                    Word::Becomes(new << UNTIL_BITS | until, known)
                }
            }
        })
    }
}
