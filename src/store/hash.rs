//! Hashing: a torrent's bytes in, the SHA-1 of each piece out, on as many cores as there are.
//!
//! Each thread takes the next piece that nobody has and reads it front to back in steps of
//! `STEP` bytes, hashing each step while it is still in the processor's cache. So memory is
//! bounded by the number of threads, whatever the length of a piece and the number of files, and
//! the disk sees neighbouring pieces read side by side.

use super::{Aligned, Error};
use crate::torrent::{PieceIndex, Pieces};
use sha1::{Digest, Sha1};
use std::io::{self, Read};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, ScopedJoinHandle};

/// How many bytes are read and hashed at a time.
const STEP: usize = 256 * 1024;

/// One thread's view of a torrent's bytes, read from front to back, but for gaps.
pub trait Reader {
    /// Fills `buffer` from `offset` of the torrent.
    ///
    /// # Errors
    /// A file that can't be read, or is not what it was.
    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), Error>;

    /// Says that nothing more will be read.
    ///
    /// # Errors
    /// A file that is not what it was.
    fn finish(&mut self) -> Result<(), Error>;
}

/// The SHA-1 of every piece, end to end. Each thread calls `reader` once; `advanced` is told each
/// number of bytes that was hashed, by all threads.
///
/// # Errors
/// One that a reader met; the other threads then stop after the step they are in.
pub fn pieces<R: Reader>(
    pieces: Pieces,
    threads: NonZero<usize>,
    reader: impl Fn() -> R + Sync,
    advanced: impl Fn(u64) + Sync,
) -> Result<Vec<u8>, Error> {
    let work = Work { pieces, advanced, next: AtomicU32::new(0), failed: AtomicBool::new(false) };
    let run = || work.run(reader());
    let results: Vec<_> = thread::scope(|scope| {
        let others = threads.get().min(pieces.count() as usize).saturating_sub(1);
        let spawn = |_| thread::Builder::new().spawn_scoped(scope, run).ok();
        // Where the system has no thread for us, those that there are do all.
        let others: Vec<_> = (0..others).filter_map(spawn).collect();
        let ours = run();
        // A hash that a thread took with it must not pass for zeros.
        let join =
            |thread: ScopedJoinHandle<'_, _>| thread.join().unwrap_or_else(|p| resume_unwind(p));
        let theirs = others.into_iter().map(join);
        std::iter::once(ours).chain(theirs).collect()
    });
    let mut hashes = vec![[0; 20]; pieces.count() as usize];
    for result in results {
        for (piece, hash) in result? {
            if let Some(place) = hashes.get_mut(piece.0 as usize) {
                *place = hash;
            }
        }
    }
    Ok(hashes.into_flattened())
}

/// The SHA-1 of every piece of a stream whose length nobody knows before its end, end to end, and
/// that length in bytes. At most `most` pieces are read.
///
/// # Errors
/// Those of `input`, and [`io::ErrorKind::FileTooLarge`] for more than `most` pieces.
pub fn stream(
    mut input: impl Read,
    piece_length: u32,
    most: usize,
    advanced: impl Fn(u64),
) -> io::Result<(Vec<u8>, u64)> {
    let mut hashes = Vec::new();
    let mut memory = Aligned::zeroed(STEP);
    let mut total = 0;
    loop {
        let mut hash = Sha1::new();
        let mut left = piece_length as usize;
        while left > 0 {
            let (buffer, _) = memory.split_at_mut(left.min(STEP));
            let read = match input.read(buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            hash.update(buffer.split_at(read).0);
            advanced(read as u64);
            left -= read;
        }
        let length = piece_length as usize - left;
        if length == 0 {
            return Ok((hashes, total));
        }
        if hashes.len() / 20 >= most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        hashes.extend_from_slice(&hash.finalize());
        total += length as u64;
        if left > 0 {
            return Ok((hashes, total));
        }
    }
}

/// What the threads share.
struct Work<A> {
    pieces: Pieces,
    advanced: A,
    /// The first piece that no thread has taken.
    next: AtomicU32,
    /// A thread met an error; the others need not go on.
    failed: AtomicBool,
}

impl<A: Fn(u64)> Work<A> {
    /// Hashes pieces until none is left.
    fn run(&self, mut reader: impl Reader) -> Result<Vec<(PieceIndex, [u8; 20])>, Error> {
        let mut done = Vec::new();
        let mut buffer = Aligned::zeroed(STEP);
        let take = |piece: u32| piece.checked_add(1).filter(|_| piece < self.pieces.count());
        let mut all = || {
            while let Ok(piece) = self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            {
                let piece = PieceIndex(piece);
                done.push((piece, self.piece(piece, &mut reader, &mut buffer)?));
            }
            reader.finish()
        };
        match all() {
            Ok(()) => Ok(done),
            Err(error) => {
                self.failed.store(true, Ordering::Relaxed);
                Err(error)
            }
        }
    }

    /// The piece's hash, or anything where another thread has failed.
    fn piece(
        &self,
        piece: PieceIndex,
        reader: &mut impl Reader,
        buffer: &mut [u8],
    ) -> Result<[u8; 20], Error> {
        let mut hash = Sha1::new();
        let mut offset = self.pieces.offset(piece);
        let end = offset + u64::from(self.pieces.length(piece));
        while offset < end && !self.failed.load(Ordering::Relaxed) {
            let step = usize::try_from(end - offset).unwrap_or(usize::MAX).min(buffer.len());
            let (buffer, _) = buffer.split_at_mut(step);
            reader.read(offset, buffer)?;
            hash.update(&buffer);
            (self.advanced)(step as u64);
            offset += step as u64;
        }
        Ok(hash.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    /// Bytes that tell where they are; reading byte `bad` fails.
    struct Pattern {
        bad: u64,
    }

    fn pattern(offset: u64) -> u8 {
        (offset ^ offset >> 8 ^ offset >> 16) as u8
    }

    impl Reader for Pattern {
        fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
            for (byte, at) in buffer.iter_mut().zip(offset..) {
                *byte = pattern(at);
                if at == self.bad {
                    return Err(Error { path: "bad".into(), source: io::Error::other("bad") });
                }
            }
            Ok(())
        }

        fn finish(&mut self) -> Result<(), Error> {
            Ok(())
        }
    }

    #[test]
    fn pieces_are_hashed_in_order_by_any_number_of_threads() {
        for (total, length) in
            [(1, 16384), (3 << 20, 1 << 20), (1_000_001, 16384), (700_000, 262_145)]
        {
            let pieces = Pieces::new(total, length).unwrap();
            let bytes: Vec<u8> = (0..total).map(pattern).collect();
            let expected: Vec<u8> = bytes.chunks(length as usize).flat_map(Sha1::digest).collect();
            for threads in [1, 2, 7] {
                let advanced = AtomicU64::new(0);
                let hashes = super::pieces(
                    pieces,
                    NonZero::new(threads).unwrap(),
                    || Pattern { bad: u64::MAX },
                    |bytes| {
                        advanced.fetch_add(bytes, Ordering::Relaxed);
                    },
                );
                assert_eq!(hashes.unwrap(), expected);
                assert_eq!(advanced.into_inner(), total);
            }
        }
    }

    #[test]
    fn a_stream_is_cut_into_pieces_however_it_comes() {
        /// Gives 1, 2, 3 … bytes at a time.
        struct Drops<'a>(&'a [u8], usize);
        impl Read for Drops<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.1 += 1;
                let count = self.1.min(buffer.len());
                self.0.read(&mut buffer[..count])
            }
        }
        for total in [0, 1, 99, 100, 101, 1000, 1234] {
            let bytes: Vec<u8> = (0..total).map(pattern).collect();
            let expected: Vec<u8> = bytes.chunks(100).flat_map(Sha1::digest).collect();
            let (hashes, length) = stream(Drops(&bytes, 0), 100, 13, |_| {}).unwrap();
            assert_eq!((hashes, length), (expected, total));
        }
        let error = stream(&[0; 201][..], 100, 2, |_| {}).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn one_failure_is_everybodys() {
        let pieces = Pieces::new(1_000_000, 16384).unwrap();
        for threads in [1, 4] {
            let reader = || Pattern { bad: 500_000 };
            let threads = NonZero::new(threads).unwrap();
            let error = super::pieces(pieces, threads, reader, |_| {}).unwrap_err();
            assert_eq!(error.to_string(), "bad: bad");
        }
    }

    #[test]
    #[should_panic = "gone"]
    fn a_thread_that_is_lost_is_not_passed_over() {
        let ours = thread::current().id();
        let reader = || {
            assert_eq!(thread::current().id(), ours, "gone");
            Pattern { bad: u64::MAX }
        };
        let pieces = Pieces::new(1_000_000, 16384).unwrap();
        let _ = super::pieces(pieces, NonZero::new(2).unwrap(), reader, |_| {});
    }
}
