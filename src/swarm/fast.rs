//! The allowed-fast set (BEP 6): pieces that a peer may ask for while it is choked.

use crate::torrent::{InfoHash, PieceIndex};
use sha1::{Digest, Sha1};
use std::net::Ipv4Addr;

/// The peer's set of `size` pieces, or all where there are fewer.
pub(super) fn allowed(
    size: usize,
    pieces: u32,
    info_hash: InfoHash,
    address: Ipv4Addr,
) -> Vec<PieceIndex> {
    // The loop of the BEP would never end with fewer pieces than are asked for.
    let size = size.min(pieces as usize);
    let mut set = Vec::with_capacity(size);
    let [a, b, c, _] = address.octets();
    let mut hash = Sha1::new().chain_update([a, b, c, 0]).chain_update(info_hash.0).finalize();
    while set.len() < size {
        for word in hash.chunks_exact(4) {
            let word = word.first_chunk::<4>().map_or(0, |bytes| u32::from_be_bytes(*bytes));
            let piece = PieceIndex(word % pieces.max(1));
            if set.len() < size && !set.contains(&piece) {
                set.push(piece);
            }
        }
        hash = Sha1::digest(hash);
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(size: usize, pieces: u32) -> Vec<u32> {
        let sets = allowed(size, pieces, InfoHash([0xaa; 20]), Ipv4Addr::new(80, 4, 4, 200));
        sets.into_iter().map(|piece| piece.0).collect()
    }

    #[test]
    fn the_vectors_of_the_bep() {
        assert_eq!(set(7, 1313), [1059, 431, 808, 1217, 287, 376, 1188]);
        assert_eq!(set(9, 1313), [1059, 431, 808, 1217, 287, 376, 1188, 353, 508]);
    }

    #[test]
    fn fewer_pieces_than_asked_for_end_the_loop() {
        let mut three = set(10, 3);
        three.sort_unstable();
        assert_eq!(three, [0, 1, 2]);
        assert!(set(10, 0).is_empty());
    }
}
