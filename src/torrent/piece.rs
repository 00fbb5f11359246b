//! Pieces and blocks: how a torrent's bytes are numbered (BEP 3).

use std::ops::Range;

/// The length of the blocks that we ask for, in bytes (BEP 3).
pub const BLOCK: u32 = 16 * 1024;

/// The number of a piece, from 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct PieceIndex(pub u32);

/// A part of a piece, as `request`, `cancel` and `reject` name it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct BlockRequest {
    /// The piece.
    pub piece: PieceIndex,
    /// Bytes from the piece's start.
    pub begin: u32,
    /// Bytes.
    pub length: u32,
}

/// How the bytes of a torrent divide into pieces: all but the last are equally long.
///
/// Invariant: the piece length is not 0, the last piece is not empty, and the count fits in `u32`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pieces {
    total: u64,
    length: u32,
}

impl Pieces {
    /// `total` bytes in pieces of `length`; `None` where that would be no piece or over `u32::MAX`.
    pub fn new(total: u64, length: u32) -> Option<Self> {
        let count = total.div_ceil(u64::from((length > 0).then_some(length)?));
        (count > 0 && count <= u64::from(u32::MAX)).then_some(Self { total, length })
    }

    /// Bytes in all.
    pub fn total(self) -> u64 {
        self.total
    }

    /// The length of every piece but the last, in bytes.
    pub fn piece_length(self) -> u32 {
        self.length
    }

    /// How many pieces there are; at least 1.
    pub fn count(self) -> u32 {
        u32::try_from(self.total.div_ceil(u64::from(self.length))).unwrap_or(u32::MAX)
    }

    /// Whether the torrent has this piece.
    pub fn contains(self, piece: PieceIndex) -> bool {
        piece.0 < self.count()
    }

    /// Where the piece starts, in bytes from the torrent's start.
    pub fn offset(self, piece: PieceIndex) -> u64 {
        u64::from(piece.0) * u64::from(self.length)
    }

    /// The piece's length in bytes; 0 beyond the last piece.
    pub fn length(self, piece: PieceIndex) -> u32 {
        let left = self.total.saturating_sub(self.offset(piece));
        u32::try_from(left).map_or(self.length, |left| left.min(self.length))
    }

    /// How many blocks of [`BLOCK`] bytes the piece has.
    pub fn blocks(self, piece: PieceIndex) -> u32 {
        self.length(piece).div_ceil(BLOCK)
    }

    /// The piece's block of that number, as we ask for it; its length is 0 beyond the last block.
    pub fn block(self, piece: PieceIndex, number: u32) -> BlockRequest {
        let begin = number.saturating_mul(BLOCK);
        let length = self.length(piece).saturating_sub(begin).min(BLOCK);
        BlockRequest { piece, begin, length }
    }

    /// Whether the block lies inside its piece and is not empty.
    pub fn holds(self, block: BlockRequest) -> bool {
        let end = u64::from(block.begin) + u64::from(block.length);
        block.length > 0 && end <= u64::from(self.length(block.piece))
    }

    /// All pieces in order.
    pub fn iter(self) -> impl Iterator<Item = PieceIndex> {
        let all: Range<u32> = 0..self.count();
        all.map(PieceIndex)
    }
}
