//! The peers of one swarm and one address family.
//!
//! One or two stand in the torrent itself, up to [`SMALL_MOST`] in one block of memory that
//! grows by small steps, 8 bytes a peer (20 for IPv6); more than that are two [`Set`]s.
//!
//! Who fetches nothing stands apart from who does, since they are of no use to each other: seeds,
//! and among them the partial ones (BEP 21), which their stamps tell.

use super::clock::Patience;
use super::entry::Entry;
use super::row::Row;
use super::set::Set;
use hashbrown::DefaultHashBuilder;
use std::hint::black_box;

/// Peers that stand in the torrent itself.
const FEW: usize = 2;
/// Peers that a block holds. To read so many in a row takes as long as some twenty places here and
/// there, and half the memory.
pub(super) const SMALL_MOST: usize = 240;
/// A large swarm that has fewer becomes a small one.
const LARGE_LEAST: usize = 160;
const CACHE_LINE: usize = 64;

/// The peers of one family.
#[derive(Debug)]
pub(super) enum Peers<E> {
    Few { len: u8, seeds: u8, partial: u8, entries: [E; FEW] },
    Small { len: u8, seeds: u8, partial: u8, entries: Box<[E]> },
    Large(Box<Large<E>>),
}

/// Those of a large swarm.
#[derive(Debug)]
pub(super) struct Large<E> {
    pub(super) seeds: Set<E>,
    pub(super) leechers: Set<E>,
    /// How many of the seeds are partial.
    partial: usize,
    /// How often a seed became a leecher.
    turned: u32,
}

/// What a peer was before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Was {
    Unknown,
    Leecher,
    PartialSeed,
    Seed,
}

impl Was {
    pub(super) fn of<E: Entry>(entry: &E, seed: bool) -> Self {
        match (seed, entry.is_partial()) {
            (false, _) => Self::Leecher,
            (true, true) => Self::PartialSeed,
            (true, false) => Self::Seed,
        }
    }
}

impl<E: Entry> Default for Peers<E> {
    fn default() -> Self {
        Self::Few { len: 0, seeds: 0, partial: 0, entries: [E::VACANT; FEW] }
    }
}

impl<E> Default for Large<E> {
    fn default() -> Self {
        Self { seeds: Set::default(), leechers: Set::default(), partial: 0, turned: 0 }
    }
}

/// The peers as they lie, seeds (the partial ones too) and then leechers.
pub(super) enum Shape<'a, E> {
    Row(&'a [E], &'a [E]),
    Sets(&'a Set<E>, &'a Set<E>),
}

impl<E: Entry> Peers<E> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few { len, .. } | Self::Small { len, .. } => usize::from(*len),
            Self::Large(large) => large.seeds.len() + large.leechers.len(),
        }
    }

    /// Those that have it all.
    pub(super) fn seeds(&self) -> usize {
        match self {
            Self::Few { seeds, partial, .. } | Self::Small { seeds, partial, .. } => {
                usize::from(*seeds - *partial)
            }
            Self::Large(large) => large.seeds.len() - large.partial,
        }
    }

    /// Those that do not, and fetch nothing.
    pub(super) fn partial(&self) -> usize {
        match self {
            Self::Few { partial, .. } | Self::Small { partial, .. } => usize::from(*partial),
            Self::Large(large) => large.partial,
        }
    }

    /// How often a seed of a large swarm became a leecher.
    pub(super) fn turned(&self) -> u32 {
        match self {
            Self::Few { .. } | Self::Small { .. } => 0,
            Self::Large(large) => large.turned,
        }
    }

    /// Bytes that it takes beside its own.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Few { .. } => 0,
            Self::Small { entries, .. } => size_of_val::<[E]>(entries) + 16,
            Self::Large(large) => {
                size_of::<Large<E>>() + 16 + large.seeds.bytes() + large.leechers.bytes()
            }
        }
    }

    pub(super) fn shape(&self) -> Shape<'_, E> {
        match self {
            Self::Few { len, seeds, entries, .. } => row(&entries[..usize::from(*len)], *seeds),
            Self::Small { len, seeds, entries, .. } => row(&entries[..usize::from(*len)], *seeds),
            Self::Large(large) => Shape::Sets(&large.seeds, &large.leechers),
        }
    }

    /// A peer as it was last heard of.
    pub(super) fn get(&self, peer: &E, hasher: &DefaultHashBuilder) -> Option<&E> {
        match self.shape() {
            Shape::Row(seeds, leechers) => {
                seeds.iter().chain(leechers).find(|entry| entry.is(peer))
            }
            Shape::Sets(seeds, leechers) => {
                let hash = peer.hash(hasher);
                leechers.get(peer, hash).or_else(|| seeds.get(peer, hash))
            }
        }
    }

    /// Reads where a peer is or would be, for the caches.
    pub(super) fn prefetch(&self, peer: &E, hasher: &DefaultHashBuilder) {
        match self {
            Self::Few { .. } => {}
            Self::Small { entries, .. } => {
                for entry in entries.iter().step_by(CACHE_LINE / size_of::<E>()) {
                    black_box(entry.seen());
                }
            }
            Self::Large(large) => {
                let hash = peer.hash(hasher);
                large.leechers.prefetch(hash);
                large.seeds.prefetch(hash);
            }
        }
    }

    fn row(&mut self) -> Result<Row<'_, E>, &mut Large<E>> {
        match self {
            Self::Few { len, seeds, partial, entries } => Ok(Row { len, seeds, partial, entries }),
            Self::Small { len, seeds, partial, entries } => {
                Ok(Row { len, seeds, partial, entries })
            }
            Self::Large(large) => Err(large),
        }
    }

    /// Renews a peer that is known; `seed`: it fetches nothing. With what it was comes its stamp
    /// before, that of `entry` where it was unknown.
    pub(super) fn renew(
        &mut self,
        entry: E,
        seed: bool,
        hasher: &DefaultHashBuilder,
    ) -> (Was, u16) {
        let large = match self.row() {
            Ok(mut row) => return row.renew(entry, seed),
            Err(large) => large,
        };
        let hash = entry.hash(hasher);
        let (same, other) = match seed {
            true => (&mut large.seeds, &mut large.leechers),
            false => (&mut large.leechers, &mut large.seeds),
        };
        let (old, was) = match same.renew(entry, hash) {
            Some(old) => (old, Was::of(&old, seed)),
            None => {
                let Some(old) = other.remove(&entry, hash, hasher) else {
                    return (Was::Unknown, entry.seen());
                };
                same.insert(entry, hash, hasher);
                large.turned = large.turned.wrapping_add(u32::from(!seed));
                (old, Was::of(&old, !seed))
            }
        };
        large.partial += usize::from(entry.is_partial());
        large.partial -= usize::from(old.is_partial());
        (was, old.seen())
    }

    /// Adds a peer that is not known. False where there is no room.
    pub(super) fn add(&mut self, entry: E, seed: bool, hasher: &DefaultHashBuilder) -> bool {
        if self.row().is_ok_and(|row| row.is_full()) {
            self.widen(hasher);
        }
        match self.row() {
            Ok(mut row) => {
                row.add(entry, seed);
                true
            }
            Err(large) => {
                let set = if seed { &mut large.seeds } else { &mut large.leechers };
                let added = set.insert(entry, entry.hash(hasher), hasher);
                large.partial += usize::from(added && entry.is_partial());
                added
            }
        }
    }

    pub(super) fn remove(&mut self, peer: &E, hasher: &DefaultHashBuilder) -> Was {
        let was = match self.row() {
            Ok(mut row) => row.remove(peer),
            Err(large) => {
                let hash = peer.hash(hasher);
                if large.leechers.remove(peer, hash, hasher).is_some() {
                    Was::Leecher
                } else if let Some(old) = large.seeds.remove(peer, hash, hasher) {
                    large.partial -= usize::from(old.is_partial());
                    Was::of(&old, true)
                } else {
                    Was::Unknown
                }
            }
        };
        if was != Was::Unknown {
            self.tighten();
        }
        was
    }

    /// Removes from a small swarm those who are silent for too long; what a large one has of them
    /// is left to the sweep.
    pub(super) fn expire(&mut self, patience: Patience, gone: &mut impl FnMut(&E)) {
        if let Ok(mut row) = self.row() {
            let before = *row.len;
            row.expire(patience, gone);
            if *row.len < before {
                self.tighten();
            }
        }
    }

    /// Looks on from `cursor` at some `budget` peers, removes those who are silent for too long
    /// and tells of each. True where it came to the end.
    pub(super) fn sweep(
        &mut self,
        cursor: &mut usize,
        budget: &mut usize,
        patience: Patience,
        hasher: &DefaultHashBuilder,
        gone: &mut impl FnMut(&E),
    ) -> bool {
        let Self::Large(large) = self else {
            *budget = budget.saturating_sub(self.len());
            *cursor = 0;
            self.expire(patience, gone);
            return true;
        };
        // The lowest bit of the cursor says in which of the two sets it is.
        let mut at = *cursor / 2;
        if cursor.is_multiple_of(2) {
            if !large.leechers.sweep(&mut at, budget, patience, hasher, gone) {
                *cursor = at * 2;
                return false;
            }
            at = 0;
        }
        let partial = &mut large.partial;
        let mut gone = |entry: &E| {
            *partial -= usize::from(entry.is_partial());
            gone(entry);
        };
        let done = large.seeds.sweep(&mut at, budget, patience, hasher, &mut gone);
        *cursor = if done { 0 } else { at * 2 + 1 };
        if done {
            self.tighten();
        }
        done
    }

    /// Makes room for one more where there is none.
    fn widen(&mut self, hasher: &DefaultHashBuilder) {
        let len = self.len();
        if len < SMALL_MOST {
            self.resize(roomy(len));
            return;
        }
        let mut large = Box::<Large<E>>::default();
        large.partial = self.partial();
        if let Shape::Row(seeds, leechers) = self.shape() {
            for entry in seeds {
                large.seeds.insert(*entry, entry.hash(hasher), hasher);
            }
            for entry in leechers {
                large.leechers.insert(*entry, entry.hash(hasher), hasher);
            }
        }
        *self = Self::Large(large);
    }

    /// Gives back what is not needed any more.
    fn tighten(&mut self) {
        let len = self.len();
        match self {
            Self::Few { .. } => {}
            Self::Small { entries, .. } => {
                if len < FEW || roomy(roomy(len)) < entries.len() {
                    self.resize(if len < FEW { FEW } else { roomy(len) });
                }
            }
            Self::Large(large) if len < LARGE_LEAST => {
                let entries: Vec<E> =
                    large.seeds.iter().chain(large.leechers.iter()).copied().collect();
                let (seeds, partial) = (large.seeds.len() as u8, large.partial as u8);
                *self = Self::Small { len: len as u8, seeds, partial, entries: entries.into() };
                self.resize(roomy(len));
            }
            Self::Large(_) => {}
        }
    }

    /// Changes the places of a row; never to fewer than are taken.
    fn resize(&mut self, places: usize) {
        *self = match std::mem::take(self) {
            Self::Few { len, seeds, partial, entries } if places > FEW => {
                let mut all = Vec::with_capacity(places);
                all.extend(entries);
                all.resize(places, E::VACANT);
                Self::Small { len, seeds, partial, entries: all.into() }
            }
            Self::Small { len, seeds, partial, entries } if places <= FEW => {
                let mut few = [E::VACANT; FEW];
                few.iter_mut().zip(&entries).for_each(|(to, from)| *to = *from);
                Self::Few { len, seeds, partial, entries: few }
            }
            Self::Small { len, seeds, partial, entries } => {
                let mut all = entries.into_vec();
                all.reserve_exact(places.saturating_sub(all.len()));
                all.resize(places, E::VACANT);
                Self::Small { len, seeds, partial, entries: all.into() }
            }
            other => other,
        };
    }
}

/// Places for more than `len` peers. Odd numbers fill what the system's memory comes in, 16 bytes
/// with 8 of them its own.
fn roomy(len: usize) -> usize {
    ((len + (len / 8).max(1)) | 1).min(SMALL_MOST)
}

fn row<E>(all: &[E], seeds: u8) -> Shape<'_, E> {
    let (seeds, leechers) = all.split_at(usize::from(seeds));
    Shape::Row(seeds, leechers)
}
