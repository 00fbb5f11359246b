//! The keys that a list had and has no more, so that a log does not show them either.

use std::collections::HashSet;

/// Hashes of one half. Both halves take some 20 MB where they are full.
const HALF: usize = 1 << 19;

/// Hashes of keys, as only this process computes them: who has them has no key, and two of one hash
/// hide a word more. When a half is full the other one is forgotten, so that of those that went last
/// half a million are always there.
#[derive(Clone, Default)]
pub(super) struct Past {
    newer: HashSet<u64>,
    older: HashSet<u64>,
}

impl Past {
    pub(super) fn is_empty(&self) -> bool {
        self.newer.is_empty() && self.older.is_empty()
    }

    pub(super) fn contains(&self, hash: u64) -> bool {
        self.newer.contains(&hash) || self.older.contains(&hash)
    }

    pub(super) fn add(&mut self, hash: u64) {
        if self.newer.len() >= HALF {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_are_known_and_the_first_forgotten() {
        let mut past = Past::default();
        assert!(past.is_empty() && !past.contains(0));
        let all = 3 * HALF as u64 + 1;
        for hash in 0..all {
            past.add(hash);
            past.add(hash);
        }
        assert!((all - HALF as u64..all).all(|hash| past.contains(hash)));
        assert!(!past.contains(0) && past.newer.len() + past.older.len() <= 2 * HALF);
        assert!(!past.is_empty());
    }
}
