//! Peers that are kept elsewhere, those of browsers, but count as those that are kept here.
//!
//! They may fill half of each ceiling. Below that a newcomer among them takes the place of a torrent
//! here, as one that is kept here does; at it, that of others of its kind. So neither kind can
//! shut out the other, and none is shut out by those who were there before.

use super::{SHARDS, Swarms};
use crate::tracker::registry::{Load, Luck, Newcomer};
use rand::{Rng, RngExt};
use std::time::Instant;

/// Shards that are drawn, of which the fullest has a torrent make way, so that all stay as full.
const DRAWS: usize = 4;
/// How often they are drawn.
const TRIES: usize = 4;

/// Where a newcomer that is kept elsewhere finds room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::tracker) enum Room {
    /// There is some.
    Free,
    /// In the place of a torrent that is kept here.
    Here,
    /// In the place of others of its kind.
    Beside,
}

impl Swarms {
    /// What is kept elsewhere, the browsers; part of what all swarms hold.
    pub fn beside(&self) -> Load {
        let beside = &self.beside;
        Load { torrents: beside.torrents(), peers: beside.peers(), bytes: beside.bytes() }
    }

    /// Where there is room for as much as `more`.
    pub(in crate::tracker) fn room_beside(&self, newcomer: Newcomer, more: Load) -> Room {
        let (held, config) = (self.beside(), self.config());
        let within = |held: usize, more: usize, most: usize| {
            more == 0 || held.saturating_add(more) <= most.div_ceil(2)
        };
        if !within(held.torrents, more.torrents, config.torrents_most)
            || !within(held.peers, more.peers, config.peers_most)
            || !within(held.bytes, more.bytes, config.memory_most)
        {
            Room::Beside
        } else if self.rules.full(newcomer) {
            Room::Here
        } else {
            Room::Free
        }
    }

    /// Whether a torrent of a shard that is drawn has made way for such a newcomer.
    pub(in crate::tracker) fn make_room_beside(
        &self,
        now: Instant,
        newcomer: Newcomer,
        rng: &mut impl Rng,
    ) -> bool {
        let (tick, mut luck) = (self.rules.tick(now), Luck::new(rng.next_u64()));
        // What is looked at may be none that makes way.
        (0..TRIES).any(|_| {
            let drawn = (0..DRAWS).map(|_| &self.shards[rng.random_range(0..SHARDS)]);
            let Some(shard) = drawn.max_by_key(|shard| shard.lock().torrents().len()) else {
                return false;
            };
            let mut shard = shard.lock();
            let made = shard.make_room_beside(&self.rules, newcomer, tick, &mut luck);
            let gone = shard.take_gone();
            drop(shard);
            drop(gone);
            made
        })
    }

    /// Counts what is kept elsewhere.
    pub(in crate::tracker) fn take_beside(&self, load: Load) {
        self.beside.add(load);
        self.rules.totals.add(load);
    }

    /// It is gone.
    pub(in crate::tracker) fn give_back_beside(&self, load: Load) {
        self.beside.subtract(load);
        self.rules.totals.subtract(load);
    }
}
