//! What all shards of a tracker go by, and what they hold together.

use super::Config;
use super::clock::Clock;
use super::follow::Noted;
use super::standing::{Boards, Shard};
use super::torrent::Size;
use crate::torrent::InfoHash;
use hashbrown::DefaultHashBuilder;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

/// What a torrent is counted as, without its peers: a place in a table that is 7/16 full at least.
pub(super) const TORRENT_BYTES: usize = 57 * 16 / 7;

/// What all shards go by.
#[derive(Debug)]
pub(in crate::tracker) struct Rules {
    pub(in crate::tracker) config: Config,
    pub(super) clock: Clock,
    pub(super) hasher: DefaultHashBuilder,
    /// Who announces again after so many ticks has come back.
    pub(super) returns: u16,
    pub(in crate::tracker) totals: Totals,
    /// All shards, for one to find room in another.
    pub(super) shards: Arc<[Shard]>,
    pub(super) boards: Boards,
    /// Changes that are noted, and not yet taken.
    pub(in crate::tracker) noted: Noted,
}

/// Whom room is wanted for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::tracker) enum Newcomer {
    /// A torrent that is not known, and its first peer.
    Torrent,
    /// A peer of a torrent that is known.
    Peer,
}

/// What is held.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Load {
    /// So many torrents.
    pub torrents: usize,
    /// So many peers, in all of them.
    pub peers: usize,
    /// The bytes that they take.
    pub bytes: usize,
}

/// What all shards hold together. Touched only where somebody comes or goes; alone in its cache lines
/// (processors fetch two at a time), since each announce of every thread reads what stands beside it.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(in crate::tracker) struct Totals {
    peers: AtomicUsize,
    torrents: AtomicUsize,
    bytes: AtomicUsize,
    /// Torrents that have made way so far.
    evicted: AtomicUsize,
}

impl Rules {
    pub(in crate::tracker) fn new(config: Config, now: Instant, shards: Arc<[Shard]>) -> Self {
        let clock = Clock::new(now, config.timeout);
        let returns =
            clock.ticks(config.interval / 4).clamp(1, u64::from(clock.timeout / 4).max(1));
        Self {
            config,
            clock,
            returns: u16::try_from(returns).unwrap_or(u16::MAX),
            hasher: DefaultHashBuilder::default(),
            totals: Totals::default(),
            shards,
            boards: Boards::default(),
            noted: Noted::default(),
        }
    }

    /// By which torrents are found: the last bits in a shard, those above 32 the shard.
    #[inline]
    pub(in crate::tracker) fn hash(&self, info_hash: &InfoHash) -> u64 {
        self.hasher.hash_one(info_hash)
    }

    /// Ticks since the start.
    pub(in crate::tracker) fn tick(&self, now: Instant) -> u32 {
        self.clock.tick(now)
    }

    /// Ticks within which a sweep is to meet everybody.
    pub(in crate::tracker) fn round(&self) -> u32 {
        u32::from(self.clock.timeout / 4).max(1)
    }

    /// Whether there is no room for one more.
    pub(in crate::tracker) fn full(&self, newcomer: Newcomer) -> bool {
        self.reached(newcomer) != Ceilings::default()
    }

    /// For want of what there is no room for one more.
    pub(super) fn reached(&self, newcomer: Newcomer) -> Ceilings {
        Ceilings {
            peers: self.totals.peers() >= self.config.peers_most,
            torrents: newcomer == Newcomer::Torrent
                && self.totals.torrents() >= self.config.torrents_most,
            memory: self.totals.bytes() >= self.config.memory_most,
        }
    }
}

/// Ceilings of a [`Config`] that are reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ceilings {
    /// [`Config::peers_most`].
    pub peers: bool,
    /// [`Config::torrents_most`].
    pub torrents: bool,
    /// [`Config::memory_most`].
    pub memory: bool,
}

impl Ceilings {
    /// These as well.
    pub(super) fn add(&mut self, more: Self) {
        self.peers |= more.peers;
        self.torrents |= more.torrents;
        self.memory |= more.memory;
    }
}

impl Totals {
    pub(in crate::tracker) fn peers(&self) -> usize {
        self.peers.load(Relaxed)
    }

    pub(in crate::tracker) fn torrents(&self) -> usize {
        self.torrents.load(Relaxed)
    }

    /// Bytes, rather too many than too few.
    pub(in crate::tracker) fn bytes(&self) -> usize {
        self.bytes.load(Relaxed)
    }

    /// Torrents that have made way at a ceiling since the start.
    pub(in crate::tracker) fn evicted(&self) -> usize {
        self.evicted.load(Relaxed)
    }

    pub(super) fn evict(&self) {
        self.evicted.fetch_add(1, Relaxed);
    }

    /// What was `before` is `after` now.
    pub(super) fn change(&self, before: Size, after: Size) {
        if before.peers != after.peers {
            self.peers.fetch_add(after.peers.wrapping_sub(before.peers), Relaxed);
        }
        if before.bytes != after.bytes {
            self.bytes.fetch_add(after.bytes.wrapping_sub(before.bytes), Relaxed);
        }
    }

    /// What is kept elsewhere counts as well.
    pub(in crate::tracker) fn add(&self, load: Load) {
        self.torrents.fetch_add(load.torrents, Relaxed);
        self.peers.fetch_add(load.peers, Relaxed);
        self.bytes.fetch_add(load.bytes, Relaxed);
    }

    /// It is gone.
    pub(in crate::tracker) fn subtract(&self, load: Load) {
        self.torrents.fetch_sub(load.torrents, Relaxed);
        self.peers.fetch_sub(load.peers, Relaxed);
        self.bytes.fetch_sub(load.bytes, Relaxed);
    }

    pub(super) fn begin(&self) {
        self.torrents.fetch_add(1, Relaxed);
        self.bytes.fetch_add(TORRENT_BYTES, Relaxed);
    }

    /// A torrent is gone, and its peers with it.
    pub(super) fn end(&self, size: Size) {
        self.torrents.fetch_sub(1, Relaxed);
        self.bytes.fetch_sub(TORRENT_BYTES, Relaxed);
        self.change(size, Size::default());
    }
}
