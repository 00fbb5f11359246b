//! Hashes that an older metainfo holds of files that have not changed since.
//!
//! A v1 hash is taken over where the piece has the same bytes in both torrents: the same parts of
//! the same unchanged files behind each other, zeros of pads included. A v2 hash depends on one
//! file alone, so it is taken over wherever that file has moved, and for longer pieces computed
//! from the older, shorter ones.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use super::hash::PieceHash;
use crate::torrent::{Layout, Metainfo, PieceIndex, Pieces, merkle};
use std::collections::HashMap;

/// What an older metainfo holds of a new torrent's hashes.
#[derive(Debug)]
pub struct Reuse<'a> {
    old: &'a Metainfo,
    new: &'a Layout,
    pieces: Pieces,
    /// By a new file's number its number in the old layout, where it is there and unchanged.
    same: Vec<Option<u32>>,
}

impl<'a> Reuse<'a> {
    /// Compares `old` with the files of `new`, which divides into `pieces`. `unchanged` is asked
    /// for a file by its number in `new`, where both have one of its path and length.
    pub fn new(
        old: &'a Metainfo,
        new: &'a Layout,
        pieces: Pieces,
        unchanged: impl Fn(usize) -> bool,
    ) -> Self {
        let numbered = old.layout.files().zip(0u32..).filter(|(file, _)| !file.pad);
        let known: HashMap<_, _> =
            numbered.map(|(file, at)| (file.path, (at, file.length))).collect();
        let same = new.files().enumerate().map(|(number, file)| {
            let (old, length) = *known.get(&file.path).filter(|_| !file.pad)?;
            (length == file.length && unchanged(number)).then_some(old)
        });
        Self { old, new, pieces, same: same.collect() }
    }

    /// Bytes of the files that have not changed.
    pub fn unchanged(&self) -> u64 {
        let files = self.new.files().zip(&self.same).filter(|(_, same)| same.is_some());
        files.fold(0, |sum, (file, _)| sum.saturating_add(file.length))
    }

    /// The hashes of a piece that the old metainfo holds.
    pub fn piece(&self, piece: PieceIndex) -> PieceHash {
        PieceHash { v1: self.v1(piece), v2: self.v2(piece) }
    }

    fn v1(&self, piece: PieceIndex) -> Option<[u8; 20]> {
        let pieces = self.old.pieces.filter(|pieces| self.length() == pieces.piece_length())?;
        let (start, length) = (self.pieces.offset(piece), u64::from(self.pieces.length(piece)));
        let first = self.new.spans(start, length).next()?;
        // Where the piece's first byte lies in the old torrent, there a piece must begin.
        let old = self.old.layout.range((*self.same.get(first.file)?)?.try_into().ok()?)?;
        let offset = old.start.checked_add(first.offset)?;
        if !offset.is_multiple_of(self.length().into()) {
            return None;
        }
        let old = PieceIndex(u32::try_from(offset.checked_div(self.length().into())?).ok()?);
        if u64::from(pieces.length(old)) != length {
            return None;
        }
        let mut spans = self.old.layout.spans(offset, length);
        let equal = self.new.spans(start, length).all(|new| {
            spans.next().is_some_and(|old| {
                (new.offset, new.length) == (old.offset, old.length)
                    && self.matches(new.file, old.file)
            })
        });
        self.old.hash(old).filter(|_| equal).copied()
    }

    /// Whether a new file's bytes are those of an old one.
    fn matches(&self, new: usize, old: usize) -> bool {
        let pad = |layout: &Layout, file| layout.file(file).is_some_and(|file| file.pad);
        match self.same.get(new) {
            Some(Some(same)) => usize::try_from(*same) == Ok(old),
            _ => pad(self.new, new) && pad(&self.old.layout, old),
        }
    }

    fn v2(&self, piece: PieceIndex) -> Option<[u8; 32]> {
        let (start, length) = (self.pieces.offset(piece), u64::from(self.length()));
        let first = self.new.spans(start, length).next()?;
        let old = usize::try_from((*self.same.get(first.file)?)?).ok()?;
        let whole = self.new.file(first.file)?.length;
        if !first.offset.is_multiple_of(length) {
            return None;
        }
        // Of a file that is not longer than a piece there is no layer, but its root.
        if whole <= length {
            return self.old.pieces_root(old).copied();
        }
        // Both lengths are powers of two.
        let shorter = self.old.piece_length;
        let width = length.checked_div(shorter.into()).filter(|width| *width > 0)?;
        let from = first.offset.checked_div(shorter.into())?;
        let (width, from) = (usize::try_from(width).ok()?, usize::try_from(from).ok()?);
        let layer = self.old.layer(old)?.get(from..)?;
        let mut nodes = layer.get(..width.min(layer.len()))?.to_vec();
        Some(merkle::root(&mut nodes, width, merkle::zero_root(merkle::piece_height(shorter))))
    }

    fn length(&self) -> u32 {
        self.pieces.piece_length()
    }
}

#[cfg(test)]
mod tests;
