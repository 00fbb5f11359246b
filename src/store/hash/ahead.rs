//! What will be read, told to the readers a bounded way ahead.
//!
//! Pieces stand in a queue for a while before a thread takes them, and are told when they get there,
//! neighbours as one range. Of long pieces, which are read side by side, that is only the start; the
//! rest follows as they are hashed.

use super::worker::Shared;
use super::{Error, Observer, Reader, Wanted};
use crate::store::stored;
use crate::torrent::{PieceIndex, Pieces};
use std::collections::VecDeque;
use std::ops::Range;

/// Bytes of the pieces in the queue that are told, about.
pub(super) const QUEUE: u64 = 8 << 20;

/// Bytes that all lanes of all threads are told of ahead of what they read, about.
pub(super) const LANES: u64 = 16 << 20;

/// How far a lane is told ahead, whatever the number of lanes: a disk that seeks for less does
/// little else, and more brings nothing.
const LEAST: u64 = 512 << 10;
const MOST: u64 = 2 << 20;

/// How far a lane is told ahead where there are so many, in bytes.
pub(super) fn window(lanes: usize) -> u64 {
    (LANES / lanes.max(1) as u64).clamp(LEAST, MOST)
}

/// The pieces that are taken next.
#[derive(Default, Debug)]
pub(super) struct Queue {
    /// Those that somebody wants, in order, and how many bytes of each were told.
    pieces: VecDeque<(PieceIndex, u64)>,
    /// The sum of those bytes.
    told: u64,
    /// The first piece of which nobody was asked.
    next: u32,
}

impl Queue {
    /// Fills up to [`QUEUE`] where less than half of that is left, or no piece, and adds what is to be
    /// told to `ranges`.
    pub(super) fn fill<O: Observer>(
        &mut self,
        shared: &Shared<'_, O>,
        ranges: &mut Vec<Range<u64>>,
    ) {
        let (all, wanted) = (shared.work.pieces, shared.work.wanted);
        let least = if matches!(wanted, Wanted::V2(_)) { 1 } else { shared.lanes };
        if self.told >= QUEUE / 2 && self.pieces.len() >= least {
            return;
        }
        while (self.told < QUEUE || self.pieces.len() < least) && self.next < all.count() {
            let piece = PieceIndex(self.next);
            self.next += 1;
            if !shared.observer.wants(piece) {
                continue;
            }
            let range = start(all, piece, shared.window);
            let length = range.end - range.start;
            let data = match wanted {
                Wanted::V1 => length,
                Wanted::V2(layout) | Wanted::Hybrid(layout) => {
                    stored::pads(layout, range.start, length).data
                }
            };
            self.told += data;
            self.pieces.push_back((piece, data));
            match ranges.last_mut().filter(|last| last.end == range.start) {
                Some(last) => last.end = range.end,
                None => ranges.push(range),
            }
        }
    }

    /// The next piece.
    pub(super) fn take(&mut self) -> Option<PieceIndex> {
        let (piece, told) = self.pieces.pop_front()?;
        self.told -= told;
        Some(piece)
    }

    /// The piece that [`Queue::take`] would give, or the first of which nobody was asked.
    pub(super) fn first(&self) -> PieceIndex {
        self.pieces.front().map_or(PieceIndex(self.next), |(piece, _)| *piece)
    }

    /// Pieces that are in it, or yet to come.
    pub(super) fn left(&self, all: Pieces) -> usize {
        self.pieces.len() + (all.count() - self.next) as usize
    }
}

/// What is told of a piece before it is read.
pub(super) fn start(pieces: Pieces, piece: PieceIndex, window: u64) -> Range<u64> {
    let (start, length) = (pieces.offset(piece), u64::from(pieces.length(piece)));
    start..start + length.min(window)
}

/// Tells a reader of a range, without the zeros in it.
pub(super) fn tell(reader: &mut impl Reader, range: Range<u64>) -> Result<(), Error> {
    let mut at = range.start;
    while at < range.end {
        let known = reader.known(at, range.end - at);
        if known.data > 0 {
            reader.ahead(at, known.data)?;
        }
        // Never both are 0.
        at += (known.data + known.zeros).max(1);
    }
    Ok(())
}
