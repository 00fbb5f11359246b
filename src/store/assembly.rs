//! A piece as its blocks arrive: hashed while they are still in the processor's cache.
//!
//! SHA-1 takes bytes in order, blocks come in any. A block that continues what was hashed is
//! hashed from memory; one that came ahead is read back once the gap before it is filled. Bytes
//! that were written twice are not trusted from memory at all: then the whole piece is read back,
//! so that what is compared is always what the storage holds.

use super::{Error, Storage};
use sha1::{Digest, Sha1};
use std::ops::Range;

/// The running hash of one piece.
///
/// Invariant: `ahead` is sorted, its ranges do not touch each other, and all start after `hashed`.
#[derive(Clone, Debug)]
pub struct Assembly {
    /// Where the piece starts in the torrent.
    start: u64,
    sha1: Sha1,
    /// So many bytes from the piece's start went into `sha1`.
    hashed: u32,
    /// Written, not hashed.
    ahead: Vec<Range<u32>>,
    /// Some bytes were written more than once.
    overwritten: bool,
}

impl Assembly {
    /// A piece that starts at this byte of the torrent, nothing hashed.
    pub fn new(start: u64) -> Self {
        let (sha1, hashed, ahead, overwritten) = (Sha1::new(), 0, Vec::new(), false);
        Self { start, sha1, hashed, ahead, overwritten }
    }

    /// Takes note of a block that was just written at `begin` of the piece. `scratch` is used to
    /// read back what came ahead of it, and must not be empty.
    pub fn add(
        &mut self,
        storage: &dyn Storage,
        begin: u32,
        data: &[u8],
        scratch: &mut [u8],
    ) -> Result<(), Error> {
        let end = begin.saturating_add(u32::try_from(data.len()).unwrap_or(u32::MAX));
        if end <= begin || self.overwritten {
            return Ok(());
        }
        let at = self.ahead.partition_point(|range| range.end <= begin);
        if begin < self.hashed || self.ahead.get(at).is_some_and(|next| next.start < end) {
            self.overwritten = true;
        } else if begin == self.hashed {
            self.sha1.update(data);
            self.hashed = end;
            if self.ahead.first().is_some_and(|next| next.start == end) {
                let next = self.ahead.remove(0);
                self.read_back(storage, next.end, scratch)?;
            }
        } else {
            self.note(at, begin..end);
        }
        Ok(())
    }

    /// Whether the piece of `length` bytes, all of them written, has the hash. Reads back only what
    /// was not hashed on arrival.
    pub fn verify(
        mut self,
        storage: &dyn Storage,
        length: u32,
        expected: &[u8],
        scratch: &mut [u8],
    ) -> Result<bool, Error> {
        if self.overwritten {
            self = Self::new(self.start);
        }
        self.read_back(storage, length, scratch)?;
        Ok(self.sha1.finalize().as_slice() == expected)
    }

    /// Hashes from the storage up to `end`.
    fn read_back(
        &mut self,
        storage: &dyn Storage,
        end: u32,
        scratch: &mut [u8],
    ) -> Result<(), Error> {
        while self.hashed < end && !scratch.is_empty() {
            let room = scratch.len().min((end - self.hashed) as usize);
            let chunk = scratch.split_at_mut(room).0;
            storage.read(self.start + u64::from(self.hashed), chunk)?;
            self.sha1.update(&*chunk);
            self.hashed += u32::try_from(room).unwrap_or(0);
        }
        Ok(())
    }

    /// Puts a range before number `at` of `ahead`, joined with the neighbours that it touches.
    fn note(&mut self, at: usize, mut new: Range<u32>) {
        let mut replaced = at..at;
        if let Some(next) = self.ahead.get(at).filter(|next| next.start == new.end) {
            new.end = next.end;
            replaced.end = at + 1;
        }
        let before = at.checked_sub(1).and_then(|i| self.ahead.get(i).map(|range| (i, range)));
        if let Some((i, before)) = before.filter(|(_, range)| range.end == new.start) {
            new.start = before.start;
            replaced.start = i;
        }
        self.ahead.splice(replaced, [new]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Memory;
    use proptest::prelude::*;

    /// Cuts a piece into blocks of these lengths, in order.
    fn cut(length: u32, lengths: &[u32]) -> Vec<Range<u32>> {
        let mut blocks = Vec::new();
        let mut from = 0;
        for &step in lengths.iter().cycle() {
            if from == length {
                return blocks;
            }
            let to = length.min(from + step);
            blocks.push(from..to);
            from = to;
        }
        blocks
    }

    proptest! {
        #[test]
        fn blocks_in_any_order_give_the_hash_of_the_piece(
            bytes in proptest::collection::vec(any::<u8>(), 1..2000),
            lengths in proptest::collection::vec(1u32..300, 1..8),
            start in 0u64..50,
            scratch in 1usize..100,
            order in any::<u64>(),
            doubled in proptest::option::of(any::<proptest::sample::Index>()),
        ) {
            use rand::{SeedableRng, seq::SliceRandom};
            let length = u32::try_from(bytes.len()).unwrap();
            let mut blocks = cut(length, &lengths);
            let twice = doubled.map(|which| blocks[which.index(blocks.len())].clone());
            blocks.shuffle(&mut rand::rngs::StdRng::seed_from_u64(order));
            let storage = Memory::new(start + u64::from(length));
            let mut assembly = Assembly::new(start);
            let mut scratch = vec![0; scratch];
            for block in blocks {
                let data = &bytes[block.start as usize..block.end as usize];
                storage.write(start + u64::from(block.start), &[data]).unwrap();
                assembly.add(&storage, block.start, data, &mut scratch).unwrap();
            }
            let mut stored = bytes.clone();
            if let Some(block) = twice {
                // The second copy is another peer's, and wrong: it is what the storage now holds.
                let wrong: Vec<u8> = stored[block.start as usize..block.end as usize].iter().map(|b| !b).collect();
                stored[block.start as usize..block.end as usize].copy_from_slice(&wrong);
                storage.write(start + u64::from(block.start), &[&wrong]).unwrap();
                assembly.add(&storage, block.start, &wrong, &mut scratch).unwrap();
            }
            let right = Sha1::digest(&stored);
            let mut wrong = right;
            wrong[0] ^= 1;
            prop_assert!(assembly.clone().verify(&storage, length, &right, &mut scratch).unwrap());
            prop_assert!(!assembly.verify(&storage, length, &wrong, &mut scratch).unwrap());
        }
    }

    #[test]
    fn in_order_blocks_are_never_read_back() {
        let storage = Memory::new(40).unreadable_at(0);
        let mut assembly = Assembly::new(0);
        for begin in [0, 10, 20, 30] {
            assembly.add(&storage, begin, &[7; 10], &mut [0; 4]).unwrap();
        }
        let right = Sha1::digest([7; 40]);
        assert!(assembly.verify(&storage, 40, &right, &mut [0; 4]).unwrap());
    }

    #[test]
    fn a_block_ahead_is_read_back_once_the_gap_is_filled_and_no_more() {
        let storage = Memory::new(40);
        let mut assembly = Assembly::new(0);
        let mut scratch = [0; 16];
        for begin in [0, 20, 10] {
            storage.write(u64::from(begin), &[&[7; 10]]).unwrap();
            assembly.add(&storage, begin, &[7; 10], &mut scratch).unwrap();
        }
        let storage = storage.unreadable_at(0);
        assembly.add(&storage, 30, &[7; 10], &mut scratch).unwrap();
        assert!(assembly.verify(&storage, 40, &Sha1::digest([7; 40]), &mut scratch).unwrap());
    }
}
