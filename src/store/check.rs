//! Which pieces are there: all that is stored is hashed, on all cores, in bounded memory.
//!
//! Nothing is read that need not be: a piece of which a byte is missing is not there, and one that
//! lies in a hole has the hash of zeros or has not.

use super::hash::{self, Observer, PieceHash, Reader, Settings, Wanted, Work};
use super::{Content, Error, Extent, Storage};
use crate::hash::{Hasher, Sha1};
use crate::torrent::{Bitfield, PieceIndex, Pieces};
use std::io;
use std::num::NonZero;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// For so many bytes another thread is worth while.
const WORTH: u64 = 256 * 1024;

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
    let check = Check {
        pieces,
        hashes,
        trusted,
        extents: &extents,
        progress,
        have: Mutex::new(Bitfield::none(pieces.count())),
        zeros: OnceLock::new(),
    };
    let threads = NonZero::new(workers.min(check.worth())).unwrap_or(NonZero::<usize>::MIN);
    let work = Work { pieces, wanted: Wanted::V1, files: None };
    let reader = || There { storage, extents: &extents };
    hash::run(&work, &Settings::threads(threads), reader, &check)?;
    let have = check.have.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok((!progress.cancelled.load(Ordering::Relaxed)).then_some(have))
}

/// Judges pieces, before they are read where that can be.
struct Check<'a> {
    pieces: Pieces,
    hashes: &'a [u8],
    trusted: &'a Bitfield,
    extents: &'a [Extent],
    progress: &'a Progress,
    have: Mutex<Bitfield>,
    /// The hash of a whole piece of zeros, once it was needed.
    zeros: OnceLock<[u8; 20]>,
}

impl Check<'_> {
    /// How many threads there is work for.
    fn worth(&self) -> usize {
        let stored = self.extents.iter().filter(|extent| extent.content == Content::Data);
        let bytes: u64 = stored.map(|extent| extent.range.end - extent.range.start).sum();
        usize::try_from(bytes.div_ceil(WORTH)).unwrap_or(usize::MAX)
    }

    fn is_right(&self, piece: PieceIndex, hash: &[u8; 20]) -> bool {
        let at = piece.0 as usize * 20;
        self.hashes.get(at..at + 20).is_some_and(|expected| expected == hash)
    }

    fn is_zeros(&self, piece: PieceIndex, length: u32) -> bool {
        let zeros = || {
            let mut hash = Hasher::<Sha1>::new();
            hash.zeros(length.into());
            hash.finish()
        };
        match length == self.pieces.piece_length() {
            true => self.is_right(piece, self.zeros.get_or_init(zeros)),
            false => self.is_right(piece, &zeros()),
        }
    }

    fn have(&self) -> MutexGuard<'_, Bitfield> {
        self.have.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Check<'_> {
    fn wants(&self, piece: PieceIndex) -> bool {
        let (start, length) = (self.pieces.offset(piece), self.pieces.length(piece));
        let there = match self.trusted.has(piece) {
            true => true,
            false => match known(self.extents, start..start + u64::from(length)) {
                Some(Content::Data) => return true,
                Some(Content::Zeros) => self.is_zeros(piece, length),
                None => false,
            },
        };
        if there {
            self.have().insert(piece);
        }
        self.advanced(0, length.into());
        false
    }

    fn advanced(&self, read: u64, zeros: u64) {
        self.progress.bytes.fetch_add(read + zeros, Ordering::Relaxed);
    }

    fn done(&self, piece: PieceIndex, result: Result<PieceHash, Error>) -> Result<(), Error> {
        match result {
            Ok(PieceHash { v1: Some(hash), .. }) if self.is_right(piece, &hash) => {
                self.have().insert(piece);
                Ok(())
            }
            Ok(_) => Ok(()),
            // It shrank or went since we looked.
            Err(error) if is_missing(&error.source) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn cancelled(&self) -> bool {
        self.progress.cancelled.load(Ordering::Relaxed)
    }
}

/// Reads what is there and is not known to be zeros.
struct There<'a> {
    storage: &'a dyn Storage,
    extents: &'a [Extent],
}

impl Reader for There<'_> {
    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
        self.storage.read(offset, buffer)
    }

    fn ahead(&mut self, offset: u64, length: u64) -> Result<(), Error> {
        self.storage.ahead(offset, length);
        Ok(())
    }

    fn known(&self, offset: u64, length: u64) -> hash::Known {
        let end = offset.saturating_add(length);
        let (mut data, mut zeros) = (0, 0);
        for extent in from(self.extents, offset) {
            let within = extent.range.end.min(end) - extent.range.start.clamp(offset, end);
            match extent.content {
                _ if within == 0 => break,
                Content::Zeros => zeros += within,
                Content::Data if zeros > 0 => break,
                Content::Data => data += within,
            }
        }
        match data + zeros {
            // Nothing is there: the storage says so when it is asked.
            0 => hash::Known { data: length, zeros: 0 },
            _ => hash::Known { data, zeros },
        }
    }
}

/// The extents that end behind this byte.
fn from(extents: &[Extent], offset: u64) -> &[Extent] {
    let first = extents.partition_point(|extent| extent.range.end <= offset);
    extents.get(first..).unwrap_or_default()
}

/// What is known of a range; `None` where a byte of it is not there.
fn known(extents: &[Extent], range: Range<u64>) -> Option<Content> {
    let mut at = range.start;
    let mut known = Content::Zeros;
    for extent in from(extents, range.start) {
        if extent.range.start > at {
            return None;
        }
        if extent.content == Content::Data {
            known = Content::Data;
        }
        at = extent.range.end;
        if at >= range.end {
            return Some(known);
        }
    }
    None
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof)
}

#[cfg(test)]
mod tests;
