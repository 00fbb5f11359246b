//! All swarms of a tracker, shared by its workers.
//!
//! The torrents are spread over shards by a hash with a random seed (foldhash, quick, and without a
//! promise to withstand whoever could measure each lookup over a network); each shard is a `Registry` behind a lock
//! of its own that is held for one announce, or for a look ahead at a few, so that workers meet only
//! where they ask for the same shard at the same instant, and a shard is saved or swept while the
//! others serve. There are so many of them that not even the largest takes milliseconds to make its
//! table larger.

use super::access::Hashes;
use super::announce::{Event, Role};
use super::census::Census;
use super::changes::{Change, Epoch};
use super::drawn::Drawn;
use super::http::Counts;
use super::registry::{Config, Luck, Registry, Rules, SHARDS, Shard, Totals};
use crate::torrent::{InfoHash, PeerId};
use rand::Rng;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Instant;

mod beside;

pub(super) use self::beside::Room;
pub use super::registry::{Ceilings, Left, Load, Record, Saved, Snapshot};

/// Announces whose waits for memory overlap; more would wait for each other.
const PREFETCHED: usize = 16;
/// Places that a sweep looks at before it lets others at the shard.
const SWEPT_AT_ONCE: usize = 4096;

/// One announce, judged: who it is and what is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ask {
    /// The torrent.
    pub info_hash: InfoHash,
    /// Where the peer is to be told of as being; port 0: it is answered, and not told of.
    pub address: SocketAddr,
    /// Its id.
    pub peer_id: PeerId,
    /// Whether nothing is left for it to fetch.
    pub seed: bool,
    /// Why it announces now.
    pub event: Event,
    /// Peers wanted at most.
    pub peers: usize,
    /// Which addresses the answer has room for.
    pub families: Families,
    /// Whether the peers' ids are wanted.
    pub ids: bool,
}

impl Ask {
    /// What the peer is in its swarm.
    pub(super) fn role(&self) -> Role {
        match (self.seed, self.event) {
            (true, _) => Role::Seed,
            (false, Event::Paused) => Role::PartialSeed,
            (false, _) => Role::Leecher,
        }
    }
}

/// Which addresses an answer has room for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Families {
    /// That of the asker alone, as in a UDP packet.
    Own,
    /// The asker's first, then the other.
    Both,
}

/// All swarms of a tracker.
#[derive(Debug)]
pub struct Swarms {
    rules: Rules,
    shards: Arc<[Shard]>,
    /// When the last sweep was.
    swept: AtomicU32,
    /// What is kept elsewhere, and counted in the totals as well.
    beside: Totals,
}

impl Swarms {
    /// None yet.
    pub fn new(config: Config, now: Instant) -> Self {
        let shards: Arc<[Shard]> = (0..SHARDS).map(Shard::new).collect();
        let rules = Rules::new(config, now, Arc::clone(&shards));
        Self { rules, shards, swept: AtomicU32::new(0), beside: Totals::default() }
    }

    /// How they are served.
    pub fn config(&self) -> &Config {
        &self.rules.config
    }

    /// Takes an announce, and fills `drawn` with the counts and the peers to tell of: of the asker's
    /// family first, never itself. A seed, a partial one too, is told of no seeds of either kind, but
    /// at its start: a client that looks for the metadata of a magnet link may say that nothing is left.
    pub fn announce(&self, now: Instant, ask: &Ask, rng: &mut impl Rng, drawn: &mut Drawn) {
        drawn.clear();
        let hash = self.rules.hash(&ask.info_hash);
        let mut luck = Luck::new(rng.next_u64());
        let ask = Ask {
            address: SocketAddr::new(ask.address.ip().to_canonical(), ask.address.port()),
            ..*ask
        };
        let mut shard = self.shard(hash).lock();
        shard.announce(&self.rules, hash, now, &ask, &mut luck, drawn);
        let gone = shard.take_gone();
        // Nobody waits while they are freed.
        drop(shard);
        drop(gone);
    }

    /// Looks where announces that come next will look, at all of them before the first is served, so
    /// that their waits for memory overlap. It changes nothing; a shard that a thread is at is left out.
    ///
    /// The shards of a few announces are held together meanwhile: to take a lock waits until all that
    /// was to be read has come, so with one after the other there would be nothing to overlap.
    pub fn prefetch(&self, coming: &[(InfoHash, SocketAddr)]) {
        for coming in coming.chunks(PREFETCHED) {
            let mut held = [const { None }; PREFETCHED];
            // Which of them is that of a shard; one that is not held counts as looked for, too.
            let mut holder = [u8::MAX; SHARDS];
            let mut hashes = [0; PREFETCHED];
            for (at, (info_hash, _)) in coming.iter().enumerate() {
                hashes[at] = self.rules.hash(info_hash);
                let shard = self.shard_at(hashes[at]);
                if holder[shard] == u8::MAX {
                    holder[shard] = at as u8;
                    // Never waited for: whoever holds several locks must not.
                    held[at] = self.shards[shard].try_lock();
                }
            }
            let looks = || {
                let looks = coming.iter().zip(hashes);
                looks.filter_map(|((info_hash, address), hash)| {
                    let shard = held[usize::from(holder[self.shard_at(hash)])].as_deref()?;
                    Some((shard, hash, *info_hash, *address))
                })
            };
            looks().for_each(|(shard, hash, _, _)| shard.prefetch_torrent(hash));
            for (shard, hash, info_hash, address) in looks() {
                shard.prefetch_peer(&self.rules, hash, info_hash, address);
            }
        }
    }

    /// The counts of a torrent that is known.
    pub fn counts(&self, info_hash: InfoHash) -> Option<Counts> {
        let hash = self.rules.hash(&info_hash);
        self.shard(hash).lock().counts(hash, info_hash)
    }

    /// Whether others are told of the peer of a torrent at an address.
    pub fn tells_of(&self, now: Instant, info_hash: InfoHash, address: SocketAddr) -> bool {
        let (hash, tick) = (self.rules.hash(&info_hash), self.rules.tick(now));
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        self.shard(hash).lock().tells_of(&self.rules, hash, tick, info_hash, address)
    }

    /// Peers of all swarms, each family for itself.
    pub fn peers(&self) -> usize {
        self.rules.totals.peers()
    }

    /// Torrents that are known.
    pub fn known(&self) -> usize {
        self.rules.totals.torrents()
    }

    /// Bytes that all swarms take, as [`Config::memory_most`] counts them.
    pub fn bytes(&self) -> usize {
        self.rules.totals.bytes()
    }

    /// Torrents that have made way for newcomers at a ceiling since the start.
    pub fn evicted(&self) -> usize {
        self.rules.totals.evicted()
    }

    /// Shards, to be looked at one by one: `0..shards()`.
    pub fn shards(&self) -> usize {
        self.shards.len()
    }

    /// Adds the torrents of a shard to `out`, in no order.
    pub fn torrents(&self, shard: usize, out: &mut Vec<(InfoHash, Counts)>) {
        if let Some(shard) = self.shards.get(shard) {
            out.extend(shard.lock().torrents());
        }
    }

    /// All of them added up. No shard is held for longer than it takes to go through it.
    pub fn census(&self) -> Census {
        let mut census = Census::default();
        self.shards.iter().for_each(|shard| shard.lock().census(&mut census));
        census
    }

    /// All torrents that are known, in no order.
    pub fn all(&self) -> Vec<(InfoHash, Counts)> {
        let mut all = Vec::new();
        (0..self.shards()).for_each(|shard| self.torrents(shard, &mut all));
        all
    }

    /// Remembers these torrents, with their counts of downloads, also when nobody is left in them;
    /// instead of those of the call before.
    pub fn keep(&self, hashes: impl IntoIterator<Item = InfoHash>) {
        self.keep_listed(&Arc::new(hashes.into_iter().collect()));
    }

    /// The same for a list that somebody else has too: it is not copied.
    pub fn keep_listed(&self, hashes: &Arc<Hashes>) {
        for shard in &*self.shards {
            // The old list is freed once nobody waits any more.
            let _old = shard.lock().keep(&self.rules, Arc::clone(hashes));
        }
    }

    /// Forgets all torrents but these, whoever is in them.
    pub fn retain(&self, stays: impl Fn(InfoHash) -> bool) {
        for shard in &*self.shards {
            // Large swarms are freed once nobody waits any more.
            let _gone = shard.lock().retain(&self.rules, &stays);
        }
    }

    /// Goes on looking for peers that are gone. To be called about once a second: it looks at
    /// `least` places or more, so many that a round ends within a quarter of the timeout.
    pub fn sweep(&self, now: Instant, least: usize) {
        let tick = self.rules.tick(now);
        let passed = tick.saturating_sub(self.swept.swap(tick, Relaxed)).max(1) as usize;
        let round = self.rules.round() as usize;
        for shard in &*self.shards {
            let places = shard.lock().places();
            let share = places.saturating_mul(passed).div_ceil(round).max(least / SHARDS);
            let mut share = share.clamp(1, places);
            while share > 0 {
                let mut budget = share.min(SWEPT_AT_ONCE);
                share -= budget;
                shard.lock().sweep(&self.rules, tick, &mut budget);
            }
        }
    }

    /// Copies the swarms of a shard, to be written down. Nobody who asks meanwhile waits for more
    /// than a part of it.
    pub fn snapshot(&self, shard: usize, now: Instant) -> Snapshot {
        self.copy(shard, now, |_| {})
    }

    /// The same, and from that instant on each change in the shard is noted, with what the clock
    /// showed, until there is [no other](Self::forget_other).
    pub fn follow(&self, shard: usize, now: Instant, epoch: Epoch) -> Snapshot {
        self.copy(shard, now, |shard| shard.follow(epoch))
    }

    /// What has changed in a shard since it was copied, or since the last call.
    pub fn changes(&self, shard: usize) -> Vec<Change> {
        let changes = |shard: &Shard| shard.lock().changes(&self.rules);
        self.shards.get(shard).map(changes).unwrap_or_default()
    }

    /// Whether more has changed than can be kept for that, so that some of it was not; to be asked
    /// once all shards have been.
    pub fn outran(&self) -> bool {
        self.rules.noted.too_many()
    }

    /// From now on what another tracker tells counts only where it is newer than what is heard here;
    /// `epoch` is that one's clock.
    pub fn prefer_newer(&self, epoch: Epoch) {
        self.shards.iter().for_each(|shard| shard.lock().prefer_newer(epoch));
    }

    /// There is no other tracker any more that tells of changes, or is told of them.
    pub fn forget_other(&self) {
        self.shards.iter().for_each(|shard| shard.lock().forget_other());
        self.rules.noted.clear();
    }

    /// Makes a change that another tracker noted, whose copy was restored here before, unless what is
    /// heard here is [newer](Self::prefer_newer).
    pub fn apply(&self, now: Instant, change: &Change, rng: &mut impl Rng) {
        let hash = self.rules.hash(&change.info_hash);
        let mut luck = Luck::new(rng.next_u64());
        let mut shard = self.shard(hash).lock();
        shard.apply(&self.rules, hash, now, change, &mut luck);
        let gone = shard.take_gone();
        // Nobody waits while they are freed.
        drop(shard);
        drop(gone);
    }

    fn copy(&self, shard: usize, now: Instant, first: impl FnOnce(&mut Registry)) -> Snapshot {
        let tick = self.rules.tick(now);
        let mut snapshot = Snapshot::new(&self.rules, tick);
        let Some(shard) = self.shards.get(shard) else { return snapshot };
        let (torrents, peers) = {
            let shard = shard.lock();
            (shard.torrents().len(), shard.places())
        };
        snapshot.reserve(torrents, peers);
        let parts = {
            let mut shard = shard.lock();
            first(&mut shard);
            shard.copy(&self.rules, tick, &mut snapshot)
        };
        for mut part in parts {
            let hash = self.rules.hash(&part.hash);
            while !shard.lock().copy_part(&self.rules, hash, &mut part, &mut snapshot) {}
        }
        snapshot
    }

    /// Puts a torrent back as a [`Snapshot`] gave it, beside what is known of it already. Without peers
    /// that are alive it is forgotten, unless [`keep`](Self::keep) said otherwise before. Nobody makes way
    /// for it: says what found no room.
    pub fn restore(
        &self,
        now: Instant,
        info_hash: InfoHash,
        downloaded: u32,
        peers: impl IntoIterator<Item = Record>,
    ) -> Left {
        let (hash, tick) = (self.rules.hash(&info_hash), self.rules.tick(now));
        let peers = &mut peers.into_iter();
        let mut shard = self.shard(hash).lock();
        shard.restore(&self.rules, hash, tick, info_hash, downloaded, peers)
    }

    fn shard_at(&self, hash: u64) -> usize {
        (hash >> 32) as usize % SHARDS
    }

    fn shard(&self, hash: u64) -> &Shard {
        &self.shards[self.shard_at(hash)]
    }
}

#[cfg(test)]
mod tests;
