//! A server's swarms, without I/O: who is in them, and whom an asker is told of.
//!
//! A peer is its address and port: one that comes back under another id takes its own place, and
//! nobody can remove a peer at another address. IPv4 and IPv6 are apart (BEP 7), so a peer that
//! announces over both is counted once in each. Each announce costs the same whatever the size of
//! the swarm: the counts are kept, the peers told of are drawn at random, and those that have not
//! been heard of for too long are swept up a few at a time. A torrent that nobody is left in is
//! forgotten, its count of downloads too unless its operator listed it, so memory is bounded by the
//! peers that are alive.
//!
//! Their number is bounded as well: at the ceiling a newcomer takes the place of another torrent
//! ([`ceiling`]).
//!
//! A torrent takes a place of 57 bytes in a table that is half to seven eighths full, its first two
//! IPv4 peers included; more of them are 8 to 10 bytes each ([`peers`], [`set`]), IPv6 peers 20 to 25.

mod ceiling;
mod clock;
mod draw;
mod entry;
mod follow;
mod fresh;
mod ids;
mod lists;
mod peers;
mod prefetch;
mod row;
mod rules;
mod set;
mod snapshot;
mod standing;
mod torrent;

use self::clock::Patience;
pub(super) use self::draw::Luck;
use self::draw::{Wanted, draw};
use self::entry::{Entry, PARTIAL, V4, V6, pack_v4, pack_v6};
use self::follow::Other;
use self::fresh::Fresh;
use self::peers::Was;
pub use self::rules::{Ceilings, Load};
pub(super) use self::rules::{Newcomer, Rules, Totals};
pub use self::snapshot::{Left, Record, Saved, Snapshot};
use self::standing::Standing;
pub(super) use self::standing::{SHARDS, Shard};
use self::torrent::{Cursor, OfFamily, Past, Size, Torrent};
use super::access::Hashes;
use super::announce::{Event, Role};
use super::census::Census;
use super::drawn::Drawn;
use super::http::Counts;
use super::swarms::{Ask, Families};
use crate::torrent::InfoHash;
use hashbrown::HashTable;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Peers of a torrent that takes so long to drop that others would wait.
const LARGE: usize = 1 << 12;

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
    /// Peers of all swarms together. At each of the three ceilings a newcomer takes the place of
    /// another torrent: first one to which nobody has come back yet, then the longest silent.
    pub peers_most: usize,
    /// Torrents at most.
    pub torrents_most: usize,
    /// Bytes that all swarms may take: a torrent is counted as 130, an IPv4 peer beyond its second
    /// as some 10.
    pub memory_most: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(30 * 60),
            timeout: Duration::from_secs(45 * 60),
            response_size: 50,
            response_most: 200,
            peers_most: usize::MAX,
            torrents_most: usize::MAX,
            memory_most: 1 << 30,
        }
    }
}

/// A shard of the swarms of a tracker.
#[derive(Debug, Default)]
pub(super) struct Registry {
    torrents: HashTable<Torrent>,
    /// Those of all torrents.
    peers: usize,
    /// Torrents that are remembered when nobody is left in them.
    kept: Arc<Hashes>,
    /// How many may make way.
    standing: Standing,
    /// The last that came, and may make way first.
    fresh: Fresh,
    /// The latest time that it heard of: workers may be a little behind each other.
    tick: u32,
    /// Where the sweep goes on: the place of a torrent, and there.
    swept: usize,
    cursor: Cursor,
    /// Another tracker that is told of what announces change here, or that tells of it.
    other: Other,
    /// Large torrents that have made way, for the caller to drop.
    gone: Vec<Torrent>,
}

impl Registry {
    /// Takes an announce; `hash` is that of its info-hash. `drawn` comes empty.
    pub(super) fn announce(
        &mut self,
        rules: &Rules,
        hash: u64,
        now: Instant,
        ask: &Ask,
        luck: &mut Luck,
        drawn: &mut Drawn,
    ) {
        let patience = self.advance(rules, rules.tick(now));
        let known = self.find(hash, ask.info_hash);
        let stays = ask.event != Event::Stopped && ask.address.port() != 0;
        let place = match known {
            Some(place) => place,
            None if stays => match self.begin(rules, hash, ask.info_hash, patience, luck) {
                Some(place) => place,
                None => return,
            },
            None => return self.other.note(rules, now, ask, false, false),
        };
        let port = ask.address.port();
        let role = ask.role();
        let stamp = patience.now | if role == Role::PartialSeed { PARTIAL } else { 0 };
        let served = Served { rules, now, place, ask, patience, stays, role };
        match ask.address.ip() {
            IpAddr::V4(ip) => {
                let own = V4::new(pack_v4(ip, port), stamp);
                self.serve(&served, own, luck, drawn, |torrent, wanted, luck, drawn| {
                    draw(&torrent.v4, wanted, luck, &mut drawn.v4);
                    if let (Families::Both, Some(v6)) = (ask.families, torrent.v6()) {
                        draw(v6, &wanted.rest(drawn.v4.len()), luck, &mut drawn.v6);
                    }
                });
            }
            IpAddr::V6(ip) => {
                let own = V6::new(pack_v6(ip, port), stamp);
                self.serve(&served, own, luck, drawn, |torrent, wanted, luck, drawn| {
                    torrent.v6().into_iter().for_each(|v6| draw(v6, wanted, luck, &mut drawn.v6));
                    if ask.families == Families::Both {
                        draw(&torrent.v4, &wanted.rest(drawn.v6.len()), luck, &mut drawn.v4);
                    }
                });
            }
        }
    }

    fn serve<E: OfFamily>(
        &mut self,
        served: &Served<'_>,
        own: E,
        luck: &mut Luck,
        drawn: &mut Drawn,
        choose: impl FnOnce(&Torrent, &Wanted<E>, &mut Luck, &mut Drawn),
    ) {
        let Served { rules, now, place, ask, patience, stays, role } = *served;
        let fetches = role == Role::Leecher;
        let hasher = &rules.hasher;
        let Some(mut torrent) = self.torrents.get_bucket_mut(place) else { return };
        let before = torrent.size();
        torrent.expire(patience);
        let mut listed = stays;
        let (was, before_this) = match stays {
            true => E::of_mut(torrent).0.renew(own, !fetches, hasher),
            false => {
                let (peers, ids) = E::of_mut(torrent);
                if let Some(ids) = ids {
                    ids.forget(&own);
                }
                (peers.remove(&own, hasher), own.seen())
            }
        };
        if patience.age(before_this) >= rules.returns && torrent.past.note_return() {
            self.standing.settle(rules, &self.kept, ask.info_hash);
        }
        if stays && was == Was::Unknown {
            listed = self.make_room(rules, Newcomer::Peer, Some(place), patience, luck);
            let Some(again) = self.torrents.get_bucket_mut(place) else { return };
            torrent = again;
            listed = listed && E::of_mut(torrent).0.add(own, !fetches, hasher);
        }
        if ask.ids {
            torrent.ask_ids(patience);
        }
        if listed && let Some(ids) = E::of_mut(torrent).1 {
            ids.put(&own, ask.peer_id);
        }
        // Whoever was complete before has not just become so.
        let completed = ask.event == Event::Completed && ask.seed && listed && was != Was::Seed;
        if completed {
            torrent.past.complete();
        }
        self.other.note(rules, now, ask, listed, completed);
        torrent.trim();
        let after = torrent.size();
        rules.totals.change(before, after);
        self.peers = self.peers - before.peers + after.peers;
        drawn.counts = torrent.counts();
        if ask.event != Event::Stopped {
            // Who has but a magnet link does not know how much is left, and may say nothing at its start.
            let leechers_only = !fetches && ask.event != Event::Started;
            let wanted = Wanted { own, leechers_only, most: ask.peers, patience };
            choose(torrent, &wanted, luck, drawn);
        }
        if ask.ids {
            let ids = torrent.ids();
            let id = |packed: &_| ids.and_then(|ids| ids.get::<V4>(packed));
            drawn.ids_v4.extend(drawn.v4.iter().map(id));
            let id = |packed: &_| ids.and_then(|ids| ids.get::<V6>(packed));
            drawn.ids_v6.extend(drawn.v6.iter().map(id));
        }
        if after.peers == 0 {
            self.end_where_empty(rules, place);
        }
    }

    /// The counts of a torrent that is known.
    pub(super) fn counts(&self, hash: u64, info_hash: InfoHash) -> Option<Counts> {
        self.torrents.find(hash, |torrent| torrent.hash == info_hash).map(Torrent::counts)
    }

    /// Whether others are told of the peer at an address.
    pub(super) fn tells_of(
        &self,
        rules: &Rules,
        hash: u64,
        tick: u32,
        info_hash: InfoHash,
        address: SocketAddr,
    ) -> bool {
        let Some(torrent) = self.torrents.find(hash, |torrent| torrent.hash == info_hash) else {
            return false;
        };
        let port = address.port();
        let hasher = &rules.hasher;
        let seen = match address.ip() {
            IpAddr::V4(ip) => {
                torrent.v4.get(&V4::new(pack_v4(ip, port), 0), hasher).map(Entry::seen)
            }
            IpAddr::V6(ip) => {
                let peer = V6::new(pack_v6(ip, port), 0);
                torrent.v6().and_then(|v6| v6.get(&peer, hasher)).map(Entry::seen)
            }
        };
        let patience = rules.clock.patience(tick.max(self.tick));
        seen.is_some_and(|seen| !patience.is_over(seen))
    }

    /// All torrents that are known, in no order.
    pub(super) fn torrents(&self) -> impl ExactSizeIterator<Item = (InfoHash, Counts)> {
        self.torrents.iter().map(|torrent| (torrent.hash, torrent.counts()))
    }

    /// Adds up all torrents.
    pub(super) fn census(&self, census: &mut Census) {
        for torrent in &self.torrents {
            torrent.census(census);
        }
    }

    /// What a sweep has to look at.
    pub(super) fn places(&self) -> usize {
        self.torrents.num_buckets() + self.peers
    }

    /// Goes on looking for peers that are gone, at some `budget` of them and of places for
    /// torrents. True where a round through all torrents ended.
    pub(super) fn sweep(&mut self, rules: &Rules, tick: u32, budget: &mut usize) -> bool {
        let patience = self.advance(rules, tick);
        while *budget > 0 {
            if self.swept >= self.torrents.num_buckets() {
                (self.swept, self.cursor) = (0, Cursor::default());
                if self.torrents.len() < self.torrents.capacity() / 4 {
                    let rehash = |torrent: &Torrent| rules.hash(&torrent.hash);
                    self.torrents.shrink_to(self.torrents.len() * 2, rehash);
                }
                return true;
            }
            *budget -= 1;
            if let Some(torrent) = self.torrents.get_bucket_mut(self.swept) {
                let before = torrent.size();
                let done = torrent.sweep(&mut self.cursor, budget, patience, &rules.hasher);
                let after = torrent.size();
                rules.totals.change(before, after);
                self.peers = self.peers - before.peers + after.peers;
                if !done {
                    continue;
                }
                if after.peers == 0 {
                    self.end_where_empty(rules, self.swept);
                }
            }
            self.swept += 1;
        }
        false
    }

    /// The time, which does not go back. Whoever is in a shard that heard of no time for longer
    /// than a timeout is gone, and might otherwise seem to be back once the count has wrapped.
    fn advance(&mut self, rules: &Rules, tick: u32) -> Patience {
        if tick > self.tick {
            if tick - self.tick > u32::from(rules.clock.timeout) && self.peers > 0 {
                self.clear(rules);
            }
            self.tick = tick;
        }
        rules.clock.patience(self.tick)
    }

    fn clear(&mut self, rules: &Rules) {
        let kept = &self.kept;
        self.torrents.retain(|torrent| {
            let size = torrent.size();
            let stays = kept.contains(torrent.hash);
            if stays {
                let past = Past::new(torrent.past.downloaded());
                *torrent = Torrent { past, ..Torrent::new(torrent.hash) };
                rules.totals.change(size, Size::default());
            } else {
                rules.totals.end(size);
            }
            stays
        });
        self.peers = 0;
        self.recount(rules);
    }

    fn find(&self, hash: u64, info_hash: InfoHash) -> Option<usize> {
        self.torrents.find_bucket_index(hash, |torrent| torrent.hash == info_hash)
    }

    /// Makes a torrent that is not known, where there is room.
    fn begin(
        &mut self,
        rules: &Rules,
        hash: u64,
        info_hash: InfoHash,
        patience: Patience,
        luck: &mut Luck,
    ) -> Option<usize> {
        self.make_room(rules, Newcomer::Torrent, None, patience, luck)
            .then(|| self.insert(rules, hash, info_hash))
    }

    fn insert(&mut self, rules: &Rules, hash: u64, info_hash: InfoHash) -> usize {
        rules.totals.begin();
        if !self.kept.contains(info_hash) {
            self.standing.come(&rules.boards, false);
            self.fresh.put(info_hash);
        }
        let rehash = |torrent: &Torrent| rules.hash(&torrent.hash);
        self.torrents.insert_unique(hash, Torrent::new(info_hash), rehash).bucket_index()
    }

    fn end_where_empty(&mut self, rules: &Rules, place: usize) {
        let torrent = self.torrents.get_bucket(place);
        if torrent.is_some_and(|torrent| torrent.len() == 0 && !self.kept.contains(torrent.hash)) {
            self.end(rules, place);
        }
    }

    fn end(&mut self, rules: &Rules, place: usize) {
        if let Ok(entry) = self.torrents.get_bucket_entry(place) {
            let (torrent, _) = entry.remove();
            let size = torrent.size();
            rules.totals.end(size);
            self.peers -= size.peers;
            if !self.kept.contains(torrent.hash) {
                self.standing.leave(&rules.boards, torrent.past.has_returned());
            }
            if place == self.swept {
                // Another may come to stand where the sweep was in the middle of this one.
                self.cursor = Cursor::default();
            }
            if size.peers >= LARGE {
                self.gone.push(torrent);
            }
        }
    }
}

/// What stays the same while an announce is served.
struct Served<'a> {
    rules: &'a Rules,
    now: Instant,
    place: usize,
    ask: &'a Ask,
    patience: Patience,
    /// Whether the peer is to be told of to others.
    stays: bool,
    role: Role,
}

#[cfg(test)]
mod tests;
