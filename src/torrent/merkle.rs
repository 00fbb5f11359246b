//! The trees of SHA-256 hashes over the blocks of a file (BEP 52).
//!
//! The leaves are the hashes of a file's blocks of 16 KiB, then zeros up to a power of two; what
//! stands over two hashes is the hash of both. The layer whose hashes cover a piece each is kept in
//! metainfo, and its root in `info`.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use super::BLOCK;
use crate::hash::{Sha256, digest, digest_each};

/// A node of a tree: a SHA-256.
pub type Node = [u8; 32];

/// What stands in the place of a block beyond the file's end.
pub const ZERO: Node = [0; 32];

/// Pairs that are hashed side by side.
const BATCH: usize = 16;

/// How many layers the hashes of pieces stand above the leaves; the piece length is a power of two
/// of at least 16 KiB.
pub fn piece_height(piece_length: u32) -> u32 {
    piece_length.checked_div(BLOCK).and_then(u32::checked_ilog2).unwrap_or(0)
}

/// The root of `2^height` leaves of which none is a block.
pub fn zero_root(height: u32) -> Node {
    (0..height).fold(ZERO, |below, _| digest::<Sha256>([below, below].as_flattened()))
}

/// The hashes of blocks of 16 KiB, the last of which may be short: the leaves of `data`, one to
/// each place of `leaves`.
pub fn hash_blocks(data: &[u8], leaves: &mut [Node]) {
    let blocks = data.chunks(BLOCK as usize);
    let mut batch: Vec<&[u8]> = Vec::with_capacity(BATCH);
    let mut rest = leaves;
    for block in blocks {
        batch.push(block);
        if batch.len() == BATCH {
            rest = flush(&mut batch, rest);
        }
    }
    flush(&mut batch, rest);
}

fn flush<'l>(batch: &mut Vec<&[u8]>, leaves: &'l mut [Node]) -> &'l mut [Node] {
    let (now, later) = leaves.split_at_mut(batch.len().min(leaves.len()));
    digest_each::<Sha256>(batch.split_at(now.len()).0, now);
    batch.clear();
    later
}

/// The root over `width` nodes, a power of two: these, then as many of `missing`, the root of a
/// subtree without a block. Uses `nodes` up.
pub fn root(nodes: &mut [Node], width: usize, missing: Node) -> Node {
    let mut missing = missing;
    let (mut nodes, mut width) = (nodes, width);
    while width > 1 {
        nodes = parents(nodes, missing);
        missing = digest::<Sha256>([missing, missing].as_flattened());
        width = width.div_ceil(2);
    }
    nodes.first().copied().unwrap_or(missing)
}

/// Puts the nodes of the layer above in the place of the first ones, and returns them.
fn parents(nodes: &mut [Node], missing: Node) -> &mut [Node] {
    let (pairs, odd) = nodes.as_chunks::<2>();
    let (full, last) = (pairs.len(), odd.first().copied());
    let mut above = [ZERO; BATCH];
    let mut done = 0usize;
    while done < full {
        let (pairs, _) = nodes.as_chunks::<2>();
        let mut messages = [&[][..]; BATCH];
        let count = pairs.len().saturating_sub(done).min(BATCH);
        let rest = pairs.iter().skip(done);
        messages.iter_mut().zip(rest).for_each(|(message, pair)| *message = pair.as_flattened());
        let (messages, above) = (messages.get(..count), above.get_mut(..count));
        let (Some(messages), Some(above)) = (messages, above) else { break };
        digest_each::<Sha256>(messages, above);
        // What is written over here was read before.
        nodes.iter_mut().skip(done).zip(above).for_each(|(node, hash)| *node = *hash);
        done = done.saturating_add(count);
    }
    if let (Some(last), Some(node)) = (last, nodes.get_mut(full)) {
        *node = digest::<Sha256>([last, missing].as_flattened());
    }
    let count = nodes.len().div_ceil(2);
    nodes.split_at_mut(count).0
}

/// The hash of a piece as the piece layer of a file has it: the root over the piece's blocks, and
/// over none beyond the file's end. For a file of one piece that is its `pieces root`; `longer` says
/// whether the file has further pieces. Uses `leaves` up.
pub fn piece_root(leaves: &mut [Node], piece_length: u32, file: FileSize) -> Node {
    let width = match file {
        FileSize::OnePiece => leaves.len().next_power_of_two(),
        FileSize::Longer => 1usize.checked_shl(piece_height(piece_length)).unwrap_or(1),
    };
    root(leaves, width, ZERO)
}

/// Whether a file has one piece or more, on which the width of the tree over a piece depends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileSize {
    /// At most a piece.
    OnePiece,
    /// More than a piece.
    Longer,
}

impl FileSize {
    /// Of a file with so many bytes.
    pub fn of(length: u64, piece_length: u32) -> Self {
        if length > u64::from(piece_length) { Self::Longer } else { Self::OnePiece }
    }
}

/// The `pieces root` of a file from the hashes of all its pieces. Uses `layer` up.
pub fn pieces_root(layer: &mut [Node], piece_length: u32) -> Node {
    let width = layer.len().next_power_of_two();
    root(layer, width, zero_root(piece_height(piece_length)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::Digest;

    fn pair(a: Node, b: Node) -> Node {
        sha2::Sha256::new().chain_update(a).chain_update(b).finalize().into()
    }

    /// The root as the words of BEP 52 have it: leaves filled up with zeros, then layer by layer.
    fn plain(data: &[u8], leaves: usize) -> Node {
        let mut layer: Vec<Node> =
            data.chunks(16384).map(|block| sha2::Sha256::digest(block).into()).collect();
        layer.resize(leaves, ZERO);
        while layer.len() > 1 {
            layer = layer.chunks(2).map(|two| pair(two[0], two[1])).collect();
        }
        layer[0]
    }

    #[test]
    fn roots_without_blocks_are_roots_of_zeros() {
        assert_eq!(zero_root(0), ZERO);
        assert_eq!(zero_root(1), pair(ZERO, ZERO));
        assert_eq!(zero_root(3), root(&mut [], 8, ZERO));
    }

    #[test]
    fn pieces_stand_above_their_blocks() {
        for (length, height) in [(16 << 10, 0), (32 << 10, 1), (16 << 20, 10), (1 << 30, 16)] {
            assert_eq!(piece_height(length), height);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn piece_by_piece_or_at_once_the_root_is_the_same(
            length in prop_oneof![1usize..200_000, (1usize..40).prop_map(|blocks| blocks << 14)],
            height in 0u32..4,
        ) {
            let data: Vec<u8> = (0..length).map(|at| (at * 7 + at / 16384) as u8).collect();
            let expected = plain(&data, length.div_ceil(16384).next_power_of_two());
            let piece_length = 16384u32 << height;
            let file = FileSize::of(length as u64, piece_length);
            let mut layer: Vec<Node> = data
                .chunks(piece_length as usize)
                .map(|piece| {
                    let mut leaves = vec![ZERO; piece.len().div_ceil(16384)];
                    hash_blocks(piece, &mut leaves);
                    piece_root(&mut leaves, piece_length, file)
                })
                .collect();
            if file == FileSize::OnePiece {
                prop_assert_eq!(&layer, &[expected]);
            }
            prop_assert_eq!(file == FileSize::OnePiece, layer.len() == 1);
            let root = match file {
                FileSize::OnePiece => layer[0],
                FileSize::Longer => pieces_root(&mut layer, piece_length),
            };
            prop_assert_eq!(root, expected);
        }
    }
}
