//! Which pieces are there: all that is stored is hashed, on all cores, in bounded memory.
//!
//! Nothing is read that need not be: a piece of which a byte is missing is not there, and one that
//! lies in a hole has the hash of zeros or has not.

use super::{Aligned, Content, Error, Extent, Storage};
use crate::torrent::{Bitfield, PieceIndex, Pieces};
use sha1::{Digest, Sha1};
use std::io;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread;

/// Bytes that are read at once.
const READ: usize = 256 * 1024;

/// How far a check is, for whoever watches, and the way to end it.
#[derive(Default, Debug)]
pub struct Progress {
    /// Bytes of the pieces that were judged so far; at the end the total.
    pub bytes: AtomicU64,
    /// Set by the watcher: the check ends soon.
    pub cancelled: AtomicBool,
}

/// Hashes what is stored with up to `workers` threads and returns the pieces that have their hash,
/// or `None` where the check was cancelled. Pieces of `trusted` are taken as they are. `hashes` are
/// those of the metainfo, 20 bytes each.
///
/// # Errors
/// A file that is there and can't be read. Missing and short files are no error.
pub fn check(
    storage: &dyn Storage,
    pieces: Pieces,
    hashes: &[u8],
    trusted: &Bitfield,
    workers: usize,
    progress: &Progress,
) -> Result<Option<Bitfield>, Error> {
    let extents = storage.extents(u64::from(pieces.piece_length()))?;
    let job = Check {
        storage,
        pieces,
        hashes,
        trusted,
        extents,
        progress,
        next: AtomicU32::new(0),
        failed: AtomicBool::new(false),
        zeros: OnceLock::new(),
    };
    let others = workers.min(job.worth()).saturating_sub(1);
    let results: Vec<_> = thread::scope(|scope| {
        let spawn = |_| thread::Builder::new().spawn_scoped(scope, || job.work()).ok();
        // Where the system has no thread for us, those that there are do all.
        let threads: Vec<_> = (0..others).filter_map(spawn).collect();
        let ours = job.work();
        let joined = threads.into_iter().filter_map(|thread| thread.join().ok());
        std::iter::once(ours).chain(joined).collect()
    });
    let mut have = Bitfield::none(pieces.count());
    for result in results {
        for piece in result? {
            have.insert(piece);
        }
    }
    Ok((!progress.cancelled.load(Ordering::Relaxed)).then_some(have))
}

/// What the threads of a check share.
struct Check<'a> {
    storage: &'a dyn Storage,
    pieces: Pieces,
    hashes: &'a [u8],
    trusted: &'a Bitfield,
    extents: Vec<Extent>,
    progress: &'a Progress,
    /// The first piece that no thread has taken.
    next: AtomicU32,
    /// A thread met an error; the others need not go on.
    failed: AtomicBool,
    /// The hash of a whole piece of zeros, once it was needed.
    zeros: OnceLock<[u8; 20]>,
}

/// What is known of a piece before anything is read.
#[derive(PartialEq, Eq, Debug)]
enum Known {
    /// It is trusted.
    Right,
    /// A byte of it is not there.
    Missing,
    /// All of it is zeros.
    Zeros,
    /// It has to be read.
    Nothing,
}

impl Check<'_> {
    /// How many threads there is work for.
    fn worth(&self) -> usize {
        let stored = self.extents.iter().filter(|extent| extent.content == Content::Data);
        let bytes: u64 = stored.map(|extent| extent.range.end - extent.range.start).sum();
        usize::try_from(bytes.div_ceil(READ as u64)).unwrap_or(usize::MAX)
    }

    /// Judges pieces until none is left; the ones that are there.
    fn work(&self) -> Result<Vec<PieceIndex>, Error> {
        let mut found = Vec::new();
        let mut buffer = Aligned::default();
        while !self.stopped() {
            let piece = PieceIndex(self.next.fetch_add(1, Ordering::Relaxed));
            if !self.pieces.contains(piece) {
                break;
            }
            let there = self.judge(piece, &mut buffer);
            if there.is_err() {
                self.failed.store(true, Ordering::Relaxed);
            }
            if there? {
                found.push(piece);
            }
        }
        Ok(found)
    }

    fn stopped(&self) -> bool {
        self.progress.cancelled.load(Ordering::Relaxed) || self.failed.load(Ordering::Relaxed)
    }

    fn judge(&self, piece: PieceIndex, buffer: &mut Aligned) -> Result<bool, Error> {
        let length = self.pieces.length(piece);
        let start = self.pieces.offset(piece);
        let at = piece.0 as usize * 20;
        let expected = self.hashes.get(at..at + 20).unwrap_or_default();
        let known = match self.trusted.has(piece) {
            true => Known::Right,
            false => self.known(start..start + u64::from(length)),
        };
        if known != Known::Nothing {
            self.progressed(u64::from(length));
        }
        match known {
            Known::Right => Ok(true),
            Known::Missing => Ok(false),
            Known::Zeros if length == self.pieces.piece_length() => {
                Ok(self.zeros.get_or_init(|| zeros(length)) == expected)
            }
            Known::Zeros => Ok(zeros(length) == expected),
            Known::Nothing => match self.hash(start, length, buffer) {
                Ok(hash) => Ok(hash.is_some_and(|hash| hash == expected)),
                // It shrank or went since we looked.
                Err(error) if is_missing(&error.source) => Ok(false),
                Err(error) => Err(error),
            },
        }
    }

    /// The hash of what is stored; `None` where the check ended meanwhile.
    fn hash(
        &self,
        start: u64,
        length: u32,
        buffer: &mut Aligned,
    ) -> Result<Option<[u8; 20]>, Error> {
        if buffer.is_empty() {
            *buffer = Aligned::zeroed(READ.min(self.pieces.piece_length() as usize));
        }
        let mut sha1 = Sha1::new();
        let mut done = 0;
        while done < length {
            if self.stopped() {
                return Ok(None);
            }
            let room = buffer.len().min((length - done) as usize);
            let chunk = buffer.split_at_mut(room).0;
            let read = self.storage.read(start + u64::from(done), chunk);
            if read.is_err() {
                self.progressed(u64::from(length - done));
            }
            read?;
            sha1.update(&*chunk);
            done += u32::try_from(room).unwrap_or(length);
            self.progressed(room as u64);
        }
        Ok(Some(sha1.finalize().into()))
    }

    fn progressed(&self, bytes: u64) {
        self.progress.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn known(&self, range: Range<u64>) -> Known {
        let first = self.extents.partition_point(|extent| extent.range.end <= range.start);
        let mut at = range.start;
        let mut known = Known::Zeros;
        for extent in self.extents.get(first..).unwrap_or_default() {
            if extent.range.start > at {
                return Known::Missing;
            }
            if extent.content == Content::Data {
                known = Known::Nothing;
            }
            at = extent.range.end;
            if at >= range.end {
                return known;
            }
        }
        Known::Missing
    }
}

fn zeros(length: u32) -> [u8; 20] {
    let chunk = [0; 4096];
    let mut sha1 = Sha1::new();
    let mut left = length as usize;
    while left > 0 {
        let part = chunk.split_at(left.min(chunk.len())).0;
        sha1.update(part);
        left -= part.len();
    }
    sha1.finalize().into()
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof)
}

#[cfg(test)]
mod tests;
