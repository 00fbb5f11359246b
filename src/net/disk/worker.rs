//! One disk thread: takes batches of jobs, joins what lies side by side, keeps the running hashes.

use super::{Done, Inbox, Job, Shared, lock};
use crate::store::{Aligned, Assembly, Error};
use crate::swarm::PeerKey;
use crate::torrent::{BlockRequest, PieceIndex};
use bytes::Bytes;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Blocks that are written at once, at most: half a MiB, which is still in the cache when it is
/// hashed.
const WRITE_RUN: usize = 32;

/// Bytes that are read at once for a peer, at most. Small enough to be in the cache when the socket
/// takes them.
const READ_RUN: u32 = 256 * 1024;

/// Bytes that are read back at once for hashing.
const SCRATCH: usize = 128 * 1024;

/// Answers are handed over at the end of a batch, or where there are so many.
const ANSWERS: usize = 64;

/// A block to be written: where in the torrent, which part of which piece.
struct Block {
    offset: u64,
    piece: PieceIndex,
    begin: u32,
    data: Bytes,
}

struct Worker<'a> {
    shared: &'a Shared,
    /// Pieces of which blocks came since they were last verified.
    assemblies: HashMap<PieceIndex, Assembly>,
    /// Pieces of which a block could not be stored.
    lost: HashSet<PieceIndex>,
    /// The blocks that are about to be written; they lie side by side.
    run: Vec<Block>,
    /// The blocks that are about to be read; likewise.
    reads: Vec<BlockRequest>,
    scratch: Aligned,
    done: Vec<Done>,
}

/// Carries out jobs until the inbox is closed.
pub(super) fn run(shared: &Shared, inbox: &Inbox) {
    let mut worker = Worker {
        shared,
        assemblies: HashMap::new(),
        lost: HashSet::new(),
        run: Vec::with_capacity(WRITE_RUN),
        reads: Vec::new(),
        scratch: Aligned::zeroed(SCRATCH),
        done: Vec::new(),
    };
    let mut batch = VecDeque::new();
    while inbox.take(&mut batch) {
        while let Some(job) = batch.pop_front() {
            worker.carry_out(job, &mut batch);
            if worker.done.len() >= ANSWERS {
                worker.report();
            }
        }
        worker.report();
    }
}

impl Worker<'_> {
    /// Does one job and those after it that can be done with it.
    fn carry_out(&mut self, job: Job, rest: &mut VecDeque<Job>) {
        match job {
            Job::Write { piece, begin, data } => {
                let first = self.block(piece, begin, data);
                let mut end = first.offset + first.data.len() as u64;
                self.run.push(first);
                while self.run.len() < WRITE_RUN
                    && let Some(Job::Write { piece, begin, .. }) = rest.front()
                    && self.shared.pieces.offset(*piece) + u64::from(*begin) == end
                    && let Some(Job::Write { piece, begin, data }) = rest.pop_front()
                {
                    end += data.len() as u64;
                    let next = self.block(piece, begin, data);
                    self.run.push(next);
                }
                self.write();
            }
            Job::Read { peer, block } => {
                let mut length = block.length;
                self.reads.push(block);
                while let Some(Job::Read { peer: same, block: next }) = rest.front()
                    && (*same, next.piece) == (peer, block.piece)
                    && Some(next.begin) == block.begin.checked_add(length)
                    && length.saturating_add(next.length) <= READ_RUN
                {
                    length += next.length;
                    self.reads.push(*next);
                    rest.pop_front();
                }
                self.read(peer, block, length);
            }
            Job::Verify(piece) => self.verify(piece),
            Job::Sync(left) => self.sync(&left),
        }
    }

    fn block(&self, piece: PieceIndex, begin: u32, data: Bytes) -> Block {
        Block { offset: self.shared.pieces.offset(piece) + u64::from(begin), piece, begin, data }
    }

    /// Writes the run and hashes what it can of it.
    fn write(&mut self) {
        let bytes = self.run.iter().map(|block| block.data.len()).sum();
        // Other threads may meet the failure first; what is written meanwhile does no harm.
        let stored = if self.shared.failed.load(Ordering::Relaxed) {
            Ok(false)
        } else {
            self.store().map(|()| true)
        };
        if !matches!(stored, Ok(true)) {
            for block in &self.run {
                self.lost.insert(block.piece);
                self.assemblies.remove(&block.piece);
            }
        }
        if let Err(error) = stored {
            self.fail(error);
        }
        self.run.clear();
        self.shared.backlog.written(bytes);
    }

    fn store(&mut self) -> Result<(), Error> {
        let Some(first) = self.run.first() else { return Ok(()) };
        let storage = &*self.shared.storage;
        let mut parts: [&[u8]; WRITE_RUN] = [&[]; WRITE_RUN];
        for (part, block) in parts.iter_mut().zip(&self.run) {
            *part = &block.data;
        }
        storage.write(first.offset, parts.split_at(self.run.len().min(WRITE_RUN)).0)?;
        for block in &self.run {
            let assembly = match self.assemblies.entry(block.piece) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => {
                    entry.insert(Assembly::new(self.shared.pieces.offset(block.piece)))
                }
            };
            assembly.add(storage, block.begin, &block.data, &mut self.scratch)?;
        }
        Ok(())
    }

    fn verify(&mut self, piece: PieceIndex) {
        if self.lost.remove(&piece) {
            return;
        }
        let Shared { storage, pieces, hashes, .. } = self.shared;
        let at = piece.0 as usize * 20;
        let Some(expected) = hashes.get(at..at + 20) else {
            self.done.push(Done::Verified(piece, false));
            return;
        };
        let assembly = self.assemblies.remove(&piece);
        let assembly = assembly.unwrap_or_else(|| Assembly::new(pieces.offset(piece)));
        match assembly.verify(&**storage, pieces.length(piece), expected, &mut self.scratch) {
            Ok(right) => self.done.push(Done::Verified(piece, right)),
            Err(error) => self.fail(error),
        }
    }

    /// Reads `length` bytes from the first block on, and answers for the blocks of `reads`.
    fn read(&mut self, peer: PeerKey, first: BlockRequest, length: u32) {
        let length = length as usize;
        let offset = self.shared.pieces.offset(first.piece) + u64::from(first.begin);
        let mut buffer = self.shared.pool.take(length);
        let part = buffer.bytes.split_at_mut(length).0;
        match self.shared.storage.read(offset, part) {
            Ok(()) => {
                let mut left = Bytes::from_owner(buffer);
                self.done.extend(self.reads.drain(..).map(|block| {
                    let data = left.split_to(block.length as usize);
                    Done::Read { peer, block, data }
                }));
            }
            Err(error) => {
                let error = Arc::new(error);
                self.done.extend(self.reads.drain(..).map(|block| {
                    let error = Arc::clone(&error);
                    Done::Unread { peer, block, error }
                }));
            }
        }
    }

    fn sync(&mut self, left: &AtomicUsize) {
        // Ahead of the answer of the thread that syncs.
        self.report();
        if left.fetch_sub(1, Ordering::AcqRel) == 1 {
            match self.shared.storage.sync() {
                Ok(()) => self.done.push(Done::Synced),
                // Told in any case: somebody waits for it.
                Err(error) => {
                    self.shared.failed.store(true, Ordering::Relaxed);
                    self.done.push(Done::Failed(error));
                }
            }
        }
    }

    fn fail(&mut self, error: Error) {
        if !self.shared.failed.swap(true, Ordering::Relaxed) {
            self.done.push(Done::Failed(error));
        }
    }

    fn report(&mut self) {
        if !self.done.is_empty() {
            lock(&self.shared.outbox.done).append(&mut self.done);
            self.shared.outbox.filled.notify_one();
        }
    }
}
