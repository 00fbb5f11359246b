//! Which torrents of a shard nobody has come back to yet, where they are few: to look for one among
//! thousands of others would take long, and might not find it.

use crate::torrent::InfoHash;

/// How many are known.
pub(super) const KNOWN: usize = 8;

/// Those that came last. Some may have gone since, or are passing no more: whoever takes one looks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fresh {
    hashes: [Option<InfoHash>; KNOWN],
    /// Where the next one is put, over the one that has been here the longest.
    next: usize,
}

impl Fresh {
    /// One has come, or was come across.
    pub(super) fn put(&mut self, info_hash: InfoHash) {
        if !self.hashes.contains(&Some(info_hash))
            && let Some(place) = self.hashes.get_mut(self.next % KNOWN)
        {
            *place = Some(info_hash);
            self.next = (self.next + 1) % KNOWN;
        }
    }

    /// Each of them once.
    pub(super) fn all(self) -> impl Iterator<Item = InfoHash> {
        self.hashes.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_are_known_each_once() {
        let mut fresh = Fresh::default();
        let hash = |number: usize| InfoHash([number as u8; 20]);
        for number in 0..3 * KNOWN {
            fresh.put(hash(number));
            fresh.put(hash(number));
            let from = (number + 1).saturating_sub(KNOWN);
            let mut all: Vec<_> = fresh.all().collect();
            all.sort_unstable_by_key(|hash| hash.0);
            assert_eq!(all, (from..=number).map(hash).collect::<Vec<_>>());
        }
    }
}
