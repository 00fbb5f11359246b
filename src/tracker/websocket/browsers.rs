//! The swarms of browsers, shared by all workers.
//!
//! Like the other swarms they are spread over shards by a keyed hash, each behind a lock of its own
//! that is held for one look. In each the leechers stand before the seeds, so that either are drawn
//! from at a cost that does not grow with the swarm.

mod torrent;

use self::torrent::Torrent;
use crate::torrent::{InfoHash, PeerId};
use crate::tracker::http::Counts;
use crate::tracker::registry::Newcomer;
use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use rand::{Rng, RngExt};
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Shards of a tracker.
const SHARDS: usize = 64;
/// Places of a shard that are looked at for a torrent that makes way.
const LOOKS: usize = 32;
/// What a torrent is counted as, and a peer of it, with what its connection knows of it.
pub(in crate::tracker) const TORRENT_BYTES: usize = 240;
pub(in crate::tracker) const PEER_BYTES: usize = 200;

/// A connection: the worker that has it, and its number there, which is never given twice.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Link {
    /// The worker.
    pub worker: usize,
    /// The connection.
    pub number: u64,
}

/// Who comes into a swarm, or says that it is there still.
#[derive(Clone, Copy, Debug)]
pub(in crate::tracker) struct Joining {
    pub(in crate::tracker) info_hash: InfoHash,
    pub(in crate::tracker) id: PeerId,
    pub(in crate::tracker) link: Link,
    pub(in crate::tracker) seed: bool,
    /// Whether its last piece has just come.
    pub(in crate::tracker) completed: bool,
    /// Others wanted at most.
    pub(in crate::tracker) peers: usize,
    /// Whether seeds are of no use to it.
    pub(in crate::tracker) leechers_only: bool,
    /// Peers that its connection speaks for already.
    pub(in crate::tracker) siblings: u16,
}

/// The id is that of another connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::tracker) struct Held(pub(in crate::tracker) Link);

/// Whether a peer is told of to others now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::tracker) enum Listing {
    /// It was already.
    Old,
    /// It is from now on.
    New(Newcomer),
    /// There is no room for it.
    Full(Newcomer),
}

/// A peer of a swarm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::tracker) struct Member {
    pub(in crate::tracker) id: PeerId,
    pub(in crate::tracker) link: Link,
    /// Peers that its connection spoke for when it was last heard of.
    siblings: u16,
}

impl Member {
    /// The one who comes.
    pub(in crate::tracker) fn of(joining: &Joining) -> Self {
        let &Joining { id, link, siblings, .. } = joining;
        Self { id, link, siblings }
    }
}

/// All swarms of browsers.
#[derive(Debug)]
pub struct Browsers {
    hasher: DefaultHashBuilder,
    shards: Box<[Mutex<HashTable<Torrent>>]>,
    /// Torrents that were forgotten while somebody was in them.
    forgotten: AtomicU64,
}

impl Default for Browsers {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { hasher: DefaultHashBuilder::default(), shards, forgotten: AtomicU64::new(0) }
    }
}

impl Browsers {
    /// What stands for the port of a peer that has none, where the peers of an address are counted.
    pub(in crate::tracker) fn port(&self, id: PeerId) -> u16 {
        (self.hasher.hash_one(id) & 0xffff) as u16
    }

    /// Notes a peer, and draws others for its offers into `drawn`, each as likely as any other.
    /// `room` says whether there is room for it.
    pub(in crate::tracker) fn join(
        &self,
        joining: &Joining,
        rng: &mut impl Rng,
        drawn: &mut Vec<Member>,
        room: impl FnOnce(Newcomer) -> bool,
    ) -> Result<(Counts, Listing), Held> {
        let hash = self.hash(joining.info_hash);
        let mut shard = self.shard(hash);
        let same = |torrent: &Torrent| torrent.hash == joining.info_hash;
        let mut entry = match shard.entry(hash, same, |torrent| self.hash(torrent.hash)) {
            Entry::Occupied(entry) => entry,
            Entry::Vacant(_) if !room(Newcomer::Torrent) => {
                return Ok((Counts::default(), Listing::Full(Newcomer::Torrent)));
            }
            Entry::Vacant(entry) => {
                let mut entry = entry.insert(Torrent::new(joining.info_hash));
                entry.get_mut().enter(joining);
                return Ok((entry.get().counts(), Listing::New(Newcomer::Torrent)));
            }
        };
        let torrent = entry.get_mut();
        let listing = match torrent.find(joining.id) {
            Some((_, member)) if member.link != joining.link => return Err(Held(member.link)),
            Some((place, _)) => {
                torrent.renew(place, joining);
                Listing::Old
            }
            None if room(Newcomer::Peer) => {
                torrent.enter(joining);
                Listing::New(Newcomer::Peer)
            }
            None => Listing::Full(Newcomer::Peer),
        };
        torrent.draw(joining, rng, drawn);
        Ok((torrent.counts(), listing))
    }

    /// A peer goes; whether it was there and that connection's, and the torrent's counts then. The
    /// last one takes the torrent along.
    pub(in crate::tracker) fn leave(
        &self,
        info_hash: InfoHash,
        id: PeerId,
        link: Link,
    ) -> Option<Counts> {
        let hash = self.hash(info_hash);
        let mut shard = self.shard(hash);
        let mut entry = shard.find_entry(hash, |torrent| torrent.hash == info_hash).ok()?;
        let torrent = entry.get_mut();
        let (place, _) = torrent.find(id).filter(|(_, member)| member.link == link)?;
        torrent.remove(place);
        let counts = torrent.counts();
        if torrent.len() == 0 {
            entry.remove();
            self.shrink_if_sparse(&mut shard);
        }
        Some(counts)
    }

    /// Whether a peer is there and that connection's.
    pub(in crate::tracker) fn has(&self, info_hash: InfoHash, id: PeerId, link: Link) -> bool {
        let hash = self.hash(info_hash);
        let shard = self.shard(hash);
        let torrent = shard.find(hash, |torrent| torrent.hash == info_hash);
        torrent.and_then(|torrent| torrent.find(id)).is_some_and(|(_, member)| member.link == link)
    }

    /// How many torrents were forgotten so far while somebody was in them.
    pub(in crate::tracker) fn forgotten(&self) -> u64 {
        self.forgotten.load(Relaxed)
    }

    /// Forgets the torrents that are not to be kept; how many peers each of them had.
    pub(in crate::tracker) fn retain(&self, keep: impl Fn(InfoHash) -> bool) -> Vec<usize> {
        let mut gone = Vec::new();
        for shard in &self.shards {
            let mut shard = lock(shard);
            let torrents = shard.extract_if(|torrent| !keep(torrent.hash));
            gone.extend(torrents.map(|torrent| torrent.len()));
            self.shrink_if_sparse(&mut shard);
        }
        self.forgotten.fetch_add(gone.len() as u64, Relaxed);
        gone
    }

    /// Forgets a torrent to make room, other than that of the newcomer but of its shard if there is
    /// one; how many peers it had.
    ///
    /// Of some side by side that are drawn it is one whose peers' connections speak for the most:
    /// who fills the memory does so with few connections that are in many torrents, while
    /// a page is in a few. Among equals it is the smallest. Who was in it comes back as a
    /// newcomer with its next announce.
    pub(in crate::tracker) fn make_way(
        &self,
        spared: InfoHash,
        rng: &mut impl Rng,
    ) -> Option<usize> {
        let (before, from) = self.shards.split_at(place_of(self.hash(spared)));
        let torrent = from.iter().chain(before).find_map(|shard| take_out(shard, spared, rng))?;
        self.forgotten.fetch_add(1, Relaxed);
        Some(torrent.len())
    }

    /// The counts of a torrent that is known.
    pub fn counts(&self, info_hash: InfoHash) -> Option<Counts> {
        let hash = self.hash(info_hash);
        let shard = self.shard(hash);
        shard.find(hash, |torrent| torrent.hash == info_hash).map(Torrent::counts)
    }

    /// Shards, to be looked at one by one: `0..shards()`.
    pub fn shards(&self) -> usize {
        self.shards.len()
    }

    /// Adds the torrents of a shard to `out`, in no order.
    pub fn torrents(&self, shard: usize, out: &mut Vec<(InfoHash, Counts)>) {
        self.some_torrents(shard, usize::MAX, out);
    }

    /// Adds so many of them at most.
    pub(in crate::tracker) fn some_torrents(
        &self,
        shard: usize,
        most: usize,
        out: &mut Vec<(InfoHash, Counts)>,
    ) {
        if let Some(shard) = self.shards.get(shard) {
            let shard = lock(shard);
            out.extend(shard.iter().take(most).map(|torrent| (torrent.hash, torrent.counts())));
        }
    }

    fn hash(&self, info_hash: InfoHash) -> u64 {
        self.hasher.hash_one(info_hash)
    }

    fn shard(&self, hash: u64) -> MutexGuard<'_, HashTable<Torrent>> {
        lock(&self.shards[place_of(hash)])
    }

    /// What a flood made large does not stay so.
    fn shrink_if_sparse(&self, shard: &mut HashTable<Torrent>) {
        if shard.capacity() > 1024 && shard.len() < shard.capacity() / 8 {
            shard.shrink_to(shard.len() * 2, |torrent| self.hash(torrent.hash));
        }
    }
}

/// The shard of a hash.
fn place_of(hash: u64) -> usize {
    (hash >> 32) as usize % SHARDS
}

/// A thread that panicked left a whole table behind: nothing here panics half way.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The torrent of a shard that makes way, to be dropped once nobody waits any more.
fn take_out(
    shard: &Mutex<HashTable<Torrent>>,
    spared: InfoHash,
    rng: &mut impl Rng,
) -> Option<Torrent> {
    let mut shard = lock(shard);
    let places = shard.num_buckets();
    let start = rng.random_range(0..places.max(1));
    let looks = (start..places).chain(0..start).take(LOOKS);
    let ranks = looks.filter_map(|place| {
        let torrent = shard.get_bucket(place).filter(|torrent| torrent.hash != spared)?;
        Some((torrent.rank(), place))
    });
    let (_, place) = ranks.max()?;
    shard.get_bucket_entry(place).ok().map(|entry| entry.remove().0)
}

#[cfg(test)]
mod tests;
