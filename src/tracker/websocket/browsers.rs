//! The swarms of browsers, shared by all workers.
//!
//! Like the other swarms they are spread over shards by a keyed hash, each behind a lock of its own
//! that is held for one look. In each the leechers stand before the seeds, so that either are drawn
//! from at a cost that does not grow with the swarm.

use crate::torrent::{InfoHash, PeerId};
use crate::tracker::http::Counts;
use hashbrown::hash_map::Entry;
use hashbrown::{DefaultHashBuilder, HashMap};
use rand::{Rng, RngExt};
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Shards of a tracker.
const SHARDS: usize = 64;
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
    New {
        /// Whether its torrent is new as well.
        torrent: bool,
    },
    /// There is no room for it.
    Full,
}

/// A peer of a swarm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::tracker) struct Member {
    pub(in crate::tracker) id: PeerId,
    pub(in crate::tracker) link: Link,
}

#[derive(Debug, Default)]
struct Torrent {
    /// The leechers, then the seeds.
    members: Vec<Member>,
    leechers: usize,
    /// Where each is.
    places: HashMap<PeerId, usize>,
    downloaded: u32,
}

/// All swarms of browsers.
#[derive(Debug)]
pub struct Browsers {
    hasher: DefaultHashBuilder,
    shards: Box<[Mutex<HashMap<InfoHash, Torrent>>]>,
}

impl Default for Browsers {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { hasher: DefaultHashBuilder::default(), shards }
    }
}

impl Browsers {
    /// What stands for the port of a peer that has none, where the peers of an address are counted.
    pub(in crate::tracker) fn port(&self, id: PeerId) -> u16 {
        (self.hasher.hash_one(id) & 0xffff) as u16
    }

    /// Notes a peer, and draws others for its offers into `drawn`, each as likely as any other.
    /// `room` says whether there is room for it, with a torrent or in one.
    pub(in crate::tracker) fn join(
        &self,
        joining: &Joining,
        rng: &mut impl Rng,
        drawn: &mut Vec<Member>,
        room: impl FnOnce(bool) -> bool,
    ) -> Result<(Counts, Listing), Held> {
        let mut shard = self.shard(joining.info_hash);
        let listing = match shard.entry(joining.info_hash) {
            Entry::Occupied(mut entry) => {
                let torrent = entry.get_mut();
                match torrent.find(joining.id) {
                    Some((_, member)) if member.link != joining.link => {
                        return Err(Held(member.link));
                    }
                    Some((place, _)) => {
                        torrent.become_seed(place, joining);
                        Listing::Old
                    }
                    None if room(false) => {
                        torrent.enter(joining);
                        Listing::New { torrent: false }
                    }
                    None => Listing::Full,
                }
            }
            Entry::Vacant(entry) if room(true) => {
                entry.insert(Torrent::default()).enter(joining);
                Listing::New { torrent: true }
            }
            Entry::Vacant(_) => return Ok((Counts::default(), Listing::Full)),
        };
        let Some(torrent) = shard.get(&joining.info_hash) else {
            return Ok((Counts::default(), listing));
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
        let mut shard = self.shard(info_hash);
        let Entry::Occupied(mut entry) = shard.entry(info_hash) else { return None };
        let torrent = entry.get_mut();
        let (place, _) = torrent.find(id).filter(|(_, member)| member.link == link)?;
        torrent.remove(place);
        let counts = torrent.counts();
        if torrent.members.is_empty() {
            entry.remove();
            shard.shrink_if_sparse();
        }
        Some(counts)
    }

    /// Forgets the torrents that are not to be kept; how many peers each of them had.
    pub(in crate::tracker) fn retain(&self, keep: impl Fn(InfoHash) -> bool) -> Vec<usize> {
        let mut gone = Vec::new();
        for shard in &self.shards {
            let mut shard = lock(shard);
            let torrents = shard.extract_if(|hash, _| !keep(*hash));
            gone.extend(torrents.map(|(_, torrent)| torrent.members.len()));
            shard.shrink_if_sparse();
        }
        gone
    }

    /// The counts of a torrent that is known.
    pub fn counts(&self, info_hash: InfoHash) -> Option<Counts> {
        self.shard(info_hash).get(&info_hash).map(Torrent::counts)
    }

    /// Shards, to be looked at one by one: `0..shards()`.
    pub fn shards(&self) -> usize {
        self.shards.len()
    }

    /// Adds the torrents of a shard to `out`, in no order.
    pub fn torrents(&self, shard: usize, out: &mut Vec<(InfoHash, Counts)>) {
        if let Some(shard) = self.shards.get(shard) {
            let shard = lock(shard);
            out.extend(shard.iter().map(|(hash, torrent)| (*hash, torrent.counts())));
        }
    }

    fn shard(&self, info_hash: InfoHash) -> MutexGuard<'_, HashMap<InfoHash, Torrent>> {
        lock(&self.shards[(self.hasher.hash_one(info_hash) >> 32) as usize % SHARDS])
    }
}

/// A thread that panicked left a whole map behind: nothing here panics half way.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a flood made large does not stay so.
trait Shrink {
    fn shrink_if_sparse(&mut self);
}

impl Shrink for HashMap<InfoHash, Torrent> {
    fn shrink_if_sparse(&mut self) {
        if self.capacity() > 1024 && self.len() < self.capacity() / 8 {
            self.shrink_to(self.len() * 2);
        }
    }
}

impl Torrent {
    fn counts(&self) -> Counts {
        let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
        Counts {
            complete: count(self.members.len() - self.leechers),
            incomplete: count(self.leechers),
            partial: 0,
            downloaded: self.downloaded,
        }
    }

    fn find(&self, id: PeerId) -> Option<(usize, Member)> {
        let place = *self.places.get(&id)?;
        self.members.get(place).map(|member| (place, *member))
    }

    fn enter(&mut self, joining: &Joining) {
        let place = self.members.len();
        self.members.push(Member { id: joining.id, link: joining.link });
        self.places.insert(joining.id, place);
        if !joining.seed {
            // The first seed makes way.
            self.swap(place, self.leechers);
            self.leechers += 1;
        }
        // Who is new here downloaded it elsewhere.
    }

    /// Who said to lack something may have all of it now; a seed stays one, unless it says otherwise.
    fn become_seed(&mut self, place: usize, joining: &Joining) {
        let was_seed = place >= self.leechers;
        match (was_seed, joining.seed) {
            (false, true) => {
                self.leechers -= 1;
                self.swap(place, self.leechers);
                if joining.completed {
                    self.downloaded = self.downloaded.saturating_add(1);
                }
            }
            (true, false) => {
                self.swap(place, self.leechers);
                self.leechers += 1;
            }
            _ => {}
        }
    }

    fn remove(&mut self, mut place: usize) {
        if place < self.leechers {
            self.leechers -= 1;
            self.swap(place, self.leechers);
            place = self.leechers;
        }
        self.swap(place, self.members.len() - 1);
        if let Some(gone) = self.members.pop() {
            self.places.remove(&gone.id);
        }
        if self.members.capacity() > 64 && self.members.len() < self.members.capacity() / 4 {
            self.members.shrink_to(self.members.len() * 2);
            self.places.shrink_to(self.members.len() * 2);
        }
    }

    fn swap(&mut self, a: usize, b: usize) {
        if a != b {
            self.members.swap(a, b);
            self.places.insert(self.members[a].id, a);
            self.places.insert(self.members[b].id, b);
        }
    }

    /// Draws `peers` different ones without who asks (Floyd's algorithm: a random number each).
    fn draw(&self, asker: &Joining, rng: &mut impl Rng, drawn: &mut Vec<Member>) {
        let all = if asker.leechers_only { self.leechers } else { self.members.len() };
        let own = self.places.get(&asker.id).copied().filter(|own| *own < all);
        let others = all - usize::from(own.is_some());
        let mut chosen: Vec<usize> = Vec::with_capacity(asker.peers.min(others));
        for last in others - asker.peers.min(others)..others {
            let one = rng.random_range(0..=last);
            chosen.push(if chosen.contains(&one) { last } else { one });
        }
        let past = |one: usize| one + usize::from(own.is_some_and(|own| one >= own));
        drawn.extend(chosen.into_iter().map(|one| self.members[past(one)]));
    }
}

#[cfg(test)]
mod tests;
