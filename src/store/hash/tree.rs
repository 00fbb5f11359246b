//! The root over a piece's blocks (BEP 52), built as the blocks come, in bounded memory.

use crate::hash::{Sha256, digest_each};

/// So many leaves are kept until they are reduced together, which fills the processor's lanes.
const LEAVES: usize = 256;

/// The level that so many leaves make.
const LEVEL: u32 = LEAVES.trailing_zeros();

/// Hashes of blocks on their way to a root.
#[derive(Clone, Default, Debug)]
pub(super) struct Tree {
    /// The last leaves, fewer than `LEAVES` between calls.
    leaves: Vec<[u8; 32]>,
    /// Roots of whole subtrees, each of a lower level than the one before it.
    roots: Vec<(u32, [u8; 32])>,
}

impl Tree {
    /// Begins anew.
    pub(super) fn clear(&mut self) {
        self.leaves.clear();
        self.roots.clear();
    }

    /// Appends the hash of the next block.
    pub(super) fn push(&mut self, leaf: [u8; 32]) {
        self.leaves.push(leaf);
        if self.leaves.len() == LEAVES {
            let root = reduce(&mut self.leaves);
            self.add(LEVEL, root);
        }
    }

    /// The root of a tree of `2^level` leaves, those that did not come being zeros; a level that is
    /// too low for those that came is raised. `None` where none came.
    pub(super) fn root(&mut self, level: u32) -> Option<[u8; 32]> {
        if !self.leaves.is_empty() {
            let wanted = if self.roots.is_empty() { level.min(LEVEL) } else { LEVEL };
            let whole = 1usize << wanted;
            self.leaves.resize(whole.max(self.leaves.len().next_power_of_two()), [0; 32]);
            let level = self.leaves.len().trailing_zeros();
            let root = reduce(&mut self.leaves);
            self.add(level, root);
        }
        let (mut at, mut root) = self.roots.pop()?;
        let mut zeros = [0; 32];
        for _ in 0..at {
            zeros = pair(zeros, zeros);
        }
        while at < level || !self.roots.is_empty() {
            root = match self.roots.pop_if(|(other, _)| *other == at) {
                Some((_, left)) => pair(left, root),
                None => pair(root, zeros),
            };
            zeros = pair(zeros, zeros);
            at += 1;
        }
        Some(root)
    }

    fn add(&mut self, mut level: u32, mut root: [u8; 32]) {
        while let Some((_, left)) = self.roots.pop_if(|(other, _)| *other == level) {
            root = pair(left, root);
            level += 1;
        }
        self.roots.push((level, root));
    }
}

fn pair(left: [u8; 32], right: [u8; 32]) -> [u8; 32] {
    let mut both = [left, right];
    let mut root = [[0; 32]];
    digest_each::<Sha256>(&[both.as_flattened_mut()], &mut root);
    let [root] = root;
    root
}

/// The root of leaves whose count is a power of two. None are left.
fn reduce(leaves: &mut Vec<[u8; 32]>) -> [u8; 32] {
    const AT_ONCE: usize = 32;
    while leaves.len() > 1 {
        let mut made = 0;
        while made * 2 < leaves.len() {
            let mut digests = [[0; 32]; AT_ONCE];
            let mut pairs: [&[u8]; AT_ONCE] = [&[]; AT_ONCE];
            let rest = leaves.get(made * 2..).unwrap_or_default();
            let mut count = 0;
            for (place, two) in pairs.iter_mut().zip(rest.chunks_exact(2)) {
                *place = two.as_flattened();
                count += 1;
            }
            let digests = digests.split_at_mut(count).0;
            digest_each::<Sha256>(pairs.split_at(count).0, digests);
            // Only what was read already is written over.
            for (place, digest) in leaves.iter_mut().skip(made).zip(&*digests) {
                *place = *digest;
            }
            made += count;
        }
        leaves.truncate(made);
    }
    leaves.pop().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    /// As the BEP says it, with all leaves in memory.
    fn plain(mut leaves: Vec<[u8; 32]>, level: u32) -> [u8; 32] {
        leaves.resize(leaves.len().next_power_of_two().max(1 << level), [0; 32]);
        while leaves.len() > 1 {
            let root = |two: &[[u8; 32]]| Sha256::digest(two.as_flattened()).into();
            leaves = leaves.chunks(2).map(root).collect();
        }
        leaves[0]
    }

    #[test]
    fn any_number_of_leaves_has_its_root_at_any_level() {
        let leaf = |number: usize| <[u8; 32]>::from(Sha256::digest(number.to_le_bytes()));
        let mut tree = Tree::default();
        assert_eq!(tree.root(3), None);
        for count in (1..=70).chain([127, 128, 255, 256, 257, 511, 512, 513, 700, 768, 1024, 1300])
        {
            let leaves: Vec<_> = (0..count).map(leaf).collect();
            for level in [0, 1, 3, 7, 8, 9, 10, 11, 13] {
                tree.clear();
                leaves.iter().for_each(|leaf| tree.push(*leaf));
                assert_eq!(tree.root(level), Some(plain(leaves.clone(), level)), "{count} {level}");
            }
        }
    }
}
