//! Which pieces somebody has: one bit a piece, the first in the top bit of the first byte (BEP 3).

use super::PieceIndex;

/// A set of pieces with a fixed count. Spare bits of the last byte are always 0.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bitfield {
    bytes: Box<[u8]>,
    count: u32,
    ones: u32,
}

impl Bitfield {
    /// None of `count` pieces.
    pub fn none(count: u32) -> Self {
        Self { bytes: vec![0; count.div_ceil(8) as usize].into(), count, ones: 0 }
    }

    /// All of `count` pieces.
    pub fn all(count: u32) -> Self {
        let mut bytes = vec![0xff; count.div_ceil(8) as usize];
        if let (Some(last), spare @ 1..) = (bytes.last_mut(), spare_bits(count)) {
            *last <<= spare;
        }
        Self { bytes: bytes.into(), count, ones: count }
    }

    /// The payload of a `bitfield` message; `None` for a wrong length or spare bits that are set.
    pub fn from_wire(bytes: &[u8], count: u32) -> Option<Self> {
        let spare = spare_bits(count);
        let clean = bytes.last().is_none_or(|last| last & ((1u8 << spare) - 1) == 0);
        (bytes.len() == count.div_ceil(8) as usize && clean).then(|| Self {
            bytes: bytes.into(),
            count,
            ones: bytes.iter().map(|byte| byte.count_ones()).sum(),
        })
    }

    /// The payload of a `bitfield` message.
    pub fn as_wire(&self) -> &[u8] {
        &self.bytes
    }

    /// How many pieces the torrent has.
    pub fn len(&self) -> u32 {
        self.count
    }

    /// Whether the torrent has no pieces at all.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many pieces are in the set.
    pub fn ones(&self) -> u32 {
        self.ones
    }

    /// Whether every piece is in the set.
    pub fn is_full(&self) -> bool {
        self.ones == self.count
    }

    /// Whether the piece is in the set; `false` beyond the last piece.
    pub fn has(&self, piece: PieceIndex) -> bool {
        self.bytes.get(piece.0 as usize / 8).is_some_and(|byte| byte & bit(piece) != 0)
    }

    /// Puts the piece in; says whether that changed anything. Nothing beyond the last piece.
    pub fn insert(&mut self, piece: PieceIndex) -> bool {
        let new = piece.0 < self.count && !self.has(piece);
        if let (true, Some(byte)) = (new, self.bytes.get_mut(piece.0 as usize / 8)) {
            *byte |= bit(piece);
            self.ones += 1;
        }
        new
    }

    /// Takes the piece out; says whether that changed anything.
    pub fn remove(&mut self, piece: PieceIndex) -> bool {
        let old = self.has(piece);
        if let (true, Some(byte)) = (old, self.bytes.get_mut(piece.0 as usize / 8)) {
            *byte &= !bit(piece);
            self.ones -= 1;
        }
        old
    }

    /// The pieces in the set, in order.
    pub fn iter(&self) -> impl Iterator<Item = PieceIndex> + '_ {
        self.bytes.iter().zip(0u32..).flat_map(|(&byte, at)| {
            (0..8).filter(move |i| byte & (0x80 >> i) != 0).map(move |i| PieceIndex(at * 8 + i))
        })
    }
}

/// The bits of the last byte that stand for no piece.
fn spare_bits(count: u32) -> u32 {
    (8 - count % 8) % 8
}

fn bit(piece: PieceIndex) -> u8 {
    0x80 >> (piece.0 % 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spare_bits_are_refused() {
        assert!(Bitfield::from_wire(&[0xff, 0x80], 9).is_some_and(|b| b.is_full()));
        assert!(Bitfield::from_wire(&[0xff, 0xc0], 9).is_none());
        assert!(Bitfield::from_wire(&[0xff], 9).is_none());
        assert!(Bitfield::from_wire(&[0xff, 0, 0], 9).is_none());
    }

    #[test]
    fn a_set_counts_itself() {
        for count in [1, 7, 8, 9, 64, 1001] {
            let mut set = Bitfield::all(count);
            assert_eq!((set.ones(), set.iter().count()), (count, count as usize));
            assert_eq!(Some(&set), Bitfield::from_wire(set.as_wire(), count).as_ref());
            assert!(set.remove(PieceIndex(count - 1)) && !set.remove(PieceIndex(count)));
            assert!(!set.is_full() && !set.insert(PieceIndex(count)));
            assert!(set.insert(PieceIndex(count - 1)) && set.is_full());
        }
    }
}
