//! Candidates by the hash of one stretch of them: many files of one size are looked for among as many
//! candidates, and none of those is read for each file anew.

use std::collections::HashMap;

/// A stretch of all files of one size.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Stretch {
    /// Of the files.
    pub(super) size: u64,
    /// Where it begins, in bytes from a file's start; zeros may come before that.
    pub(super) begin: i64,
    /// Its bytes.
    pub(super) length: u32,
}

/// The beginning of a hash. What has the same one need not be the same, but hardly ever is not.
pub(super) type Key = [u8; 8];

/// So many hashes are kept, and always those of the stretch that was asked for last.
const KEPT: usize = 1 << 18;

/// What is known of all stretches.
#[derive(Debug, Default)]
pub(super) struct Indexes {
    all: HashMap<Stretch, Index>,
    kept: usize,
}

/// What the candidates of one size have for hashes of one stretch.
#[derive(Debug, Default)]
struct Index {
    /// Those with lower numbers are in `numbers`, but for the ones that can't be read.
    scanned: u32,
    /// Candidates by their hash, ascending.
    numbers: HashMap<Key, Vec<u32>>,
    /// The hashes of some that are not scanned yet.
    ahead: HashMap<u32, Option<Key>>,
}

impl Indexes {
    /// Whether the candidate of this number has the hash. `hash` makes it where it is not known.
    pub(super) fn has(
        &mut self,
        stretch: Stretch,
        wanted: Key,
        number: u32,
        hash: impl FnOnce() -> Option<Key>,
    ) -> bool {
        let index = self.all.entry(stretch).or_default();
        if number < index.scanned {
            let numbers = index.numbers.get(&wanted);
            return numbers.is_some_and(|numbers| numbers.binary_search(&number).is_ok());
        }
        if let Some(known) = index.ahead.get(&number) {
            return *known == Some(wanted);
        }
        let key = hash();
        index.ahead.insert(number, key);
        self.keep(stretch, 1);
        key == Some(wanted)
    }

    /// The first candidate from this number on that has the hash; there are `count`. `hash` makes
    /// those that are not known.
    pub(super) fn next(
        &mut self,
        stretch: Stretch,
        wanted: Key,
        from: u32,
        count: u32,
        mut hash: impl FnMut(u32) -> Option<Key>,
    ) -> Option<u32> {
        let index = self.all.entry(stretch).or_default();
        let known = index.numbers.get(&wanted).map_or(&[][..], Vec::as_slice);
        let at = known.partition_point(|number| *number < from);
        let mut found = known.get(at).copied();
        let before = index.scanned;
        while found.is_none() && index.scanned < count {
            let number = index.scanned;
            index.scanned += 1;
            let key = index.ahead.remove(&number).unwrap_or_else(|| hash(number));
            let Some(key) = key else { continue };
            index.numbers.entry(key).or_default().push(number);
            found = (key == wanted && number >= from).then_some(number);
        }
        let new = index.scanned.saturating_sub(before) as usize;
        self.keep(stretch, new);
        found
    }

    /// Takes note of so many new hashes; forgets those of other stretches where there are too many.
    fn keep(&mut self, stretch: Stretch, new: usize) {
        self.kept = self.kept.saturating_add(new);
        if self.kept > KEPT && self.all.len() > 1 {
            self.all.retain(|other, _| *other == stretch);
            let left = self.all.values().map(|index| index.scanned as usize + index.ahead.len());
            self.kept = left.sum();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    const STRETCH: Stretch = Stretch { size: 9, begin: 0, length: 9 };

    fn key(number: u32) -> Key {
        u64::from(number).to_be_bytes()
    }

    #[test]
    fn each_candidate_is_hashed_once_however_many_files_are_sought() {
        const COUNT: u32 = 3_000;
        let mut indexes = Indexes::default();
        let hashed = RefCell::new(vec![0; COUNT as usize]);
        let hash = |number: u32| {
            hashed.borrow_mut()[number as usize] += 1;
            // Two of each, and one in seven can't be read.
            (number % 7 != 3).then(|| key(number / 2))
        };
        // The files have other names than all candidates, and stand in another order.
        for file in (0..COUNT / 2).rev() {
            let likely = (file * 31) % COUNT;
            let has = indexes.has(STRETCH, key(file), likely, || hash(likely));
            assert_eq!(has, likely / 2 == file && likely % 7 != 3);
            let mut found = Vec::new();
            let mut from = 0;
            while let Some(number) = indexes.next(STRETCH, key(file), from, COUNT, hash) {
                found.push(number);
                from = number + 1;
            }
            let expected = [file * 2, file * 2 + 1].into_iter().filter(|number| number % 7 != 3);
            assert_eq!(found, expected.collect::<Vec<_>>());
        }
        assert_eq!(indexes.next(STRETCH, key(COUNT), 0, COUNT, hash), None);
        assert!(hashed.borrow().iter().all(|times| *times == 1));
    }

    #[test]
    fn no_more_is_hashed_than_it_takes() {
        let mut indexes = Indexes::default();
        let hashed = RefCell::new(0);
        let hash = |number| {
            *hashed.borrow_mut() += 1;
            Some(key(number))
        };
        assert_eq!(indexes.next(STRETCH, key(4), 0, 100, hash), Some(4));
        assert_eq!(*hashed.borrow(), 5);
        assert_eq!(indexes.next(STRETCH, key(2), 0, 100, hash), Some(2));
        assert_eq!(*hashed.borrow(), 5);
        assert_eq!(indexes.next(STRETCH, key(2), 3, 10, hash), None);
        assert_eq!(*hashed.borrow(), 10);
    }

    #[test]
    fn what_is_kept_is_bounded_but_for_the_stretch_at_hand() {
        let mut indexes = Indexes::default();
        let most = u32::try_from(KEPT).unwrap() / 4;
        for begin in 0..9 {
            let stretch = Stretch { begin, ..STRETCH };
            assert_eq!(indexes.next(stretch, key(0), 1, most, |number| Some(key(number))), None);
            let kept: u32 = indexes.all.values().map(|index| index.scanned).sum();
            assert!(kept as usize <= KEPT && indexes.all[&stretch].scanned == most);
        }
        let all = most * 8;
        assert_eq!(indexes.next(STRETCH, key(all), 0, all, |number| Some(key(number))), None);
        assert_eq!((indexes.all.len(), indexes.all[&STRETCH].scanned), (1, all));
        let none = |_| -> Option<Key> { panic!("hashed again") };
        assert_eq!(indexes.next(STRETCH, key(7), 0, all, none), Some(7));
    }
}
