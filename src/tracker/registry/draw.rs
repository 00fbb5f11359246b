//! Whom an asker is told of: peers drawn at random, each as likely as any other.

use super::clock::Patience;
use super::entry::Entry;
use super::peers::{Peers, SMALL_MOST, Shape};
use super::set::{SLOTS, Set};

/// Places of a large swarm that are looked at together, so that the waits for memory overlap.
const BATCH: usize = 64;
/// Bits of a draw's memory of whom it has.
const BITS: usize = 2048;
/// Pages of a swarm that is too large for a core's cache, some 200,000 peers. There each look at a
/// place is a wait for memory, and its neighbours come along for nothing. Each peer stays as likely as
/// any other, but those that stand side by side are told of together, which in a swarm that large
/// nobody notices.
const PAGES_MANY: usize = 2048;
/// Places of such a swarm that are looked at in a row: a cache line of IPv4 peers.
const RUN: usize = 8;

/// A quick source of random numbers (SplitMix64), seeded anew for each announce from a good one.
#[derive(Clone, Debug)]
pub(in crate::tracker) struct Luck(u64);

impl Luck {
    pub(in crate::tracker) fn new(seed: u64) -> Self {
        Self(seed)
    }

    #[inline]
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    #[inline]
    pub(super) fn below(&mut self, end: usize) -> usize {
        scale(self.next(), end)
    }
}

#[inline]
fn scale(random: u64, end: usize) -> usize {
    ((u128::from(random) * end as u128) >> 64) as usize
}

/// What is wanted of a swarm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<E> {
    /// Who asks, and is not told of; vacant where it is of the other family.
    pub(super) own: E,
    /// Whether seeds are of no use to it.
    pub(super) leechers_only: bool,
    /// Peers at most.
    pub(super) most: usize,
    pub(super) patience: Patience,
}

impl<E: Entry> Wanted<E> {
    /// The same of the other family, once so many were found.
    pub(super) fn rest<F: Entry>(&self, found: usize) -> Wanted<F> {
        Wanted {
            own: F::VACANT,
            leechers_only: self.leechers_only,
            most: self.most.saturating_sub(found),
            patience: self.patience,
        }
    }

    #[inline]
    fn fits(&self, entry: &E) -> bool {
        !self.own.is(entry) & !entry.is_vacant() & !self.patience.is_over(entry.seen())
    }
}

/// Adds the peers to `out`.
pub(super) fn draw<E: Entry>(
    peers: &Peers<E>,
    wanted: &Wanted<E>,
    luck: &mut Luck,
    out: &mut Vec<E::Packed>,
) {
    if wanted.most == 0 {
        return;
    }
    let from = out.len();
    match peers.shape() {
        Shape::Row(seeds, leechers) => {
            let seeds = if wanted.leechers_only { &[] } else { seeds };
            if (seeds.len() + leechers.len()) / 2 > wanted.most {
                return pick_row(seeds, leechers, wanted, luck, out);
            }
            take(seeds, wanted, out);
            take(leechers, wanted, out);
        }
        Shape::Sets(seeds, leechers) => {
            let seeds = (!wanted.leechers_only).then_some(seeds);
            if (leechers.len() + seeds.map_or(0, Set::len)) / 4 > wanted.most {
                return pick(seeds, leechers, wanted, luck, out);
            }
            let pages = seeds.into_iter().flat_map(Set::rows).chain(leechers.rows());
            pages.for_each(|page| take(page, wanted, out));
        }
    }
    choose(wanted.most, luck, out, from);
}

/// Takes all of a row that are wanted.
fn take<E: Entry>(row: &[E], wanted: &Wanted<E>, out: &mut Vec<E::Packed>) {
    let from = out.len();
    out.resize(from + row.len(), E::VACANT.packed());
    let room = &mut out[from..];
    let mut taken = 0;
    for entry in row {
        // Written in any case, which is quicker than to ask first.
        room[taken] = entry.packed();
        taken += usize::from(wanted.fits(entry));
    }
    out.truncate(from + taken);
}

/// Leaves as many as are wanted of those from `from` on, whichever chance likes.
fn choose<P>(most: usize, luck: &mut Luck, out: &mut Vec<P>, from: usize) {
    let all = &mut out[from..];
    let Some(over) = all.len().checked_sub(most) else { return };
    if most < over {
        for at in 0..most {
            all.swap(at, at + luck.below(all.len() - at));
        }
    } else {
        for left in (most + 1..=all.len()).rev() {
            all.swap(left - 1, luck.below(left));
        }
    }
    out.truncate(from + most);
}

/// Looks at places of a row at random until it has found as many as are wanted, fewer than half of
/// all. Nearly all of a row is fit to be told of, since it was rid of the silent just now.
fn pick_row<E: Entry>(
    seeds: &[E],
    leechers: &[E],
    wanted: &Wanted<E>,
    luck: &mut Luck,
    out: &mut Vec<E::Packed>,
) {
    let len = seeds.len() + leechers.len();
    let mut known = [0u64; SMALL_MOST.div_ceil(64)];
    let (mut missing, mut left) = (wanted.most, len);
    while missing > 0 && left > 0 {
        let at = luck.below(len);
        let (word, bit) = (&mut known[at / 64], 1 << (at % 64));
        if *word & bit != 0 {
            continue;
        }
        *word |= bit;
        left -= 1;
        let entry = if at < seeds.len() { &seeds[at] } else { &leechers[at - seeds.len()] };
        if wanted.fits(entry) {
            out.push(entry.packed());
            missing -= 1;
        }
    }
}

/// Looks at places at random until it has found as many as are wanted, which are few of all. All
/// pages have as many places, so nobody is likelier than another. It gives up where nearly all
/// that it sees are silent for too long.
fn pick<E: Entry>(
    seeds: Option<&Set<E>>,
    leechers: &Set<E>,
    wanted: &Wanted<E>,
    luck: &mut Luck,
    out: &mut Vec<E::Packed>,
) {
    if seeds.map_or(0, Set::pages) + leechers.pages() < PAGES_MANY {
        pick_runs::<E, 1>(seeds, leechers, wanted, luck, out);
    } else {
        pick_runs::<E, RUN>(seeds, leechers, wanted, luck, out);
    }
}

/// The same, `N` places in a row at a time.
fn pick_runs<E: Entry, const N: usize>(
    seeds: Option<&Set<E>>,
    leechers: &Set<E>,
    wanted: &Wanted<E>,
    luck: &mut Luck,
    out: &mut Vec<E::Packed>,
) {
    let lower = seeds.map_or(0, Set::pages);
    let pages = lower + leechers.pages();
    let sets = [seeds.unwrap_or(leechers), leechers];
    let from = out.len();
    out.reserve(wanted.most);
    let mut known = [0u64; BITS / 64];
    let (mut entries, mut places) = ([E::VACANT; BATCH], [0; BATCH]);
    let mut missing = wanted.most;
    let mut patience = wanted.most * 16 + 256;
    while missing > 0 && patience > 0 {
        // A quarter more than are missing, since a fifth of the places are empty.
        let looks = (missing + missing / 4 + 2).next_multiple_of(N).min(BATCH);
        patience = patience.saturating_sub(looks);
        let runs = entries.chunks_exact_mut(N).zip(places.chunks_exact_mut(N));
        // Nothing here depends on what is found, so the waits for memory overlap.
        for (entries, places) in runs.take(looks / N) {
            let random = luck.next();
            let (page, slot) = (scale(random, pages), random as usize % SLOTS);
            // Chosen by index: a branch here would be a guess, as often wrong as chance is.
            let upper = usize::from(page >= lower);
            for (step, (entry, place)) in entries.iter_mut().zip(places).enumerate() {
                // All of a run, from anywhere in it: the last one is left where enough were found.
                let slot = slot / N * N + (slot + step) % N;
                *place = page * SLOTS + slot;
                *entry = sets[upper].at(page - [0, lower][upper], slot);
            }
        }
        for (entry, place) in entries.iter().zip(&places).take(looks) {
            if !wanted.fits(entry) || missing == 0 {
                continue;
            }
            let bit = (*place as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 53;
            let (word, bit) = (&mut known[bit as usize / 64], 1 << (bit % 64));
            let packed = entry.packed();
            // Who has the same bit may be the same; only then is it looked up.
            if *word & bit == 0 || !out[from..].contains(&packed) {
                *word |= bit;
                out.push(packed);
                missing -= 1;
            }
        }
    }
}

#[cfg(test)]
mod tests;
