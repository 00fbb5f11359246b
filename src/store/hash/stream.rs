//! Hashing what can be read only once and whose length nobody knows before its end: standard input.
//!
//! The caller's thread reads into buffers from a small stock, each of which holds several pieces;
//! other threads hash those side by side. A piece too long for that is hashed in parts, in order, by
//! one thread.

use super::tree::Tree;
use super::worker::MOST_LANES;
use super::{Hashes, PieceHash, Settings};
use crate::hash::{self, Hasher, Sha1, Sha256, digest_each, update_each};
use crate::store::{Aligned, words};
use crate::torrent::{BLOCK, PieceIndex};
use std::io::{self, Read, Write};
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// All buffers together, in bytes.
const MEMORY: usize = 40 << 20;

/// A part of a piece that is too long for a buffer; a multiple of [`BLOCK`].
const PART: usize = 1 << 20;

/// More threads than this are never faster than what they read from.
const MOST_THREADS: usize = 8;

/// What a stream held.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Streamed {
    /// The hashes of its pieces.
    pub hashes: Hashes,
    /// Bytes.
    pub length: u64,
}

/// Why a stream was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// It could not be read.
    #[error("{}", words(.0))]
    Input(#[source] io::Error),
    /// The copy could not be written.
    #[error("{}", words(.0))]
    Copy(#[source] io::Error),
    /// It has more pieces than it may have.
    #[error("too many pieces")]
    TooLong,
}

/// Which hashes of a stream's pieces are made. A stream is one file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Versions {
    /// v1.
    V1,
    /// v2.
    V2,
    /// Both.
    Hybrid,
}

/// Hashes all of `input` in pieces of a length, at most so many, and writes the same bytes to `copy`
/// as they come. `advanced` is told each number of bytes that was read.
///
/// # Errors
/// See [`StreamError`].
pub fn stream(
    input: impl Read,
    copy: Option<&mut dyn Write>,
    (piece_length, most): (u32, usize),
    versions: Versions,
    settings: &Settings<'_>,
    advanced: impl Fn(u64),
) -> Result<Streamed, StreamError> {
    let piece_length = (piece_length as usize).max(1);
    let mut plan = Plan::new(piece_length, settings.threads.get());
    let work = Hashing { piece_length, versions, hashes: Mutex::default() };
    let (full, filled) = channel();
    let (emptied, empty) = channel();
    let filled = Mutex::new(filled);
    let length = thread::scope(|scope| {
        let (work, filled) = (&work, &filled);
        let mut threads = Vec::new();
        for _ in 0..plan.threads {
            let emptied = emptied.clone();
            let run = move || work.run(filled, &emptied);
            threads.extend(thread::Builder::new().spawn_scoped(scope, run).ok());
        }
        if threads.is_empty() {
            return Err(StreamError::Input(io::ErrorKind::OutOfMemory.into()));
        }
        // Only the threads hold these ends: where they are gone, waiting for a buffer ends.
        drop(emptied);
        let source = Source { input, copy, settings, advanced, empty, full };
        let length = source.read(&mut plan, piece_length, most);
        for thread in threads {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
        length
    })?;
    let hashes = work.hashes.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Streamed { hashes, length })
}

/// How a stream is cut for the threads.
struct Plan {
    threads: usize,
    /// Buffers that may still be made.
    buffers: usize,
    /// Bytes of each: several pieces, or a part of one.
    room: usize,
}

impl Plan {
    fn new(piece_length: usize, threads: usize) -> Self {
        let threads = threads.clamp(1, MOST_THREADS);
        let buffers = threads + 1;
        let lanes = hash::lanes::<Sha1>().clamp(1, MOST_LANES);
        // Where pieces are short, more than are hashed at once: handing over has its price, too.
        let lanes = (PART / piece_length).clamp(lanes, MOST_LANES);
        match (MEMORY / buffers / piece_length).min(lanes) {
            0 => Self { threads: 1, buffers: 4, room: PART.min(piece_length) },
            side_by_side => Self { threads, buffers, room: side_by_side * piece_length },
        }
    }
}

/// A buffer on its way.
struct Batch {
    memory: Aligned,
    /// Bytes that it holds.
    length: usize,
    /// The piece that it begins in.
    piece: usize,
    /// Where in that piece: not 0 for a further part.
    begin: usize,
    /// Nothing follows.
    last: bool,
}

/// The reading side.
struct Source<'c, 's, I, A> {
    input: I,
    copy: Option<&'c mut dyn Write>,
    settings: &'s Settings<'s>,
    advanced: A,
    empty: Receiver<Aligned>,
    full: Sender<Batch>,
}

impl<I: Read, A: Fn(u64)> Source<'_, '_, I, A> {
    /// Reads to the end and hands over what was read; its length.
    fn read(
        mut self,
        plan: &mut Plan,
        piece_length: usize,
        most: usize,
    ) -> Result<u64, StreamError> {
        let (mut total, mut piece, mut begin) = (0, 0, 0);
        loop {
            let memory = match plan.buffers.checked_sub(1) {
                Some(left) => {
                    plan.buffers = left;
                    Aligned::zeroed(plan.room)
                }
                // The threads end before us only where one panicked, which the join tells.
                None => match self.empty.recv() {
                    Ok(memory) => memory,
                    Err(_) => return Ok(total),
                },
            };
            let mut batch = Batch { memory, length: 0, piece, begin, last: false };
            // A part ends with its piece.
            let room =
                plan.room.min((piece_length - begin).max(plan.room / piece_length * piece_length));
            self.fill(&mut batch, room)?;
            total += batch.length as u64;
            let last = batch.last;
            if batch.length > 0 && batch.piece + (batch.length - 1) / piece_length >= most {
                return Err(StreamError::TooLong);
            }
            begin += batch.length;
            piece += begin / piece_length;
            begin %= piece_length;
            // The end of a part is told, even where nothing is in it.
            if batch.length > 0 || batch.begin > 0 {
                let _ = self.full.send(batch);
            }
            if last {
                return Ok(total);
            }
        }
    }

    fn fill(&mut self, batch: &mut Batch, room: usize) -> Result<(), StreamError> {
        while batch.length < room {
            let rest = batch.memory.split_at_mut(room).0.split_at_mut(batch.length).1;
            let read = match self.input.read(rest) {
                Ok(0) => {
                    batch.last = true;
                    return Ok(());
                }
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(StreamError::Input(error)),
            };
            if let Some(copy) = &mut self.copy {
                copy.write_all(rest.split_at(read).0).map_err(StreamError::Copy)?;
            }
            if let Some(throttle) = self.settings.throttle {
                throttle.take(read as u64, || false);
            }
            (self.advanced)(read as u64);
            batch.length += read;
        }
        Ok(())
    }
}

/// The hashing side.
struct Hashing {
    piece_length: usize,
    versions: Versions,
    hashes: Mutex<Hashes>,
}

/// A piece whose parts come one after the other.
#[derive(Default)]
struct Piece {
    sha1: Hasher<Sha1>,
    tree: Tree,
    length: usize,
}

impl Hashing {
    fn run(&self, filled: &Mutex<Receiver<Batch>>, emptied: &Sender<Aligned>) {
        let mut pieces = Vec::new();
        loop {
            let next = filled.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(batch) = next else { return };
            self.batch(&batch, &mut pieces);
            let _ = emptied.send(batch.memory);
        }
    }

    fn batch(&self, batch: &Batch, pieces: &mut Vec<Piece>) {
        if batch.begin == 0 {
            pieces.clear();
        }
        let data = batch.memory.split_at(batch.length).0;
        let mut parts: [&[u8]; MOST_LANES] = [&[]; MOST_LANES];
        let mut count = 0;
        for (place, part) in parts.iter_mut().zip(data.chunks(self.piece_length)) {
            *place = part;
            count += 1;
        }
        // An end without bytes is that of the piece before.
        count = count.max(usize::from(batch.begin > 0));
        pieces.resize_with(count, Piece::default);
        let parts = parts.split_at(count).0;
        if self.versions != Versions::V2 {
            let mut sha1: Vec<_> = pieces.iter().map(|piece| piece.sha1.clone()).collect();
            update_each(&mut sha1, parts);
            pieces.iter_mut().zip(sha1).for_each(|(piece, sha1)| piece.sha1 = sha1);
        }
        for (piece, part) in pieces.iter_mut().zip(parts) {
            piece.length += part.len();
            if self.versions != Versions::V1 {
                push_blocks(&mut piece.tree, part);
            }
        }
        for (number, piece) in (batch.piece..).zip(pieces) {
            if piece.length == self.piece_length || batch.last {
                self.finish(number, piece);
            }
        }
    }

    fn finish(&self, number: usize, piece: &mut Piece) {
        let piece = std::mem::take(piece);
        // A first piece that is not whole is a file that is shorter than a piece.
        let whole =
            if number == 0 && piece.length < self.piece_length { 1 } else { self.piece_length };
        let level = whole.div_ceil(BLOCK as usize).next_power_of_two().trailing_zeros();
        let Piece { sha1, mut tree, .. } = piece;
        let (v1, v2) = match self.versions {
            Versions::V1 => (Some(sha1.finish()), None),
            Versions::V2 => (None, tree.root(level)),
            Versions::Hybrid => (Some(sha1.finish()), tree.root(level)),
        };
        let mut hashes = self.hashes.lock().unwrap_or_else(PoisonError::into_inner);
        if v1.is_some() && hashes.v1.len() <= number {
            hashes.v1.resize(number + 1, [0; 20]);
        }
        if v2.is_some() && hashes.v2.len() <= number {
            hashes.v2.resize(number + 1, [0; 32]);
        }
        hashes.set(PieceIndex(u32::try_from(number).unwrap_or(u32::MAX)), &PieceHash { v1, v2 });
    }
}

fn push_blocks(tree: &mut Tree, data: &[u8]) {
    const AT_ONCE: usize = 32;
    for data in data.chunks(AT_ONCE * BLOCK as usize) {
        let (mut blocks, mut digests) = ([&[][..]; AT_ONCE], [[0; 32]; AT_ONCE]);
        let mut count = 0;
        for (place, block) in blocks.iter_mut().zip(data.chunks(BLOCK as usize)) {
            *place = block;
            count += 1;
        }
        let digests = digests.split_at_mut(count).0;
        digest_each::<Sha256>(blocks.split_at(count).0, digests);
        digests.iter().for_each(|digest| tree.push(*digest));
    }
}
