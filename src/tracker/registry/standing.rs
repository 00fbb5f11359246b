//! Which torrents may make way, as all shards know of each other: how many of a shard somebody has
//! come back to and how many are passing, and where there are any. Told as they come and go, which
//! costs an addition, and an atomic one only for the first and the last of a shard.

use super::draw::Luck;
use super::{Registry, Rules};
use crate::torrent::InfoHash;
use crate::tracker::access::Hashes;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Shards of a tracker.
pub(in crate::tracker) const SHARDS: usize = 256;

/// A shard and its lock, alone in its cache lines, since its neighbours belong to other threads at that
/// instant.
#[derive(Debug)]
#[repr(align(64))]
pub(in crate::tracker) struct Shard(Mutex<Registry>);

impl Shard {
    /// None yet is in it; it is the one at that place.
    pub(in crate::tracker) fn new(at: usize) -> Self {
        let standing = Standing::new(at);
        Self(Mutex::new(Registry { standing, ..Registry::default() }))
    }

    /// A thread that panicked left a whole registry behind: nothing in it panics half way.
    pub(in crate::tracker) fn lock(&self) -> MutexGuard<'_, Registry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// None where a thread is at it.
    pub(in crate::tracker) fn try_lock(&self) -> Option<MutexGuard<'_, Registry>> {
        self.0.try_lock().ok()
    }
}

/// The torrents of a shard that may make way: all but those that the operator listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Standing {
    /// Which one.
    pub(super) shard: usize,
    /// To which nobody has come back.
    passing: usize,
    /// The others.
    settled: usize,
}

impl Standing {
    /// None, in that shard.
    pub(super) fn new(shard: usize) -> Self {
        Self { shard, ..Self::default() }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.passing == 0 && self.settled == 0
    }

    /// How many there are to which nobody has come back.
    pub(super) fn passing(&self) -> usize {
        self.passing
    }

    /// One more to which somebody has come back, or nobody yet.
    pub(super) fn come(&mut self, boards: &Boards, returned: bool) {
        let (count, board) = self.of(boards, returned);
        *count += 1;
        if *count == 1 {
            board.set(self.shard);
        }
    }

    /// One of them is gone.
    pub(super) fn leave(&mut self, boards: &Boards, returned: bool) {
        let (count, board) = self.of(boards, returned);
        *count -= 1;
        if *count == 0 {
            board.unset(self.shard);
        }
    }

    /// Somebody has come back to one for the first time.
    #[cold]
    pub(super) fn settle(&mut self, rules: &Rules, kept: &Hashes, info_hash: InfoHash) {
        if !kept.contains(info_hash) {
            self.leave(&rules.boards, false);
            self.come(&rules.boards, true);
        }
    }

    fn of<'a>(&mut self, boards: &'a Boards, returned: bool) -> (&mut usize, &'a Board) {
        match returned {
            true => (&mut self.settled, &boards.settled),
            false => (&mut self.passing, &boards.passing),
        }
    }
}

impl Registry {
    /// Counts anew, where much has changed.
    pub(super) fn recount(&mut self, rules: &Rules) {
        let mut counts = Standing::new(self.standing.shard);
        for torrent in self.torrents.iter().filter(|torrent| !self.kept.contains(torrent.hash)) {
            match torrent.past.has_returned() {
                true => counts.settled += 1,
                false => counts.passing += 1,
            }
        }
        rules.boards.passing.put(counts.shard, counts.passing > 0);
        rules.boards.settled.put(counts.shard, counts.settled > 0);
        self.standing = counts;
    }
}

/// The shards that have torrents which may make way.
#[derive(Debug, Default)]
pub(in crate::tracker) struct Boards {
    pub(super) passing: Board,
    pub(super) settled: Board,
}

/// A bit a shard. Each is changed by whoever holds that shard; anybody may look.
#[derive(Debug, Default)]
pub(super) struct Board([AtomicU64; SHARDS / 64]);

impl Board {
    fn put(&self, shard: usize, there: bool) {
        match there {
            true => self.set(shard),
            false => self.unset(shard),
        }
    }

    fn set(&self, shard: usize) {
        self.0[shard / 64 % self.0.len()].fetch_or(1 << (shard % 64), Relaxed);
    }

    fn unset(&self, shard: usize) {
        self.0[shard / 64 % self.0.len()].fetch_and(!(1 << (shard % 64)), Relaxed);
    }

    /// All of them, from one on that is drawn.
    pub(super) fn from(&self, luck: &mut Luck) -> impl Iterator<Item = usize> + use<> {
        let words: [u64; SHARDS / 64] = std::array::from_fn(|at| self.0[at].load(Relaxed));
        let start = luck.below(SHARDS);
        let mut passed = 0;
        std::iter::from_fn(move || {
            while passed < SHARDS {
                let at = (start + passed) % SHARDS;
                let rest = words[at / 64] >> (at % 64);
                let zeros = rest.trailing_zeros() as usize;
                if zeros < 64 {
                    passed += zeros + 1;
                    // Round once, and not into the part that was first.
                    return (passed <= SHARDS).then_some(at + zeros);
                }
                passed += 64 - at % 64;
            }
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shard_that_is_on_a_board_comes_once() {
        let board = Board::default();
        let found = |seed| board.from(&mut Luck::new(seed)).collect::<Vec<_>>();
        for seed in 0..300 {
            assert!(found(seed).is_empty());
        }
        let shards = [0, 1, 62, 63, 64, 127, 128, 200, 255];
        shards.into_iter().for_each(|shard| board.set(shard));
        let mut firsts = std::collections::BTreeSet::new();
        for seed in 0..2000_u64 {
            let mut all = found(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            firsts.insert(all[0]);
            all.sort_unstable();
            assert_eq!(all, shards);
        }
        assert_eq!(firsts.len(), shards.len());
        shards[1..].iter().for_each(|&shard| board.put(shard, false));
        assert_eq!(found(7), [0]);
    }
}
