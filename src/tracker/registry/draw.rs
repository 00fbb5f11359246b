//! Whom an asker is told of: peers drawn at random, each as likely as any other.

use super::clock::Patience;
use super::entry::Entry;
use super::peers::{Peers, Shape};
use super::set::{SLOTS, Set};

/// Places of a large swarm that are looked at together, so that the waits for memory overlap.
const BATCH: usize = 64;
/// Bits of a draw's memory of whom it has.
const BITS: usize = 2048;

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
    /// Who asks, and is not told of.
    pub(super) own: Option<E>,
    /// Whether seeds are of no use to it.
    pub(super) leechers_only: bool,
    /// Peers at most.
    pub(super) most: usize,
    pub(super) patience: Patience,
}

impl<E: Entry> Wanted<E> {
    #[inline]
    fn fits(&self, entry: &E) -> bool {
        !self.own.is_some_and(|own| own.is(entry)) & !self.patience.is_over(entry.seen())
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
    match peers.shape() {
        Shape::Row(seeds, leechers) => {
            let seeds = if wanted.leechers_only { &[] } else { seeds };
            some(seeds.iter().chain(leechers), wanted, luck, out);
        }
        Shape::Sets(seeds, leechers) => {
            // The lower set has no page where it is not to be drawn from.
            let all = leechers.len() + if wanted.leechers_only { 0 } else { seeds.len() };
            if all / 4 > wanted.most {
                let lower = (!wanted.leechers_only).then_some(seeds);
                pick(lower, leechers, wanted, luck, out);
            } else if wanted.leechers_only {
                some(leechers.iter(), wanted, luck, out);
            } else {
                some(seeds.iter().chain(leechers.iter()), wanted, luck, out);
            }
        }
    }
}

/// Takes all there are, and of these at random those that are wanted.
fn some<'a, E: Entry + 'a>(
    all: impl Iterator<Item = &'a E>,
    wanted: &Wanted<E>,
    luck: &mut Luck,
    out: &mut Vec<E::Packed>,
) {
    let from = out.len();
    out.extend(all.filter(|entry| wanted.fits(entry)).map(E::packed));
    let drawn = &mut out[from..];
    if drawn.len() > wanted.most {
        for at in 0..wanted.most {
            let other = at + luck.below(drawn.len() - at);
            drawn.swap(at, other);
        }
        out.truncate(from + wanted.most);
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
    let lower = seeds.map_or(0, Set::pages);
    let pages = lower + leechers.pages();
    let from = out.len();
    out.reserve(wanted.most);
    let mut known = [0u64; BITS / 64];
    let mut missing = wanted.most;
    let mut patience = wanted.most * 16 + 256;
    while missing > 0 && patience > 0 {
        // A quarter more than are missing, since a fifth of the places are empty.
        let looks = (missing + missing / 4 + 2).min(BATCH);
        patience = patience.saturating_sub(looks);
        let mut found = [(E::VACANT, 0); BATCH];
        for (entry, place) in found.iter_mut().take(looks) {
            let random = luck.next();
            let (page, slot) = (scale(random, pages), random as usize % SLOTS);
            *place = page * SLOTS + slot;
            *entry = match seeds {
                Some(seeds) if page < lower => seeds.at(page, slot),
                _ => leechers.at(page - lower, slot),
            };
        }
        for (entry, place) in found.iter().take(looks) {
            if entry.is_vacant() || !wanted.fits(entry) || missing == 0 {
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
