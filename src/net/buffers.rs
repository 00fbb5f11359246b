//! The memory that connections read into: a few large buffers that go round.
//!
//! Blocks are slices of the buffer that they were received in, so a buffer is busy until its
//! blocks are on the disk. A connection holds a buffer only while it reads: what idle peers cost
//! does not grow with the buffers' size.

use bytes::BytesMut;
use std::collections::VecDeque;

/// The size of a buffer, in bytes.
const SIZE: usize = 512 * 1024;

/// A buffer with less room than this is put aside.
const LEAST: usize = 160 * 1024;

/// Buffers that wait for their blocks to be stored, at most; more of them are given back to the
/// system.
const KEPT: usize = 16;

/// Buffers in use and in waiting.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    current: Option<BytesMut>,
    /// The one put aside first is the first to be free again.
    busy: VecDeque<BytesMut>,
}

impl Buffers {
    /// An empty buffer with room for one read.
    pub(super) fn take(&mut self) -> BytesMut {
        if let Some(mut buffer) = self.current.take() {
            // Back to its front where nobody holds a block of it, for the sake of the caches.
            if buffer.try_reclaim(SIZE) || buffer.capacity() >= LEAST {
                return buffer;
            }
            self.busy.push_back(buffer);
        }
        match self.busy.iter_mut().position(|old| old.try_reclaim(SIZE)) {
            Some(free) => self.busy.remove(free).unwrap_or_default(),
            None => BytesMut::with_capacity(SIZE),
        }
    }

    /// Gives a buffer back; what is still in it is dropped.
    pub(super) fn give(&mut self, mut buffer: BytesMut) {
        buffer.clear();
        self.current = Some(buffer);
        self.busy.truncate(KEPT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_goes_round_once_its_blocks_are_gone() {
        let mut buffers = Buffers::default();
        let mut places = std::collections::HashSet::new();
        for _ in 0..100 {
            let mut buffer = buffers.take();
            assert!(buffer.is_empty() && buffer.capacity() >= LEAST);
            buffer.resize(LEAST, 7);
            let block = buffer.split_to(LEAST).freeze();
            places.insert(block.as_ptr() as usize);
            buffers.give(buffer);
        }
        assert!(places.len() <= SIZE / LEAST, "{} places", places.len());
    }

    #[test]
    fn a_block_that_is_held_is_not_written_over() {
        let mut buffers = Buffers::default();
        let mut held = Vec::new();
        for round in 0..40u8 {
            let mut buffer = buffers.take();
            buffer.resize(LEAST, round);
            held.push(buffer.split_to(LEAST).freeze());
            buffers.give(buffer);
        }
        for (round, block) in (0..).zip(&held) {
            assert!(block.iter().all(|&byte| byte == round));
        }
        assert!(buffers.busy.len() <= KEPT);
    }
}
