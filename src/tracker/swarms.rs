//! All swarms of a tracker, shared by its workers.
//!
//! The torrents are spread over shards by a keyed hash; each shard is a [`Registry`] behind a lock
//! of its own that is held for one announce, so that workers meet only where they ask for the same
//! shard at the same instant, and a shard is saved or swept while the others serve.

use super::announce::{Announce, Event};
use super::drawn::Drawn;
use super::http::Counts;
use super::registry::{Config, Registry};
use crate::torrent::{InfoHash, PeerId};
use hashbrown::DefaultHashBuilder;
use rand::Rng;
use std::hash::BuildHasher;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Shards of a tracker.
const SHARDS: usize = 64;

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
    config: Config,
    shards: Box<[Mutex<Registry>]>,
    hasher: DefaultHashBuilder,
}

impl Swarms {
    /// None yet.
    pub fn new(config: Config, now: Instant) -> Self {
        let one = Config { peers_most: config.peers_most / SHARDS, ..config };
        let shards = (0..SHARDS).map(|_| Mutex::new(Registry::new(one, now))).collect();
        Self { config, shards, hasher: DefaultHashBuilder::default() }
    }

    /// How they are served.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Takes an announce, and fills `drawn` with the counts and the peers to tell of.
    pub fn announce(&self, now: Instant, ask: &Ask, rng: &mut impl Rng, drawn: &mut Drawn) {
        let announce = Announce {
            info_hash: ask.info_hash,
            peer_id: ask.peer_id,
            port: ask.address.port(),
            uploaded: 0,
            downloaded: 0,
            left: u64::from(!ask.seed),
            event: ask.event,
            numwant: Some(u32::try_from(ask.peers).unwrap_or(u32::MAX)),
            compact: !ask.ids,
            no_peer_id: !ask.ids,
            key: None,
            tracker_id: None,
            ip: None,
        };
        let ip = ask.address.ip().to_canonical();
        let answer = self.shard(ask.info_hash).announce(now, &announce, ip, rng);
        drawn.clear();
        drawn.counts.complete = answer.complete.unwrap_or(0);
        drawn.counts.incomplete = answer.incomplete.unwrap_or(0);
        for peer in answer.peers {
            let port = peer.address.port().to_be_bytes();
            let own = peer.address.is_ipv4() == ip.is_ipv4();
            if ask.families == Families::Own && !own {
                continue;
            }
            match peer.address.ip() {
                IpAddr::V4(ip) => {
                    let [a, b, c, d] = ip.octets();
                    drawn.v4.push([a, b, c, d, port[0], port[1]]);
                    if ask.ids {
                        drawn.ids_v4.push(peer.id);
                    }
                }
                IpAddr::V6(ip) => {
                    let mut packed = [0; 18];
                    packed[..16].copy_from_slice(&ip.octets());
                    packed[16..].copy_from_slice(&port);
                    drawn.v6.push(packed);
                    if ask.ids {
                        drawn.ids_v6.push(peer.id);
                    }
                }
            }
        }
    }

    /// The counts of a torrent that is known.
    pub fn counts(&self, hash: InfoHash) -> Option<Counts> {
        self.shard(hash).counts(hash)
    }

    /// Shards, to be looked at one by one: `0..shards()`.
    pub fn shards(&self) -> usize {
        self.shards.len()
    }

    /// Adds the torrents of a shard to `out`, in no order.
    pub fn torrents(&self, shard: usize, out: &mut Vec<(InfoHash, Counts)>) {
        if let Some(shard) = self.shards.get(shard) {
            out.extend(lock(shard).torrents());
        }
    }

    /// All torrents that are known, in no order.
    pub fn all(&self) -> Vec<(InfoHash, Counts)> {
        let mut all = Vec::new();
        (0..self.shards()).for_each(|shard| self.torrents(shard, &mut all));
        all
    }

    /// Goes on looking for peers that are gone, at no more than `budget` of them in all shards.
    pub fn sweep(&self, now: Instant, budget: usize) {
        for shard in &self.shards {
            lock(shard).sweep(now, budget / self.shards.len());
        }
    }

    /// Each shard, for whoever writes all of them down.
    pub(super) fn each(&self) -> impl Iterator<Item = MutexGuard<'_, Registry>> {
        self.shards.iter().map(lock)
    }

    /// The shard where the torrent is, or would be.
    pub(super) fn shard(&self, hash: InfoHash) -> MutexGuard<'_, Registry> {
        let place = self.hasher.hash_one(hash) as usize % self.shards.len();
        lock(&self.shards[place])
    }
}

/// A thread that panicked left a whole registry behind: nothing in it panics half way.
fn lock(shard: &Mutex<Registry>) -> MutexGuard<'_, Registry> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
