//! What is known of each piece, told by the threads that hash.

use crate::torrent::PieceIndex;
use std::sync::atomic::{AtomicU8, Ordering};

/// What is known of a piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Outcome {
    /// Nothing: nobody looked.
    Unknown,
    /// It has its hash; where the torrent gives two, both.
    Good,
    /// It has not, of two neither.
    Bad,
    /// It has one of its two hashes and not the other: no bytes can have both.
    Disputed,
    /// A byte of it is not there.
    Absent,
    /// A file of it could not be read.
    Unreadable,
}

impl Outcome {
    /// The judgement of a piece that was read: whether it has its hash of version 1 and that of
    /// version 2, `None` where the torrent gives none.
    pub fn of(v1: Option<bool>, v2: Option<bool>) -> Self {
        match (v1, v2) {
            (Some(true), Some(false)) | (Some(false), Some(true)) => Self::Disputed,
            (Some(false), _) | (_, Some(false)) => Self::Bad,
            (Some(true), _) | (_, Some(true)) => Self::Good,
            (None, None) => Self::Unknown,
        }
    }
}

/// The outcome of every piece of a torrent, one byte each. Shared by threads.
#[derive(Debug)]
pub struct Outcomes(Box<[AtomicU8]>);

impl Outcomes {
    /// Of so many pieces, nothing known.
    pub fn new(count: u32) -> Self {
        Self((0..count).map(|_| AtomicU8::new(Outcome::Unknown as u8)).collect())
    }

    /// What is known; nothing beyond the last piece.
    pub fn get(&self, piece: PieceIndex) -> Outcome {
        const ALL: [Outcome; 6] = [
            Outcome::Unknown,
            Outcome::Good,
            Outcome::Bad,
            Outcome::Disputed,
            Outcome::Absent,
            Outcome::Unreadable,
        ];
        let raw = self.0.get(piece.0 as usize).map_or(0, |byte| byte.load(Ordering::Relaxed));
        ALL.get(usize::from(raw)).copied().unwrap_or(Outcome::Unknown)
    }

    /// Takes note of what is known now.
    pub fn set(&self, piece: PieceIndex, outcome: Outcome) {
        if let Some(byte) = self.0.get(piece.0 as usize) {
            byte.store(outcome as u8, Ordering::Relaxed);
        }
    }

    /// How many pieces there are.
    pub fn len(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each piece and what is known of it, in order.
    pub fn iter(&self) -> impl Iterator<Item = (PieceIndex, Outcome)> + '_ {
        (0..self.len()).map(PieceIndex).map(|piece| (piece, self.get(piece)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hashes_that_disagree_are_neither_good_nor_bad() {
        assert_eq!(Outcome::of(Some(true), None), Outcome::Good);
        assert_eq!(Outcome::of(None, Some(false)), Outcome::Bad);
        assert_eq!(Outcome::of(Some(true), Some(true)), Outcome::Good);
        assert_eq!(Outcome::of(Some(false), Some(false)), Outcome::Bad);
        assert_eq!(Outcome::of(Some(true), Some(false)), Outcome::Disputed);
        assert_eq!(Outcome::of(Some(false), Some(true)), Outcome::Disputed);
        assert_eq!(Outcome::of(None, None), Outcome::Unknown);
    }

    #[test]
    fn what_was_set_is_what_is_known() {
        let outcomes = Outcomes::new(2);
        assert_eq!(outcomes.get(PieceIndex(1)), Outcome::Unknown);
        for outcome in [
            Outcome::Good,
            Outcome::Bad,
            Outcome::Disputed,
            Outcome::Absent,
            Outcome::Unreadable,
            Outcome::Unknown,
        ] {
            outcomes.set(PieceIndex(1), outcome);
            outcomes.set(PieceIndex(2), outcome);
            assert_eq!(outcomes.get(PieceIndex(1)), outcome);
            assert_eq!(outcomes.get(PieceIndex(0)), Outcome::Unknown);
            assert_eq!(outcomes.get(PieceIndex(2)), Outcome::Unknown);
        }
    }
}
