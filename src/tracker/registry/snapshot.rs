//! A shard's swarms as they are at an instant, copied in a hurry to be written down at leisure; and
//! the way back.
//!
//! Small swarms are copied while the shard is held, large ones afterwards, some 60,000 places
//! at a time, between which others are served.

use super::clock::{Clock, Patience};
use super::entry::{Entry, PARTIAL, V4, V6, pack_v4, pack_v6};
use super::peers::{Peers, Shape, Was};
use super::set::Set;
use super::torrent::{OfFamily, Past, Torrent};
use super::{Ceilings, Newcomer, Registry, Rules};
use crate::torrent::InfoHash;
use crate::tracker::announce::Role;
use crate::tracker::reach::tellable;
use crate::tracker::udp::Family;
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
    /// What it is in its swarm.
    pub role: Role,
    /// Since it was last heard of.
    pub age: Duration,
}

/// What of a state found no room.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Left {
    /// Torrents of which nothing is remembered.
    pub torrents: usize,
    /// Peers, of those and of others.
    pub peers: usize,
    /// What there was no room in.
    pub full: Ceilings,
}

impl Left {
    /// Whether there was room for all.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }

    /// So much more.
    pub fn add(&mut self, more: Self) {
        self.torrents += more.torrents;
        self.peers += more.peers;
        self.full.add(more.full);
    }
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
}

/// Leechers, behind them seeds, the partial ones too, and at last those that were leechers again by
/// the time they would have been copied as seeds.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    from: usize,
    seeds: usize,
    again: usize,
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
    /// younger counts, and the seed of two of one age.
    pub fn torrents(&self) -> impl ExactSizeIterator<Item = Saved<'_>> {
        self.torrents.iter().map(|copied| Saved {
            hash: copied.hash,
            downloaded: copied.downloaded,
            snapshot: self,
            copied,
        })
    }

    fn records<'a, E: Entry>(
        &'a self,
        all: &'a [E],
        span: Span,
    ) -> impl Iterator<Item = Record> + 'a {
        let leechers = all[span.from..span.seeds].iter().map(|entry| (entry, false));
        let seeds = all[span.seeds..span.again].iter().map(|entry| (entry, true));
        let again = all[span.again..span.end].iter().map(|entry| (entry, false));
        let alive = |(entry, _): &(&E, bool)| !self.patience.is_over(entry.seen());
        leechers.chain(seeds).chain(again).filter(alive).map(move |(entry, seed)| Record {
            address: E::address(entry.packed()),
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
        let Self { snapshot, copied: &Copied { v4, v6, .. }, .. } = self;
        snapshot.records(&snapshot.v4, v4).chain(snapshot.records(&snapshot.v6, v6))
    }
}

/// What of a large swarm is copied, one after the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Leechers,
    Seeds,
    /// Leechers that have announced since the beginning, where some of them were seeds before: they may
    /// have been neither when it was their turn.
    Again,
}

/// A large swarm whose peers are copied part by part.
#[derive(Debug)]
pub(in crate::tracker) struct Part {
    torrent: usize,
    pub(in crate::tracker) hash: InfoHash,
    family: Family,
    stage: Stage,
    /// When its copy began.
    begun: u16,
    /// How many seeds had become leechers then.
    turned: u32,
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
            let mut part = |family| {
                let (hash, stage, begun) = (torrent.hash, Stage::Leechers, into.patience.now);
                let (turned, cursor, moves, tries) = (0, 0, 0, 0);
                let torrent = at;
                parts.push(Part {
                    torrent,
                    hash,
                    family,
                    stage,
                    begun,
                    turned,
                    cursor,
                    moves,
                    tries,
                });
            };
            let v4 = copy_row(&torrent.v4, &mut into.v4).unwrap_or_else(|| {
                part(Family::V4);
                Span::default()
            });
            let v6 =
                torrent.v6().map(|v6| copy_row(v6, &mut into.v6)).unwrap_or(Some(Span::default()));
            let v6 = v6.unwrap_or_else(|| {
                part(Family::V6);
                Span::default()
            });
            let (hash, downloaded) = (torrent.hash, torrent.past.downloaded());
            into.torrents.push(Copied { hash, downloaded, v4, v6 });
        }
        parts
    }

    /// Copies the next part of a large swarm. True where it was the last.
    pub(in crate::tracker) fn copy_part(
        &self,
        rules: &Rules,
        hash: u64,
        part: &mut Part,
        into: &mut Snapshot,
    ) -> bool {
        let torrent = self.torrents.find(hash, |torrent| torrent.hash == part.hash);
        // Time went on, and who announced since would seem to do so in the future.
        into.patience = rules.clock.patience(self.tick);
        let Snapshot { torrents, v4, v6, patience, .. } = into;
        let Some(copied) = torrents.get_mut(part.torrent) else { return true };
        match (torrent, part.family) {
            (None, _) => true,
            (Some(torrent), Family::V4) => part.copy(&torrent.v4, *patience, v4, &mut copied.v4),
            (Some(torrent), Family::V6) => {
                torrent.v6().is_none_or(|peers| part.copy(peers, *patience, v6, &mut copied.v6))
            }
        }
    }

    /// Puts peers back into a torrent that may be known, but those at addresses that lead to nobody.
    /// Whoever was saved counts as one that has come back.
    pub(in crate::tracker) fn restore(
        &mut self,
        rules: &Rules,
        hash: u64,
        tick: u32,
        info_hash: InfoHash,
        downloaded: u32,
        peers: &mut dyn Iterator<Item = Record>,
    ) -> Left {
        let patience = self.advance(rules, tick);
        let leads = |peer: &Record| peer.address.port() != 0 && tellable(peer.address.ip());
        let ticks = |peer: &Record| rules.clock.ticks(peer.age);
        let lives = |peer: &Record| leads(peer) && ticks(peer) <= u64::from(patience.timeout);
        let peers = peers.filter(lives);
        let place = match self.find(hash, info_hash) {
            Some(place) => place,
            None if rules.full(Newcomer::Torrent) => {
                let peers = peers.count();
                // Without them it would be forgotten, but for one that is listed.
                let torrents = usize::from(peers > 0 || self.kept.contains(info_hash));
                return match (torrents, peers) {
                    (0, 0) => Left::default(),
                    _ => Left { torrents, peers, full: rules.reached(Newcomer::Torrent) },
                };
            }
            None => self.insert(rules, hash, info_hash),
        };
        let mut left = Left::default();
        let Some(torrent) = self.torrents.get_bucket_mut(place) else { return left };
        let is_new = !torrent.past.has_returned();
        torrent.past = Past::new(downloaded.max(torrent.past.downloaded()));
        torrent.past.note_return();
        if is_new {
            self.standing.settle(rules, &self.kept, info_hash);
        }
        for peer in peers {
            let mark = if peer.role == Role::PartialSeed { PARTIAL } else { 0 };
            let (seen, port) = (patience.ago(ticks(&peer) as u16) | mark, peer.address.port());
            let before = torrent.size();
            let room = match peer.address.ip().to_canonical() {
                IpAddr::V4(ip) => {
                    put(torrent, V4::new(pack_v4(ip, port), seen), &peer, patience, rules)
                }
                IpAddr::V6(ip) => {
                    put(torrent, V6::new(pack_v6(ip, port), seen), &peer, patience, rules)
                }
            };
            if !room {
                left.peers += 1;
                left.full.add(rules.reached(Newcomer::Peer));
            }
            let after = torrent.size();
            rules.totals.change(before, after);
            self.peers = self.peers - before.peers + after.peers;
        }
        left.torrents = usize::from(torrent.len() == 0 && left.peers > 0);
        self.end_where_empty(rules, place);
        left
    }
}

/// Puts one in, unless more is known of it. False where there is no room.
fn put<E: OfFamily>(
    torrent: &mut Torrent,
    entry: E,
    peer: &Record,
    patience: Patience,
    rules: &Rules,
) -> bool {
    let seed = peer.role != Role::Leecher;
    match E::of(torrent).and_then(|peers| peers.get(&entry, &rules.hasher)) {
        Some(known) => {
            let (known, told) = (patience.age(known.seen()), patience.age(entry.seen()));
            // Of two of one age the seed is the later one: leechers become seeds.
            if known < told || known == told && !seed {
                return true;
            }
        }
        None if rules.full(Newcomer::Peer) => return false,
        None => {}
    }
    let (peers, _) = E::of_mut(torrent);
    if peers.renew(entry, seed, &rules.hasher).0 == Was::Unknown {
        peers.add(entry, seed, &rules.hasher);
    }
    true
}

fn copy_row<E: Entry>(peers: &Peers<E>, out: &mut Vec<E>) -> Option<Span> {
    let Shape::Row(seeds, leechers) = peers.shape() else { return None };
    let from = out.len();
    out.extend(leechers);
    out.extend(seeds);
    Some(Span { from, seeds: from + leechers.len(), again: out.len(), end: out.len() })
}

impl Part {
    /// Whoever is in the swarm all the while is copied once at least, but for one that becomes a
    /// leecher and a seed again meanwhile.
    fn copy<E: Entry>(
        &mut self,
        peers: &Peers<E>,
        patience: Patience,
        out: &mut Vec<E>,
        span: &mut Span,
    ) -> bool {
        if self.stage == Stage::Leechers && self.cursor == 0 {
            span.from = out.len();
            (self.begun, self.turned) = (patience.now, peers.turned());
        }
        let (seeds, leechers) = match peers.shape() {
            Shape::Sets(seeds, leechers) => (seeds, leechers),
            // It has become small meanwhile.
            Shape::Row(seeds, leechers) => {
                out.truncate(span.from);
                out.extend(leechers);
                span.seeds = out.len();
                out.extend(seeds);
                (span.again, span.end) = (out.len(), out.len());
                return true;
            }
        };
        let long = patience.age(self.begun);
        let done = match self.stage {
            Stage::Leechers => self.copy_set(leechers, |_| true, out, span.from),
            Stage::Seeds => self.copy_set(seeds, |_| true, out, span.seeds),
            Stage::Again => {
                let late = |entry: &E| patience.age(entry.seen()) <= long;
                self.copy_set(leechers, late, out, span.again)
            }
        };
        span.end = out.len();
        let next = match self.stage {
            Stage::Leechers => {
                (span.seeds, span.again) = (out.len(), out.len());
                Stage::Seeds
            }
            Stage::Seeds => {
                span.again = out.len();
                Stage::Again
            }
            Stage::Again => return done,
        };
        if done {
            (self.stage, self.cursor, self.tries) = (next, 0, 0);
        }
        done && next == Stage::Again && self.turned == peers.turned()
    }

    /// Copies on from a set those that are wanted, which begin at `from`.
    fn copy_set<E: Entry>(
        &mut self,
        set: &Set<E>,
        wanted: impl Fn(&E) -> bool,
        out: &mut Vec<E>,
        from: usize,
    ) -> bool {
        if self.cursor > 0 && self.moves != set.moves() {
            out.truncate(from);
            self.cursor = 0;
            self.tries += 1;
        }
        self.moves = set.moves();
        let budget = if self.tries < TRIES { PLACES_AT_ONCE } else { usize::MAX };
        set.copy(&mut self.cursor, budget, wanted, out)
    }
}
