//! The peers of one swarm and one address family.
//!
//! Fixed-size entries in one vector, the seeds in front, and a hash table of places: 10 bytes a
//! peer for IPv4, 5 to 10 for the table, and the id apart from both, for those who ask for the
//! long form. Whatever moves an entry moves its place in the table with it.

use super::Record;
use crate::torrent::PeerId;
use crate::tracker::announce::Peer;
use hashbrown::{DefaultHashBuilder, HashTable};
use rand::Rng;
use rand::seq::index;
use std::hash::BuildHasher;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// `N` is 6 or 18, the length of an address and its port.
#[derive(Debug)]
pub(super) struct Peers<const N: usize> {
    entries: Vec<Entry<N>>,
    /// As long as `entries`.
    ids: Vec<PeerId>,
    /// How many of the entries, from the first on, are seeds.
    seeds: usize,
    /// Places in `entries`, by the address.
    index: HashTable<u32>,
    /// Where the sweep goes on.
    cursor: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry<const N: usize> {
    key: [u8; N],
    /// Seconds; as bytes, so that no padding is added.
    seen: [u8; 4],
}

/// What a peer was before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Was {
    Unknown,
    Leecher,
    Seed,
}

/// Stands for a place while two are exchanged; no swarm is as large.
const NOWHERE: u32 = u32::MAX;

impl<const N: usize> Default for Peers<N> {
    fn default() -> Self {
        let (entries, ids, index) = (Vec::new(), Vec::new(), HashTable::new());
        Self { entries, ids, seeds: 0, index, cursor: 0 }
    }
}

impl<const N: usize> Peers<N> {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn seeds(&self) -> usize {
        self.seeds
    }

    /// Renews a peer, or adds it where there is room for one more.
    pub(super) fn put(
        &mut self,
        key: [u8; N],
        id: PeerId,
        seed: bool,
        seen: u32,
        room: usize,
        hasher: &DefaultHashBuilder,
    ) -> Was {
        let seen = seen.to_ne_bytes();
        let (place, was) = match self.find(key, hasher) {
            Some(place) => {
                self.entries[place].seen = seen;
                self.ids[place] = id;
                (place, if place < self.seeds { Was::Seed } else { Was::Leecher })
            }
            None if room == 0 => return Was::Unknown,
            None => {
                let place = self.entries.len();
                let Some(at) = u32::try_from(place).ok().filter(|&at| at != NOWHERE) else {
                    return Was::Unknown;
                };
                self.entries.push(Entry { key, seen });
                self.ids.push(id);
                let entries = &self.entries;
                self.index.insert_unique(hasher.hash_one(key), at, |&at| {
                    hasher.hash_one(entries[at as usize].key)
                });
                (place, Was::Unknown)
            }
        };
        match (seed, place < self.seeds) {
            (true, false) => {
                self.swap(place, self.seeds, hasher);
                self.seeds += 1;
            }
            (false, true) => {
                self.seeds -= 1;
                self.swap(place, self.seeds, hasher);
            }
            _ => {}
        }
        was
    }

    pub(super) fn remove(&mut self, key: [u8; N], hasher: &DefaultHashBuilder) -> Was {
        let Some(place) = self.find(key, hasher) else { return Was::Unknown };
        let was = if place < self.seeds { Was::Seed } else { Was::Leecher };
        self.take_out(place, hasher);
        was
    }

    /// Looks at up to `budget` peers and removes those last heard of before `oldest`. True where
    /// it came to the end.
    pub(super) fn sweep(
        &mut self,
        oldest: u32,
        budget: &mut usize,
        hasher: &DefaultHashBuilder,
    ) -> bool {
        while let Some(entry) = self.entries.get(self.cursor) {
            if *budget == 0 {
                return false;
            }
            *budget -= 1;
            if entry.seen() < oldest {
                // What moves into its place comes from behind and is looked at next.
                self.take_out(self.cursor, hasher);
            } else {
                self.cursor += 1;
            }
        }
        self.cursor = 0;
        true
    }

    /// Adds up to `wanted` peers drawn at random to `out`, without `own`, and without seeds where
    /// the asker is one.
    pub(super) fn draw(
        &self,
        rng: &mut impl Rng,
        to_seed: bool,
        own: Option<[u8; N]>,
        oldest: u32,
        wanted: usize,
        out: &mut Vec<Peer>,
    ) {
        let from = if to_seed { self.seeds } else { 0 };
        let (entries, ids) = (&self.entries[from..], &self.ids[from..]);
        // One more, should the asker be among them.
        let drawn = wanted.saturating_add(1).min(entries.len());
        if wanted == 0 || drawn == 0 {
            return;
        }
        out.reserve(drawn);
        let peers = index::sample(rng, entries.len(), drawn)
            .into_iter()
            .map(|place| (&entries[place], ids[place]))
            .filter(|(entry, _)| Some(entry.key) != own && entry.seen() >= oldest)
            .map(|(entry, id)| Peer { address: address(&entry.key), id: Some(id) });
        out.extend(peers.take(wanted));
    }

    /// Those heard of since `oldest`.
    pub(super) fn records(&self, clock: u32, oldest: u32) -> impl Iterator<Item = Record> {
        let with_id = self.entries.iter().zip(&self.ids).enumerate();
        with_id.filter(move |(_, (entry, _))| entry.seen() >= oldest).map(
            move |(place, (entry, &id))| Record {
                address: address(&entry.key),
                id,
                seed: place < self.seeds,
                age: Duration::from_secs(clock.saturating_sub(entry.seen()).into()),
            },
        )
    }

    fn find(&self, key: [u8; N], hasher: &DefaultHashBuilder) -> Option<usize> {
        let same = |&at: &u32| self.entries[at as usize].key == key;
        self.index.find(hasher.hash_one(key), same).map(|&at| at as usize)
    }

    fn take_out(&mut self, mut place: usize, hasher: &DefaultHashBuilder) {
        if place < self.seeds {
            self.seeds -= 1;
            self.swap(place, self.seeds, hasher);
            place = self.seeds;
        }
        let last = self.entries.len() - 1;
        self.swap(place, last, hasher);
        let hash = hasher.hash_one(self.entries[last].key);
        if let Ok(entry) = self.index.find_entry(hash, |&at| at as usize == last) {
            entry.remove();
        }
        self.entries.truncate(last);
        self.ids.truncate(last);
        if last < self.entries.capacity() / 4 {
            self.entries.shrink_to(last * 2);
            self.ids.shrink_to(last * 2);
            let entries = &self.entries;
            self.index.shrink_to(last * 2, |&at| hasher.hash_one(entries[at as usize].key));
        }
    }

    fn swap(&mut self, a: usize, b: usize, hasher: &DefaultHashBuilder) {
        if a == b {
            return;
        }
        let (hash_a, hash_b) =
            (hasher.hash_one(self.entries[a].key), hasher.hash_one(self.entries[b].key));
        let mut set = |hash: u64, from: u32, to: u32| {
            if let Some(at) = self.index.find_mut(hash, |&at| at == from) {
                *at = to;
            }
        };
        let (at_a, at_b) = (a as u32, b as u32);
        set(hash_a, at_a, NOWHERE);
        set(hash_b, at_b, at_a);
        set(hash_a, NOWHERE, at_b);
        self.entries.swap(a, b);
        self.ids.swap(a, b);
    }
}

impl<const N: usize> Entry<N> {
    fn seen(&self) -> u32 {
        u32::from_ne_bytes(self.seen)
    }
}

/// An IPv4 address and port as peers are told of them.
pub(super) fn pack_v4(ip: Ipv4Addr, port: u16) -> [u8; 6] {
    let ([a, b, c, d], [high, low]) = (ip.octets(), port.to_be_bytes());
    [a, b, c, d, high, low]
}

/// An IPv6 address and port as peers are told of them.
pub(super) fn pack_v6(ip: Ipv6Addr, port: u16) -> [u8; 18] {
    let mut key = [0; 18];
    let (front, back) = key.split_at_mut(16);
    front.copy_from_slice(&ip.octets());
    back.copy_from_slice(&port.to_be_bytes());
    key
}

fn address(key: &[u8]) -> SocketAddr {
    let (ip, port) = key.split_at(key.len() - 2);
    let ip = match <[u8; 4]>::try_from(ip) {
        Ok(ip) => IpAddr::from(ip),
        Err(_) => IpAddr::from(<[u8; 16]>::try_from(ip).unwrap_or_default()),
    };
    SocketAddr::new(ip, port.iter().fold(0, |port, &byte| port << 8 | u16::from(byte)))
}

#[cfg(test)]
impl<const N: usize> Peers<N> {
    /// Fails where the table and the entries tell different stories.
    pub(super) fn check(&self, hasher: &DefaultHashBuilder) {
        assert_eq!(self.entries.len(), self.ids.len());
        assert_eq!(self.entries.len(), self.index.len());
        assert!(self.seeds <= self.entries.len());
        for (place, entry) in self.entries.iter().enumerate() {
            assert_eq!(self.find(entry.key, hasher), Some(place));
        }
    }
}
