//! A table of fixed size that remembers a little of each key, and forgets what is worth least.

use hashbrown::DefaultHashBuilder;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Words that share a cache line, among which a key has its place.
const WAYS: usize = 8;
/// The bits of a word that are the user's; the others tell keys of one set apart.
pub(super) const PAYLOAD: u64 = (1 << 40) - 1;
/// Other threads may change the same word so many times before a change is given up.
const TRIES: usize = 16;

/// One cache line.
#[repr(align(64))]
#[derive(Debug, Default)]
struct Set([AtomicU64; WAYS]);

/// What becomes of a word, and what the caller wants to know.
pub(in crate::tracker) enum Word<R> {
    /// It stays as it is, or away.
    Stays(R),
    /// It becomes this, as far as [`PAYLOAD`] goes.
    Becomes(u64, R),
}

/// Words of 40 bits by key.
///
/// Keys are hashed with a random seed that no answer tells of, so that keys which meet are no better
/// than guessed. The hash is made to be quick: its authors do not promise that nobody who measures
/// long enough learns of the seed, who then could have some keys push each other out. Two keys of one
/// set are taken for one where 23 more bits are alike: once in a million.
#[derive(Debug)]
pub(in crate::tracker) struct Table {
    sets: Box<[Set]>,
    hasher: DefaultHashBuilder,
}

impl Table {
    /// With room for about so many keys, in 8 bytes each.
    pub(in crate::tracker) fn new(keys: usize) -> Self {
        let sets = keys.div_ceil(WAYS).max(1).next_power_of_two();
        Self { sets: (0..sets).map(|_| Set::default()).collect(), hasher: Default::default() }
    }

    /// Changes the word of a key: `change` gets the one that is there. Where a new one needs room,
    /// the word of the set makes way that is worth the least.
    pub(in crate::tracker) fn change<R>(
        &self,
        key: u64,
        worth: impl Fn(u64) -> u64,
        change: impl Fn(Option<u64>) -> Word<R>,
    ) -> R {
        let hash = self.hasher.hash_one(key);
        let place = hash as usize & self.sets.len().wrapping_sub(1);
        // Never 0, which is an empty word.
        let tag = (hash | 1 << 40) & !PAYLOAD;
        let mut tries = 0usize;
        loop {
            let (slot, seen) = self.slot(place, tag, &worth);
            let known = (seen & !PAYLOAD == tag).then_some(seen & PAYLOAD);
            match change(known) {
                Word::Stays(result) => return result,
                Word::Becomes(word, result) => {
                    let Some(slot) = slot else { return result };
                    let new = tag | (word & PAYLOAD);
                    tries = tries.saturating_add(1);
                    if slot.compare_exchange(seen, new, Relaxed, Relaxed).is_ok() || tries > TRIES {
                        return result;
                    }
                }
            }
        }
    }

    /// The key's word, or the one that makes way.
    fn slot(
        &self,
        place: usize,
        tag: u64,
        worth: impl Fn(u64) -> u64,
    ) -> (Option<&AtomicU64>, u64) {
        let mut least = (None, 0);
        let mut least_worth = u64::MAX;
        for slot in self.sets.get(place).map_or(&[][..], |set| &set.0) {
            let seen = slot.load(Relaxed);
            if seen & !PAYLOAD == tag {
                return (Some(slot), seen);
            }
            let worth = if seen == 0 { 0 } else { worth(seen & PAYLOAD).saturating_add(1) };
            if worth < least_worth {
                (least, least_worth) = ((Some(slot), seen), worth);
            }
        }
        least
    }
}
