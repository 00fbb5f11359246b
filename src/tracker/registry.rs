//! A server's swarms, without I/O: who is in them, and whom an asker is told of.
//!
//! A peer is its address and port: one that comes back under another id takes its own place, and
//! nobody can remove a peer at another address. IPv4 and IPv6 are apart (BEP 7), so a peer that
//! announces over both is counted once in each. Each announce costs the same whatever the size of
//! the swarm: the counts are kept, the peers told of are drawn at random, and those that have not
//! been heard of for too long are swept up a few at a time. A torrent that nobody is left in is
//! forgotten, its count of downloads too, so memory is bounded by the peers that are alive, and their
//! number by [`Config::peers_most`], however many info-hashes a flood brings.

mod peers;

use self::peers::{Peers, Was, pack_v4, pack_v6};
use super::announce::{Announce, Answer, Event};
use super::http::Counts;
use crate::torrent::{InfoHash, PeerId};
use hashbrown::{DefaultHashBuilder, HashTable};
use rand::Rng;
use std::hash::BuildHasher;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// Peers of its own swarm that an announce looks at, to sweep up those that are gone.
const SWEPT_IN_PASSING: usize = 16;
/// The clock's reading at the start, so that peers may be older than the process.
const CLOCK_START: u32 = 1 << 28;

/// How a tracker serves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// What peers are told to wait between announces.
    pub interval: Duration,
    /// How long a peer may be silent before it counts as gone.
    pub timeout: Duration,
    /// Peers told of where the asker wants no certain number.
    pub response_size: usize,
    /// Peers told of at most.
    pub response_most: usize,
    /// Peers of all swarms together; beyond it one that is new is answered but not told to others.
    /// A peer takes some 50 bytes in a large swarm, and half a KiB where it is alone in its.
    pub peers_most: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(30 * 60),
            timeout: Duration::from_secs(45 * 60),
            response_size: 50,
            response_most: 200,
            peers_most: 5_000_000,
        }
    }
}

/// All swarms of a tracker.
#[derive(Debug)]
pub struct Registry {
    config: Config,
    start: Instant,
    hasher: DefaultHashBuilder,
    torrents: Vec<Torrent>,
    /// Those of all torrents.
    peers: usize,
    /// Places in `torrents`.
    index: HashTable<u32>,
    /// Where the sweep goes on.
    cursor: usize,
    /// Whether it is done with the IPv4 peers there.
    v4_done: bool,
}

#[derive(Debug)]
struct Torrent {
    hash: InfoHash,
    v4: Peers<6>,
    v6: Peers<18>,
    downloaded: u32,
}

impl Torrent {
    fn new(hash: InfoHash) -> Self {
        Self { hash, v4: Peers::default(), v6: Peers::default(), downloaded: 0 }
    }

    fn len(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    fn counts(&self) -> Counts {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let seeds = self.v4.seeds() + self.v6.seeds();
        Counts {
            complete: count(seeds),
            incomplete: count(self.len() - seeds),
            downloaded: self.downloaded,
        }
    }
}

/// A peer on its way to or from a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Record {
    pub(super) address: SocketAddr,
    pub(super) id: PeerId,
    pub(super) seed: bool,
    /// Since it was last heard of.
    pub(super) age: Duration,
}

impl Registry {
    /// One without any swarm.
    pub fn new(config: Config, now: Instant) -> Self {
        Self {
            config,
            start: now,
            hasher: DefaultHashBuilder::default(),
            torrents: Vec::new(),
            peers: 0,
            index: HashTable::new(),
            cursor: 0,
            v4_done: false,
        }
    }

    /// Takes an announce of the peer at `ip` and says whom else there is: of its own address
    /// family first, never itself, to a seed no seeds. A peer that listens on port 0 is answered
    /// and not told to others. [`Announce::ip`] is not looked at: whether to believe it is the
    /// server's choice, made before.
    pub fn announce(
        &mut self,
        now: Instant,
        announce: &Announce,
        ip: IpAddr,
        rng: &mut impl Rng,
    ) -> Answer {
        let (clock, oldest) = self.clock(now);
        let ip = ip.to_canonical();
        let mut answer = Answer {
            interval: self.config.interval,
            complete: Some(0),
            incomplete: Some(0),
            external_ip: Some(ip),
            ..Answer::default()
        };
        let stays = announce.event != Event::Stopped && announce.port != 0;
        let room = self.config.peers_most.saturating_sub(self.peers);
        let place = self.find(announce.info_hash, stays && room > 0);
        let Some(place) = place else { return answer };
        let Some(torrent) = self.torrents.get_mut(place) else { return answer };
        let before = torrent.len();
        let seed = announce.left == 0;
        let hasher = &self.hasher;
        let was = match (ip, stays) {
            (IpAddr::V4(ip), true) => {
                let key = pack_v4(ip, announce.port);
                torrent.v4.put(key, announce.peer_id, seed, clock, room, hasher)
            }
            (IpAddr::V6(ip), true) => {
                let key = pack_v6(ip, announce.port);
                torrent.v6.put(key, announce.peer_id, seed, clock, room, hasher)
            }
            (IpAddr::V4(ip), false) => torrent.v4.remove(pack_v4(ip, announce.port), hasher),
            (IpAddr::V6(ip), false) => torrent.v6.remove(pack_v6(ip, announce.port), hasher),
        };
        // Whoever was complete before has not just become so.
        if announce.event == Event::Completed && seed && was != Was::Seed {
            torrent.downloaded = torrent.downloaded.saturating_add(1);
        }
        torrent.v4.sweep(oldest, &mut SWEPT_IN_PASSING.clone(), hasher);
        torrent.v6.sweep(oldest, &mut SWEPT_IN_PASSING.clone(), hasher);
        self.peers = self.peers - before + torrent.len();
        let counts = torrent.counts();
        (answer.complete, answer.incomplete) = (Some(counts.complete), Some(counts.incomplete));
        if announce.event != Event::Stopped {
            let wanted = announce.numwant.map_or(self.config.response_size, |want| {
                usize::try_from(want).unwrap_or(usize::MAX)
            });
            let wanted = wanted.min(self.config.response_most);
            let (v4, v6) = (&torrent.v4, &torrent.v6);
            let peers = &mut answer.peers;
            match ip {
                IpAddr::V4(own) => {
                    let own = pack_v4(own, announce.port);
                    v4.draw(rng, seed, Some(own), oldest, wanted, peers);
                    v6.draw(rng, seed, None, oldest, wanted - peers.len(), peers);
                }
                IpAddr::V6(own) => {
                    let own = pack_v6(own, announce.port);
                    v6.draw(rng, seed, Some(own), oldest, wanted, peers);
                    v4.draw(rng, seed, None, oldest, wanted - peers.len(), peers);
                }
            }
        }
        if torrent.len() == 0 {
            self.forget(place);
        }
        answer
    }

    /// The counts of a torrent that is known.
    pub fn counts(&self, hash: InfoHash) -> Option<Counts> {
        self.place(hash).and_then(|place| self.torrents.get(place)).map(Torrent::counts)
    }

    /// All torrents that are known, in no order.
    pub fn torrents(&self) -> impl ExactSizeIterator<Item = (InfoHash, Counts)> {
        self.torrents.iter().map(|torrent| (torrent.hash, torrent.counts()))
    }

    /// Goes on looking for peers that are gone, at no more than `budget` of them. To be called now
    /// and then. True where a round through all swarms ended.
    pub fn sweep(&mut self, now: Instant, budget: usize) -> bool {
        let (_, oldest) = self.clock(now);
        let mut budget = budget.max(1);
        while let Some(torrent) = self.torrents.get_mut(self.cursor) {
            if budget == 0 {
                return false;
            }
            let before = torrent.len();
            if !self.v4_done {
                self.v4_done = torrent.v4.sweep(oldest, &mut budget, &self.hasher);
            }
            let done = self.v4_done && torrent.v6.sweep(oldest, &mut budget, &self.hasher);
            self.peers -= before - torrent.len();
            if !done {
                continue;
            }
            self.v4_done = false;
            budget = budget.saturating_sub(1);
            if torrent.len() == 0 {
                self.forget(self.cursor);
            } else {
                self.cursor += 1;
            }
        }
        self.cursor = 0;
        self.v4_done = false;
        true
    }

    /// Each torrent with its downloads and its peers.
    pub(super) fn records(
        &self,
        now: Instant,
    ) -> impl Iterator<Item = (InfoHash, u32, impl Iterator<Item = Record>)> {
        let (clock, oldest) = self.clock(now);
        self.torrents.iter().map(move |torrent| {
            let peers = torrent.v4.records(clock, oldest);
            let peers = peers.chain(torrent.v6.records(clock, oldest));
            (torrent.hash, torrent.downloaded, peers)
        })
    }

    /// Puts a torrent back as [`records`](Self::records) gave it.
    pub(super) fn restore(
        &mut self,
        now: Instant,
        hash: InfoHash,
        downloaded: u32,
        peers: impl Iterator<Item = Record>,
    ) {
        let (clock, _) = self.clock(now);
        let Some(place) = self.find(hash, true) else { return };
        let Some(torrent) = self.torrents.get_mut(place) else { return };
        torrent.downloaded = downloaded;
        let before = torrent.len();
        let (room, hasher) = (usize::MAX, &self.hasher);
        for Record { address, id, seed, age } in peers.filter(|peer| peer.address.port() != 0) {
            let seen = clock.saturating_sub(u32::try_from(age.as_secs()).unwrap_or(u32::MAX));
            let port = address.port();
            match address.ip().to_canonical() {
                IpAddr::V4(ip) => torrent.v4.put(pack_v4(ip, port), id, seed, seen, room, hasher),
                IpAddr::V6(ip) => torrent.v6.put(pack_v6(ip, port), id, seed, seen, room, hasher),
            };
        }
        self.peers = self.peers - before + torrent.len();
        if torrent.len() == 0 {
            self.forget(place);
        }
    }

    /// Now, and the time at which a peer must have been heard of, in seconds.
    fn clock(&self, now: Instant) -> (u32, u32) {
        let seconds = now.saturating_duration_since(self.start).as_secs();
        let clock = u32::try_from(seconds).unwrap_or(u32::MAX).saturating_add(CLOCK_START);
        let timeout = u32::try_from(self.config.timeout.as_secs()).unwrap_or(u32::MAX);
        (clock, clock.saturating_sub(timeout))
    }

    fn place(&self, hash: InfoHash) -> Option<usize> {
        let same = |&place: &u32| self.torrents[place as usize].hash == hash;
        self.index.find(self.hasher.hash_one(hash), same).map(|&place| place as usize)
    }

    /// The torrent's place, where it is known or may be made.
    fn find(&mut self, hash: InfoHash, make: bool) -> Option<usize> {
        let known = self.place(hash);
        if known.is_some() || !make {
            return known;
        }
        let place = u32::try_from(self.torrents.len()).ok()?;
        self.torrents.push(Torrent::new(hash));
        let (torrents, hasher) = (&self.torrents, &self.hasher);
        self.index.insert_unique(hasher.hash_one(hash), place, |&place| {
            hasher.hash_one(torrents[place as usize].hash)
        });
        Some(place as usize)
    }

    fn forget(&mut self, place: usize) {
        let gone = self.torrents.swap_remove(place).hash;
        let hash = self.hasher.hash_one(gone);
        if let Ok(entry) = self.index.find_entry(hash, |&at| at as usize == place) {
            entry.remove();
        }
        if let Some(moved) = self.torrents.get(place) {
            let (hash, from) = (self.hasher.hash_one(moved.hash), self.torrents.len());
            if let Some(at) = self.index.find_mut(hash, |&at| at as usize == from) {
                // A place was a u32 before, and this one is smaller.
                *at = u32::try_from(place).unwrap_or(*at);
            }
        }
    }
}

#[cfg(test)]
mod tests;
