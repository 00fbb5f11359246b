//! What is to be sent to one peer: many messages leave in one system call, and blocks leave from
//! the memory that they were read into.

use crate::torrent::BlockRequest;
use crate::wire::{self, Message};
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;
use std::io::{self, IoSlice};

/// Slices in one system call; a block takes two.
const SLICES: usize = 64;

/// The length prefix, the id, the piece and the offset before a block.
const HEAD: usize = 13;

/// Memory for small messages that is kept while nothing waits.
const SPARE: usize = 16 * 1024;

/// Messages in the order in which they leave.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    queue: VecDeque<Chunk>,
    /// Bytes of the first chunk that have left.
    gone: usize,
    /// Bytes of the small messages that have not left whole.
    control: usize,
    /// Memory for the next [`Chunk::Control`].
    spare: BytesMut,
    /// Where a block's head is put together.
    scratch: BytesMut,
}

#[derive(Debug)]
enum Chunk {
    /// Small messages, end to end.
    Control(BytesMut),
    Block {
        head: [u8; HEAD],
        data: Bytes,
        block: BlockRequest,
    },
}

impl Chunk {
    fn len(&self) -> usize {
        match self {
            Self::Control(bytes) => bytes.len(),
            Self::Block { head, data, .. } => head.len() + data.len(),
        }
    }
}

impl Outbox {
    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Bytes of messages, blocks left out, that the other side has yet to take.
    pub(super) fn control(&self) -> usize {
        self.control
    }

    /// Appends a message.
    pub(super) fn push(&mut self, message: &Message) {
        // What the front has begun to send may still grow: only its start has left.
        if !matches!(self.queue.back(), Some(Chunk::Control(_))) {
            self.queue.push_back(Chunk::Control(std::mem::take(&mut self.spare)));
        }
        if let Some(Chunk::Control(bytes)) = self.queue.back_mut() {
            let before = bytes.len();
            wire::encode(message, bytes);
            self.control += bytes.len() - before;
        }
    }

    /// Appends a `piece` message.
    pub(super) fn push_block(&mut self, block: BlockRequest, data: Bytes) {
        self.scratch.clear();
        wire::encode_piece_header(block.piece, block.begin, data.len(), &mut self.scratch);
        let Some(&head) = self.scratch.first_chunk() else { return };
        self.queue.push_back(Chunk::Block { head, data, block });
    }

    /// Hands slices of what waits to `write` until nothing waits or it takes no more; `sent`
    /// hears of each block that has left whole.
    ///
    /// # Errors
    /// Those of `write`, but [`io::ErrorKind::WouldBlock`], which ends it without one.
    pub(super) fn flush(
        &mut self,
        mut write: impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>,
        mut sent: impl FnMut(BlockRequest),
    ) -> io::Result<()> {
        while !self.queue.is_empty() {
            let (count, offered) = {
                let mut slices = [IoSlice::new(&[]); SLICES];
                let (used, offered) = self.gather(&mut slices);
                match write(slices.get(..used).unwrap_or_default()) {
                    Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Ok(count) => (count, offered),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => return Err(error),
                }
            };
            self.advance(count, &mut sent);
            if count < offered {
                // The socket's buffer is full: asking again would only say so.
                return Ok(());
            }
        }
        Ok(())
    }

    /// Lays out the front of the queue; how many slices were used and how many bytes they hold.
    fn gather<'a>(&'a self, slices: &mut [IoSlice<'a>; SLICES]) -> (usize, usize) {
        let mut skip = self.gone;
        let mut offered = 0;
        let mut free = slices.iter_mut();
        'full: for chunk in &self.queue {
            let parts: [&[u8]; 2] = match chunk {
                Chunk::Control(bytes) => [bytes, &[]],
                Chunk::Block { head, data, .. } => [head, data],
            };
            for part in parts {
                let gone = skip.min(part.len());
                skip -= gone;
                let part = part.get(gone..).unwrap_or_default();
                if part.is_empty() {
                    continue;
                }
                let Some(slot) = free.next() else { break 'full };
                *slot = IoSlice::new(part);
                offered += part.len();
            }
        }
        (SLICES - free.len(), offered)
    }

    /// Takes `count` bytes off the front.
    fn advance(&mut self, count: usize, sent: &mut impl FnMut(BlockRequest)) {
        self.gone += count;
        while let Some(front) = self.queue.front()
            && front.len() <= self.gone
        {
            self.gone -= front.len();
            match self.queue.pop_front() {
                Some(Chunk::Control(mut bytes)) => {
                    self.control -= bytes.len();
                    bytes.clear();
                    if bytes.capacity() <= SPARE {
                        self.spare = bytes;
                    }
                }
                Some(Chunk::Block { block, .. }) => sent(block),
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::torrent::PieceIndex;

    /// Sends everything through a socket that takes `step` bytes at a time.
    fn drain(outbox: &mut Outbox, step: usize) -> (Vec<u8>, Vec<BlockRequest>) {
        let (mut wire, mut sent) = (Vec::new(), Vec::new());
        while !outbox.is_empty() {
            let write = |slices: &[IoSlice<'_>]| {
                let all: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
                let count = all.len().min(step);
                wire.extend_from_slice(&all[..count]);
                Ok(count)
            };
            outbox.flush(write, |block| sent.push(block)).unwrap();
        }
        (wire, sent)
    }

    #[test]
    fn messages_arrive_whole_however_the_socket_cuts_them() {
        let data: Bytes = (0..=255u8).collect();
        let blocks: Vec<_> = (0..40)
            .map(|begin| BlockRequest { piece: PieceIndex(7), begin, length: 256 })
            .collect();
        let mut wanted = BytesMut::new();
        for block in &blocks {
            wire::encode(&Message::Have(PieceIndex(block.begin)), &mut wanted);
            let (piece, begin, data) = (block.piece, block.begin, data.clone());
            wire::encode(&Message::Piece { piece, begin, data }, &mut wanted);
        }
        for step in (1..300).chain([4096, usize::MAX]) {
            let mut outbox = Outbox::default();
            for block in &blocks {
                outbox.push(&Message::Have(PieceIndex(block.begin)));
                outbox.push_block(*block, data.clone());
            }
            let (wire, sent) = drain(&mut outbox, step);
            assert!(wire == wanted, "cut into {step}");
            assert_eq!(sent, blocks, "cut into {step}");
            assert_eq!(outbox.control(), 0, "cut into {step}");
        }
    }

    #[test]
    fn a_full_socket_is_no_failure_and_a_closed_one_is() {
        let mut outbox = Outbox::default();
        outbox.push(&Message::Choke);
        assert!(outbox.flush(|_| Err(io::ErrorKind::WouldBlock.into()), |_| {}).is_ok());
        assert!(!outbox.is_empty());
        assert_eq!(outbox.control(), 5);
        assert!(outbox.flush(|_| Err(io::ErrorKind::BrokenPipe.into()), |_| {}).is_err());
    }
}
