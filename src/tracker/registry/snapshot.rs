//! A shard's swarms as they are at an instant, copied in a hurry to be written down at leisure; and
//! the way back.
//!
//! Small swarms are copied while the shard is held, large ones afterwards, some 60,000 places
//! at a time, between which others are served.

use super::clock::{Clock, Patience};
use super::entry::{Entry, PARTIAL, V4, V6, pack_v4, pack_v6};
use super::ids::{Ids, Named};
use super::peers::{Peers, Shape, Was};
use super::set::Set;
use super::torrent::{OfFamily, Torrent};
use super::{Registry, Rules};
use crate::torrent::{InfoHash, PeerId};
use crate::tracker::announce::Role;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Places of a large swarm that are copied at once.
const PLACES_AT_ONCE: usize = 1 << 16;
/// Copies of a set that others changed meanwhile, before it is copied all at once.
const TRIES: usize = 3;

/// A peer on its way to or from a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its id, where that was kept.
    pub id: Option<PeerId>,
    /// What it is in its swarm.
    pub role: Role,
    /// Since it was last heard of.
    pub age: Duration,
}

/// The swarms of a shard at an instant.
#[derive(Debug)]
pub struct Snapshot {
    clock: Clock,
    patience: Patience,
    torrents: Vec<Copied>,
    v4: Vec<V4>,
    v6: Vec<V6>,
}

/// A torrent, and where its peers are in the copy.
#[derive(Debug)]
struct Copied {
    hash: InfoHash,
    downloaded: u32,
    v4: Span,
    v6: Span,
    ids: Option<Box<Ids>>,
}

/// Leechers, and behind them seeds, the partial ones too.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    from: usize,
    seeds: usize,
    end: usize,
}

/// A torrent of a [`Snapshot`].
#[derive(Clone, Copy, Debug)]
pub struct Saved<'a> {
    /// The torrent.
    pub hash: InfoHash,
    /// Downloads that were completed.
    pub downloaded: u32,
    snapshot: &'a Snapshot,
    copied: &'a Copied,
}

impl Snapshot {
    pub(in crate::tracker) fn new(rules: &Rules, tick: u32) -> Self {
        let patience = rules.clock.patience(tick);
        let (torrents, v4, v6) = (Vec::new(), Vec::new(), Vec::new());
        Self { clock: rules.clock, patience, torrents, v4, v6 }
    }

    /// Makes room for what the shard is about to be copied into, while nobody waits for it.
    pub(in crate::tracker) fn reserve(&mut self, torrents: usize, peers: usize) {
        self.torrents.reserve(torrents);
        self.v4.reserve(peers);
    }

    /// Its torrents, in no order. An address may come twice in one that changed meanwhile; the
    /// later counts.
    pub fn torrents(&self) -> impl ExactSizeIterator<Item = Saved<'_>> {
        self.torrents.iter().map(|copied| Saved {
            hash: copied.hash,
            downloaded: copied.downloaded,
            snapshot: self,
            copied,
        })
    }

    fn records<'a, E: Named>(
        &'a self,
        all: &'a [E],
        span: Span,
        ids: Option<&'a Ids>,
    ) -> impl Iterator<Item = Record> + 'a {
        let leechers = all[span.from..span.seeds].iter().map(|entry| (entry, false));
        let seeds = all[span.seeds..span.end].iter().map(|entry| (entry, true));
        let alive = |(entry, _): &(&E, bool)| !self.patience.is_over(entry.seen());
        leechers.chain(seeds).filter(alive).map(move |(entry, seed)| Record {
            address: E::address(entry.packed()),
            id: ids.and_then(|ids| ids.get::<E>(&entry.packed())),
            role: match Was::of(entry, seed) {
                Was::Seed => Role::Seed,
                Was::PartialSeed => Role::PartialSeed,
                Was::Leecher | Was::Unknown => Role::Leecher,
            },
            age: self.clock.age(self.patience.age(entry.seen())),
        })
    }
}

impl<'a> Saved<'a> {
    /// Its peers, but those that have been silent for too long.
    pub fn peers(self) -> impl Iterator<Item = Record> + use<'a> {
        let Copied { v4, v6, ids, .. } = self.copied;
        let (snapshot, ids) = (self.snapshot, ids.as_deref());
        let v4 = snapshot.records(&snapshot.v4, *v4, ids);
        v4.chain(snapshot.records(&snapshot.v6, *v6, ids))
    }
}

/// A large swarm whose peers are copied part by part.
#[derive(Debug)]
pub(in crate::tracker) struct Part {
    torrent: usize,
    pub(in crate::tracker) hash: InfoHash,
    v6: bool,
    seeds: bool,
    /// The next segment.
    cursor: usize,
    moves: u32,
    tries: usize,
}

impl Registry {
    /// Copies all torrents, and the peers of small ones; gives what is left to do.
    pub(in crate::tracker) fn copy(
        &mut self,
        rules: &Rules,
        tick: u32,
        into: &mut Snapshot,
    ) -> Vec<Part> {
        into.patience = self.advance(rules, tick);
        let mut parts = Vec::new();
        for torrent in &self.torrents {
            let at = into.torrents.len();
            let mut part = |v6| {
                let hash = torrent.hash;
                let (seeds, cursor, moves, tries) = (false, 0, 0, 0);
                parts.push(Part { torrent: at, hash, v6, seeds, cursor, moves, tries });
            };
            let v4 = copy_row(&torrent.v4, &mut into.v4).unwrap_or_else(|| {
                part(false);
                Span::default()
            });
            let v6 =
                torrent.v6().map(|v6| copy_row(v6, &mut into.v6)).unwrap_or(Some(Span::default()));
            let v6 = v6.unwrap_or_else(|| {
                part(true);
                Span::default()
            });
            let ids = torrent.ids().map(|ids| Box::new(ids.clone()));
            let Torrent { hash, downloaded, .. } = *torrent;
            into.torrents.push(Copied { hash, downloaded, v4, v6, ids });
        }
        parts
    }

    /// Copies the next part of a large swarm. True where it was the last.
    pub(in crate::tracker) fn copy_part(
        &self,
        hash: u64,
        part: &mut Part,
        into: &mut Snapshot,
    ) -> bool {
        let torrent = self.torrents.find(hash, |torrent| torrent.hash == part.hash);
        let Snapshot { torrents, v4, v6, .. } = into;
        let Some(copied) = torrents.get_mut(part.torrent) else { return true };
        match (torrent, part.v6) {
            (None, _) => true,
            (Some(torrent), false) => part.copy(&torrent.v4, v4, &mut copied.v4),
            (Some(torrent), true) => {
                torrent.v6().is_none_or(|peers| part.copy(peers, v6, &mut copied.v6))
            }
        }
    }

    /// Puts peers back into a torrent that may be known.
    pub(in crate::tracker) fn restore(
        &mut self,
        rules: &Rules,
        hash: u64,
        tick: u32,
        info_hash: InfoHash,
        downloaded: u32,
        peers: &mut dyn Iterator<Item = Record>,
    ) {
        let patience = self.advance(rules, tick);
        let place = match self.find(hash, info_hash) {
            Some(place) => place,
            None if rules.full(true) => return,
            None => self.insert(rules, hash, info_hash),
        };
        let Some(torrent) = self.torrents.get_bucket_mut(place) else { return };
        torrent.downloaded = downloaded;
        for peer in peers.filter(|peer| peer.address.port() != 0) {
            let ticks = rules.clock.ticks(peer.age);
            if ticks > u64::from(patience.timeout) || rules.full(false) {
                continue;
            }
            let mark = if peer.role == Role::PartialSeed { PARTIAL } else { 0 };
            let (seen, port) = (patience.ago(ticks as u16) | mark, peer.address.port());
            let before = torrent.size();
            if peer.id.is_some() {
                torrent.ask_ids(patience);
            }
            match peer.address.ip().to_canonical() {
                IpAddr::V4(ip) => put(torrent, V4::new(pack_v4(ip, port), seen), &peer, rules),
                IpAddr::V6(ip) => put(torrent, V6::new(pack_v6(ip, port), seen), &peer, rules),
            }
            let after = torrent.size();
            rules.totals.change(before, after);
            self.peers = self.peers - before.peers + after.peers;
        }
        self.end_where_empty(rules, place);
    }
}

fn put<E: OfFamily>(torrent: &mut Torrent, entry: E, peer: &Record, rules: &Rules) {
    let (peers, ids) = E::of_mut(torrent);
    let seed = peer.role != Role::Leecher;
    if peers.renew(entry, seed, &rules.hasher) == Was::Unknown {
        peers.add(entry, seed, &rules.hasher);
    }
    if let (Some(ids), Some(id)) = (ids, peer.id) {
        ids.put(&entry, id);
    }
}

fn copy_row<E: Entry>(peers: &Peers<E>, out: &mut Vec<E>) -> Option<Span> {
    let Shape::Row(seeds, leechers) = peers.shape() else { return None };
    let from = out.len();
    out.extend(leechers);
    out.extend(seeds);
    Some(Span { from, seeds: from + leechers.len(), end: out.len() })
}

impl Part {
    fn copy<E: Entry>(&mut self, peers: &Peers<E>, out: &mut Vec<E>, span: &mut Span) -> bool {
        let beginning = !self.seeds && self.cursor == 0;
        if beginning {
            span.from = out.len();
        }
        let (seeds, leechers) = match peers.shape() {
            Shape::Sets(seeds, leechers) => (seeds, leechers),
            // It has become small meanwhile.
            Shape::Row(seeds, leechers) => {
                out.truncate(span.from);
                out.extend(leechers);
                (span.seeds, span.end) = (out.len(), out.len() + seeds.len());
                out.extend(seeds);
                return true;
            }
        };
        let done = self.copy_set(if self.seeds { seeds } else { leechers }, out, span);
        span.end = out.len();
        if !self.seeds {
            span.seeds = out.len();
        }
        if !done {
            return false;
        }
        let last = self.seeds;
        (self.seeds, self.cursor, self.tries) = (true, 0, 0);
        last
    }

    fn copy_set<E: Entry>(&mut self, set: &Set<E>, out: &mut Vec<E>, span: &Span) -> bool {
        if self.cursor > 0 && self.moves != set.moves() {
            out.truncate(if self.seeds { span.seeds } else { span.from });
            self.cursor = 0;
            self.tries += 1;
        }
        self.moves = set.moves();
        let budget = if self.tries < TRIES { PLACES_AT_ONCE } else { usize::MAX };
        set.copy(&mut self.cursor, budget, out)
    }
}
